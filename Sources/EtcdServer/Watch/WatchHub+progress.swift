#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI
import Synchronization

extension WatchHub {
  /// The client of a stream wants to know how far its watches have come.
  func wantProgress(on stream: StreamID) {
    state.withLock { state in
      guard state.streams[stream] != nil else { return }
      state.streams[stream]?.owesProgress = true
      state.progressStreams.insert(stream)
    }
  }

  /// The interval for regular notes has passed: marks the watches that were sent nothing in it.
  ///
  /// - Returns: whether there are any.
  func markQuietWatches() -> Bool {
    state.withLock { state in
      var isAnyQuiet = false
      for id in state.progressWatchers {
        state.update(id) { watcher in
          if !watcher.wasServed { watcher.owesProgress = true }
          isAnyQuiet = isAnyQuiet || watcher.owesProgress
          watcher.wasServed = false
        }
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

  /// Everything up to `revision` was published. Whoever is owed a note of progress and has all of it gets the note, behind
  /// the events. One that lags is told when it has caught up; one whose stream has no room, the next time.
  func noteProgress(_ revision: Revision) {
    state.withLock { state in
      for stream in state.progressStreams {
        guard let open = state.streams[stream], !open.watchers.isEmpty else { continue }
        guard open.watchers.values.allSatisfy({ state.watcher($0).map { $0.hasAll(upTo: revision) } ?? true }) else {
          continue
        }
        let response = Etcd.WatchResponse(header: identity.header(revision), watchID: -1)
        guard let sent = try? open.writer.offer(response), !sent else {
          state.progressStreams.remove(stream)
          state.streams[stream]?.owesProgress = false
          continue
        }
      }
      for id in state.progressWatchers {
        guard let watcher = state.watcher(id), watcher.owesProgress, watcher.hasAll(upTo: revision) else { continue }
        let response = Etcd.WatchResponse(header: identity.header(revision), watchID: watcher.watchID)
        let sent = (try? watcher.writer.offer(response)) ?? true
        if sent { state.update(id) { $0.owesProgress = false } }
      }
    }
  }
}

extension WatchHub.Watcher {
  /// A watch whose start lies in the future has seen nothing yet that progress could be told of.
  fileprivate func hasAll(upTo revision: Revision) -> Bool { next == nil && start <= revision.next }
}
#endif
