#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI
import Synchronization

/// How a watch learns that it has shown everything up to a revision.
///
/// The revision is read from the cluster, linearizable. A watch that stands beyond it already needs nothing more. Otherwise
/// the server is asked on the stream, where its answers are ordered behind the events; it may leave a request unanswered
/// (while one of the stream's watches is behind), so it is asked again. Older servers, whose answers may overtake events,
/// and servers that do not answer, are passed over: then the missing piece of the log is read up to that revision by a watch
/// of all keys, which cannot be silent there, because every revision has an event.
extension WatchHub {
  private static let pollInterval = Duration.milliseconds(50)
  /// So many requests on the stream may go unanswered before the log is read instead.
  private static let maximumRequests = 20

  func runProgress() async {
    var round = 0
    while !Task.isCancelled {
      let asking = state.withLock { state in
        state.isClosed ? nil : state.followers.filter { $0.value.machine.wantsProgress }.map(\.key)
      }
      guard let asking else { return }
      if asking.isEmpty {
        round = 0
        await progressSignal.wait()
        continue
      }
      await seekProgress(of: asking, round: round)
      round += 1
      if state.withLock({ state in asking.contains { state.followers[$0]?.machine.wantsProgress ?? false } }) {
        try? await caller.time.sleep(until: caller.time.now() + Self.pollInterval)
      }
    }
  }

  private func seekProgress(of followers: [Int64], round: Int) async {
    guard let current = try? await caller.currentRevision() else { return }
    var behind: [(id: Int64, machine: WatchFollowerStateMachine)] = []
    for id in followers {
      step(id) { machine in
        if machine.next > current { return machine.reached(current) }
        behind.append((id, machine))
        return .none
      }
    }
    guard !behind.isEmpty else { return }
    let asksServer = state.withLock { state in
      guard let version = state.version, version.ordersProgress, round < Self.maximumRequests else { return false }
      if state.isStreamOpen {
        state.progressRequests += 1
        state.outgoing.append(.progress(Etcd.WatchProgressRequest()))
      }
      return true
    }
    if asksServer { return streamSignal.signal() }
    for (id, machine) in behind { await readLog(for: id, machine.request, from: machine.next, to: current) }
  }

  func answeredProgress(_ revision: Revision) {
    let index = state.withLock { state in
      state.progressAnswers += 1
      return state.progressAnswers
    }
    stepAll { $0.reachedByAll(revision, index: index) }
  }

  private func readLog(for id: Int64, _ request: WatchRequest, from start: Revision, to goal: Revision) async {
    var everything = request
    everything.keys = .all
    everything.excluding = []
    let creation = everything.etcd(from: start, id: 1)
    // A failure costs nothing but a later note: the watch itself goes on.
    let found = try? await caller.read(
      streaming: GRPCMethod(Etcd.Watch.watch), timeout: .seconds(5)
    ) { stream -> (batches: [WatchBatch], through: Revision) in
      try await stream.requests.write(.create(creation))
      var assembly = RevisionAssembly()
      var batches: [WatchBatch] = []
      var events = 0
      var through = Revision(rawValue: start.rawValue - 1)
      while through < goal, batches.count < WatchQueue.capacity, events < WatchQueue.eventCapacity,
        let response = try await stream.responses.next()
      {
        if response.canceled { throw StoreError(.compacted, "the log is gone") }
        for batch in assembly.add(response.events, isFragment: response.fragment) {
          through = max(through, batch.revision)
          guard let wanted = request.selection(of: batch) else { continue }
          batches.append(wanted)
          events += wanted.events.count
        }
      }
      return (batches, through)
    }
    guard let found, found.through >= start else { return }
    step(id) { $0.absorb(found.batches, through: found.through, goal: goal) }
  }

  /// Older servers forget a deletion at the very revision that was compacted to, so that a watch which begins there would
  /// miss it in silence: it is told that it begins too late.
  func noteStart(of id: Int64, createdAt: Revision) {
    let start = state.withLock { state -> Revision? in
      guard let version = state.version, !version.keepsCompactedDeletion else { return nil }
      return state.followers[id]?.machine.next
    }
    guard let start, start <= createdAt, start.rawValue > 1 else { return }
    // Ends with its one call; the watch may be gone by then, which leaves nothing to do.
    Task {
      let before = Revision(rawValue: start.rawValue - 1)
      let request = Etcd.RangeRequest(key: [0], revision: before.rawValue, countOnly: true)
      do throws(StoreError) {
        _ = try await caller.read(GRPCMethod(Etcd.KV.range), request)
      } catch {
        guard error.code == .compacted else { return }
        let compacted = await caller.compactedRevision(beyond: before) ?? start
        step(id) { $0.fail(.compacted(start, compactedRevision: compacted)) }
      }
    }
  }
}

extension WatchRequest {
  /// The part of a revision that the watch wants.
  fileprivate func selection(of batch: WatchBatch) -> WatchBatch? {
    let events = batch.events.filter { keys.contains($0.keyValue.key) && !excluding.contains($0.kind) }
    return events.isEmpty ? nil : WatchBatch(revision: batch.revision, events: events)
  }
}
#endif
