#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI
import Synchronization

extension WatchHub {
  /// The client of a stream wants to know how far its watches have come; while there are none that is nothing, then or later.
  func wantProgress(on stream: StreamID) {
    state.withLock { state in
      if state.streams[stream]?.watchers.isEmpty == false { state.progressStreams.insert(stream) }
    }
  }

  /// The interval for regular notes has passed: marks the watches that were sent nothing in it.
  ///
  /// - Returns: whether there are any.
  func markQuietWatches() -> Bool {
    state.withLock { state in
      var isAnyQuiet = false
      for id in state.progressWatchers {
        guard let watcher = state.watchers[id] else { continue }
        if !watcher.wasServed { watcher.owesProgress = true }
        isAnyQuiet = isAnyQuiet || watcher.owesProgress
        watcher.wasServed = false
      }
      return isAnyQuiet
    }
  }

  /// Returns when there is a watch that wants regular notes of progress.
  func regularProgressIsWanted() async throws {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isWanted = state.withLock { state in
          if Task.isCancelled || !state.progressWatchers.isEmpty { return true }
          state.progressTicker = continuation
          return false
        }
        if isWanted { continuation.resume() }
      }
    } onCancel: {
      let ticker = state.withLock { state in
        defer { state.progressTicker = nil }
        return state.progressTicker
      }
      ticker?.resume()
    }
    try Task.checkCancellation()
  }

  /// Everything up to `revision` was published. Whoever is owed a note of progress gets it behind the events: a stream once
  /// all its watches have everything, a watch that has not, the next time.
  func noteProgress(_ revision: Revision) {
    change { state, wakes in
      state.position = max(state.position, revision)
      for id in state.progressStreams {
        guard let stream = state.streams[id], !stream.progressIsDue else { continue }
        stream.progressIsDue = true
        wakes.wake(stream)
      }
      for id in state.progressWatchers {
        guard let watcher = state.watchers[id], watcher.owesProgress else { continue }
        watcher.owesProgress = false
        watcher.stream.notes.append(id)
        wakes.wake(watcher.stream)
      }
    }
  }
}

extension WatchHub.State {
  /// Comes when a stream has nothing else to say.
  mutating func addNotes(to batch: inout GRPCMessageBatch, for stream: WatchHub.Stream, _ identity: MemberIdentity) {
    if stream.notes.isEmpty && !stream.progressIsDue { return }
    let header = identity.header(position)
    func note(_ watchID: Int64) {
      batch.append(reserving: 64) {
        GRPCCodec<Etcd.WatchResponse>.protobuf.encode(Etcd.WatchResponse(header: header, watchID: watchID), &$0)
      }
    }
    for id in stream.notes {
      guard let watcher = watchers[id] else { continue }
      if hasEverything(watcher) { note(watcher.watchID) } else { watcher.owesProgress = true }
    }
    stream.notes = []
    // While the watches have gone, or not all have everything, the request stands.
    guard stream.progressIsDue, !stream.watchers.isEmpty, !stream.isCatchingUp,
      stream.watchers.values.allSatisfy(hasEverything)
    else { return }
    note(-1)
    stream.progressIsDue = false
    progressStreams.remove(stream.id)
  }

  /// A watch whose start lies in the future has seen nothing yet that progress could be told of.
  private func hasEverything(_ watcher: WatchHub.Watcher) -> Bool {
    !watcher.isLagging && !watcher.cohort.isReady && watcher.place.next <= position.next
  }
}
#endif
