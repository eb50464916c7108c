#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI

/// Brings the lagging watches of one stream to the present, in turn and as fast as the client takes it. It holds one
/// response at a time, so a client that never reads costs what its stream may buffer and no more.
struct WatchCatchUp {
  let hub: WatchHub
  let feed: any WatchFeed
  let access: StoreAccess
  let stream: WatchHub.StreamID
  let writer: WatchHub.Writer

  /// Steps for one watch while others wait.
  private static let stepsPerTurn = 8
  /// Revisions read from the log that make one step.
  private static let batchesPerStep = 256

  func run() async throws {
    while let id = await hub.nextLagging(stream) { try await serve(id) }
    try Task.checkCancellation()
  }

  private func serve(_ id: WatchHub.WatcherID) async throws {
    var steps = 0
    while true {
      let (step, progressIsDue) = hub.catchUpStep(id)
      switch step {
      case .done:
        if progressIsDue { feed.requestProgress() }
        return
      case .recent(let selection, let batches, let through):
        try await send(batches, selection, to: id)
        hub.advance(id, to: through.next)
      case .compacted(let compacted):
        try await end(id, compacted)
        return
      case .log(let selection, let start):
        guard try await readLog(selection, from: start, for: id) else { return }
      }
      steps += 1
      if steps >= Self.stepsPerTurn {
        if hub.yieldTurn(id) { return }
        steps = 0
      }
    }
  }

  /// - Returns: false when the watch has ended.
  private func readLog(
    _ selection: WatchSelection, from start: Revision, for id: WatchHub.WatcherID
  ) async throws -> Bool {
    let watch = try await answering { () async throws(StoreError) in
      try await access.store.watch(
        WatchRequest(
          selection.keys, startRevision: start, previousValues: selection.previousValues,
          excluding: selection.excluding))
    }
    // The log has been read to its end when this comes back.
    watch.requestProgress()
    var batches: [WatchBatch] = []
    var eventCount = 0
    var iterator = watch.makeAsyncIterator()
    do throws(StoreError) {
      while let batch = try await iterator.next() {
        batches.append(batch)
        eventCount += batch.events.count
        if batch.events.isEmpty || batches.count >= Self.batchesPerStep || eventCount >= Self.batchesPerStep { break }
      }
    } catch {
      guard let compacted = error.compactedRevision else { throw GRPCStatus(error) }
      try await send(batches, selection, to: id)
      try await end(id, compacted)
      return false
    }
    guard let last = batches.last else {
      try Task.checkCancellation()
      throw GRPCStatus(.stopped)
    }
    if last.events.isEmpty { batches.removeLast() }
    try await send(batches, selection, to: id)
    hub.advance(id, to: last.revision.next)
    return true
  }

  private func end(_ id: WatchHub.WatcherID, _ compacted: Revision) async throws {
    let current = try await answering { () async throws(StoreError) in try await access.currentRevision() }
    while try hub.end(id, compacted: compacted, current: current) == .full { try await writer.waitForRoom() }
  }

  private func send(_ batches: [WatchBatch], _ selection: WatchSelection, to id: WatchHub.WatcherID) async throws {
    guard let address = hub.address(of: id) else { return }
    var batches = batches
    if let first = batches.first, first.revision == address.withoutPrevious {
      for index in first.events.indices { batches[0].events[index].previous = nil }
    }
    for encoded in EncodedEvents.encode(batches, selection) {
      let message = encoded.message(address.watchID, hub.identity)
      while try hub.offer(message, to: id) == .full { try await writer.waitForRoom() }
    }
  }
}
#endif
