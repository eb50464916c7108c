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
      case .messages(let messages, let key):
        try await send(messages, to: id)
        hub.advance(id, to: key.through.next)
      case .encode(let selection, let batches, let key):
        let messages = encode(batches, selection, for: id)
        hub.share(messages, from: id, for: key)
        try await send(messages, to: id)
        hub.advance(id, to: key.through.next)
      case .compacted(let compacted):
        try await end(id, compacted)
        return
      case .log(let selection, let key):
        guard try await readLog(selection, key, for: id) else { return }
      }
      steps += 1
      if steps >= Self.stepsPerTurn {
        if hub.yieldTurn(id) { return }
        steps = 0
      }
    }
  }

  /// Reads one stretch of the store's log. Opening a watch for each costs little beside sending what it gives.
  ///
  /// - Returns: false when the watch has ended.
  private func readLog(
    _ selection: WatchSelection, _ key: SharedMessages.Key, for id: WatchHub.WatcherID
  ) async throws -> Bool {
    let watch = try await answering { () async throws(StoreError) in
      try await access.store.watch(
        WatchRequest(
          selection.keys, startRevision: key.from, previousValues: selection.previousValues,
          excluding: selection.excluding))
    }
    defer { watch.cancel() }
    // The log has been read to its end when this comes back.
    watch.requestProgress()
    var batches: [WatchBatch] = []
    var isComplete = false
    // Where nothing is of interest for long, the search has gone further than the stretch.
    var next = key.through.next
    var iterator = watch.makeAsyncIterator()
    do throws(StoreError) {
      while !isComplete, let batch = try await iterator.next() {
        if batch.events.isEmpty || batch.revision > key.through {
          isComplete = true
          next = max(next, batch.events.isEmpty ? batch.revision.next : batch.revision)
        } else {
          batches.append(batch)
          isComplete = batch.revision == key.through
        }
      }
    } catch {
      guard let compacted = error.compactedRevision else { throw GRPCStatus(error) }
      try await send(encode(batches, selection, for: id), to: id)
      try await end(id, compacted)
      return false
    }
    guard isComplete else {
      try Task.checkCancellation()
      throw GRPCStatus(.stopped)
    }
    let messages = encode(batches, selection, for: id)
    hub.share(messages, from: id, for: key)
    try await send(messages, to: id)
    hub.advance(id, to: next)
    return true
  }

  private func end(_ id: WatchHub.WatcherID, _ compacted: Revision) async throws {
    let current = try await answering { () async throws(StoreError) in try await access.currentRevision() }
    while try hub.end(id, compacted: compacted, current: current) == .full { try await writer.waitForRoom() }
  }

  private func encode(
    _ batches: [WatchBatch], _ selection: WatchSelection, for id: WatchHub.WatcherID
  ) -> [GRPCEncodedMessage] {
    guard let address = hub.address(of: id) else { return [] }
    var batches = batches
    if let first = batches.first, first.revision == address.withoutPrevious {
      for index in first.events.indices { batches[0].events[index].previous = nil }
    }
    return EncodedEvents.encode(batches, selection).map { $0.message(address.watchID, hub.identity) }
  }

  private func send(_ messages: [GRPCEncodedMessage], to id: WatchHub.WatcherID) async throws {
    for message in messages {
      while try hub.offer(message, to: id) == .full { try await writer.waitForRoom() }
    }
  }
}
#endif
