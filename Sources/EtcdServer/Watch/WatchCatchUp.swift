#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI

/// Reads what the lagging watches of one stream have missed, a stretch for each in turn, as fast as the client takes it.
struct WatchCatchUp {
  let hub: WatchHub
  let access: StoreAccess
  let stream: WatchHub.StreamID

  /// A stretch goes on to the end of the revision with which it has so many bytes.
  private static let stretchBytes = 128 << 10
  /// Revisions that one stretch of the store's log spans.
  private static let stretchRevisions: Int64 = 256

  func run() async throws {
    while let task = await hub.nextCatchUp(stream) {
      switch task.source {
      case .recent(let batches, let through): read(batches, through, task)
      case .storeLog: try await readLog(task)
      }
    }
    try Task.checkCancellation()
  }

  private func read(_ batches: [WatchBatch], _ through: Revision, _ task: WatchHub.CatchUpTask) {
    var log = EventLog(after: .zero)
    for batch in batches {
      log.append(batch, task)
      if log.byteCount >= Self.stretchBytes { return hub.caughtUp(task, log, through: batch.revision) }
    }
    hub.caughtUp(task, log, through: through)
  }

  /// Reads one stretch of the store's log. Opening a watch for each costs little beside sending what it gives.
  private func readLog(_ task: WatchHub.CatchUpTask) async throws {
    let watch = try await answering { () async throws(StoreError) in
      try await access.store.watch(
        WatchRequest(
          task.selection.keys, startRevision: task.from, previousValues: task.selection.previousValues,
          excluding: task.selection.excluding))
    }
    defer { watch.cancel() }
    // The log has been read to its end when this comes back.
    watch.requestProgress()
    let end = Revision(rawValue: task.from.rawValue + Self.stretchRevisions - 1)
    var log = EventLog(after: .zero)
    var through: Revision?
    var iterator = watch.makeAsyncIterator()
    do throws(StoreError) {
      while through == nil, let batch = try await iterator.next() {
        if batch.events.isEmpty {
          through = batch.revision
        } else if batch.revision > end {
          // Where nothing is of interest for long, the search has gone further than the stretch.
          through = Revision(rawValue: batch.revision.rawValue - 1)
        } else {
          log.append(batch, task)
          if batch.revision == end || log.byteCount >= Self.stretchBytes { through = batch.revision }
        }
      }
    } catch {
      guard let compacted = error.compactedRevision else { throw GRPCStatus(error) }
      // What was read before the compaction is not told: the client has to list anew in any case.
      let current = try await answering { () async throws(StoreError) in try await access.currentRevision() }
      return hub.end(task.watcher, compacted: compacted, current: current)
    }
    guard let through else {
      try Task.checkCancellation()
      throw GRPCStatus(.stopped)
    }
    hub.caughtUp(task, log, through: through)
  }
}

extension EventLog {
  fileprivate mutating func append(_ batch: WatchBatch, _ task: WatchHub.CatchUpTask) {
    guard task.lacksFirstPrevious, batch.revision == task.from else { return append(batch, task.selection) }
    var batch = batch
    for index in batch.events.indices { batch.events[index].previous = nil }
    append(batch, task.selection)
  }
}
#endif
