#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI
import Logging
import Metrics
import Synchronization

extension WatchHub {
  /// Opens the stream whenever there are watches, and again when it is lost.
  func runStreams() async {
    while !Task.isCancelled {
      guard state.withLock({ $0.hasOpenFollowers }) else {
        if state.withLock({ $0.isClosed }) { return }
        await streamSignal.wait()
        continue
      }
      do throws(StoreError) {
        let link = try await caller.connections.link(before: caller.time.now() + caller.requestTimeout)
        await follow(link)
      } catch {
        if error.code == .closed { return close() }
        logger.debug("no stream for watches", metadata: ["error": "\(error)"])
      }
    }
  }

  private func follow(_ link: EtcdConnections.Link) async {
    do {
      let status = try await link.connection.unary(
        GRPCMethod(Etcd.Maintenance.status), Etcd.StatusRequest(),
        options: GRPCCallOptions(timeout: caller.requestTimeout))
      // So that a member that is cut off from the others ends its watches instead of keeping them quiet for ever.
      let options = GRPCCallOptions(metadata: [("hasleader", "true")])
      try await link.connection.streaming(GRPCMethod(Etcd.Watch.watch), options: options) { stream in
        openStream(version: EtcdVersion(status.version))
        defer { closeStream() }
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try await self.send(on: stream.requests) }
          group.addTask { try await self.receive(stream.responses, link) }
          defer { group.cancelAll() }
          // Sending ends when there is nothing to watch any more, receiving never in good order.
          try await group.next()
        }
      }
    } catch let error as GRPCCallError {
      if error.effect == .answered, let refusal = StoreError.refusal(error.status) {
        // Another member would say the same.
        stepAll { $0.fail(refusal) }
      } else {
        caller.connections.failed(link, error)
        resumptions.increment()
      }
    } catch {
      // Cancelled.
    }
  }

  private func openStream(version: EtcdVersion?) {
    state.withLock { state in
      state.isStreamOpen = true
      state.version = version
      state.progressRequests = 0
      state.progressAnswers = 0
      state.attachAll()
    }
  }

  private func closeStream() {
    state.withLock { state in
      state.isStreamOpen = false
      state.outgoing = []
      state.streamIDs = [:]
      for id in state.followers.keys { state.followers[id]?.machine.streamLost() }
    }
  }

  private func send(on requests: GRPCMessageWriter<Etcd.WatchRequest>) async throws {
    while true {
      let (messages, isIdle) = state.withLock { state in
        state.attachAll()
        defer { state.outgoing = [] }
        return (state.outgoing, !state.hasOpenFollowers)
      }
      if isIdle { return }
      for message in messages { try await requests.write(message) }
      if messages.isEmpty {
        await streamSignal.wait()
        try Task.checkCancellation()
      }
    }
  }

  private func receive(_ responses: GRPCMessages<Etcd.WatchResponse>, _ link: EtcdConnections.Link) async throws {
    for try await response in responses {
      caller.connections.succeeded(link)
      handle(response)
    }
    throw GRPCCallError(status: GRPCStatus(.unavailable, "the watch stream ended"), effect: .unknown)
  }

  private func handle(_ response: Etcd.WatchResponse) {
    let revision = Revision(rawValue: response.header?.revision ?? 0)
    guard let id = state.withLock({ $0.streamIDs[response.watchID] }) else {
      if response.watchID == -1 && !response.created && !response.canceled { answeredProgress(revision) }
      return
    }
    if response.canceled {
      state.withLock { _ = $0.streamIDs.removeValue(forKey: response.watchID) }
      let failure = Self.failure(response)
      step(id) { $0.fail(failure) }
    } else if response.created {
      let requests = state.withLock { $0.progressRequests }
      step(id) { machine in
        machine.created(at: revision, requestsBefore: requests)
        return .none
      }
      noteStart(of: id, createdAt: revision)
    } else if response.events.isEmpty {
      step(id) { $0.reached(revision) }
    } else {
      step(id) { $0.receive(response.events, isFragment: response.fragment) }
    }
  }

  /// Why the server ended a watch.
  private static func failure(_ response: Etcd.WatchResponse) -> StoreError {
    if response.compactRevision > 0 {
      let oldest = Revision(rawValue: response.compactRevision)
      return StoreError(
        .compacted, "the watch's next revision has been compacted; the oldest readable revision is \(oldest)",
        compactedRevision: oldest)
    }
    let status = GRPCStatus(.unknown, response.cancelReason)
    return .refusal(status) ?? StoreError(.unavailable, "the server ended the watch: \(response.cancelReason)")
  }
}
#endif
