#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI
import Synchronization

// What the task that catches up a stream asks of the hub; `WatchCatchUp` is the other side.
extension WatchHub {
  enum CatchUpStep {
    /// The watch is gone, or synced from here on.
    case done
    /// Send these, then go on behind them.
    case messages([GRPCEncodedMessage], SharedMessages.Key)
    /// Encode these and hand them to ``share(_:from:for:)``, then send them.
    case encode(WatchSelection, [WatchBatch], SharedMessages.Key)
    /// Tell it so.
    case compacted(Revision)
    /// What it needs happened too long ago: read the store's log.
    case log(WatchSelection, SharedMessages.Key)
  }

  /// The next lagging watch of the stream, as soon as there is one; nil when the stream is closed or the task cancelled.
  func nextLagging(_ stream: StreamID) async -> WatcherID? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer = state.withLock { state -> WatcherID?? in
          guard var open = state.streams[stream], !Task.isCancelled else { return .some(nil) }
          if open.lagging.isEmpty {
            open.catchUp = continuation
            state.streams[stream] = open
            return nil
          }
          let id = open.lagging.removeFirst()
          state.streams[stream] = open
          return id
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      let continuation = state.withLock { state in
        defer { state.streams[stream]?.catchUp = nil }
        return state.streams[stream]?.catchUp
      }
      continuation?.resume(returning: nil)
    }
  }

  /// - Returns: what to do next, and whether the stream waits for a note of progress that has become possible.
  func catchUpStep(_ id: WatcherID) -> (step: CatchUpStep, progressIsDue: Bool) {
    state.withLock { state in
      guard let watcher = state.watcher(id), let next = watcher.next, let selection = state.selection(of: id) else {
        return (.done, false)
      }
      if case .none(let compacted) = watcher.reach { return (.compacted(compacted), false) }
      if next > state.position {
        state.update(id) { watcher in
          watcher.start = next
          watcher.next = nil
        }
        return (.done, watcher.owesProgress || state.streams[watcher.stream]?.owesProgress == true)
      }
      guard let place = state.places[id] else { return (.done, false) }
      let reached = min(SharedMessages.endOfStride(from: next), state.position)
      let key = SharedMessages.Key(group: place.group, watchID: watcher.watchID, from: next, through: reached)
      if watcher.reach == .all, let messages = state.shared[key] { return (.messages(messages, key), false) }
      guard let batches = state.recent.batches(from: next, through: reached) else {
        return (.log(selection, key), false)
      }
      return (.encode(selection, batches.compactMap { selection.part(of: $0, from: next) }, key), false)
    }
  }

  /// Keeps messages for other watches that need them.
  func share(_ messages: [GRPCEncodedMessage], from id: WatcherID, for key: SharedMessages.Key) {
    state.withLock { state in
      // What one watch sees differently is its own. Alone in its group it has nobody to share with.
      guard state.watcher(id)?.reach == .all, let members = state.groups[key.group]?.members, members.count > 1 else {
        return
      }
      state.shared.insert(messages, for: key)
    }
  }

  /// The client's name for the watch, and the revision whose previous values it must not see.
  func address(of id: WatcherID) -> (watchID: Int64, withoutPrevious: Revision?)? {
    state.withLock { state in
      state.watcher(id).map { ($0.watchID, $0.reach == .withoutFirstPrevious ? $0.start : nil) }
    }
  }

  /// Takes note that a lagging watch has everything before `next`.
  func advance(_ id: WatcherID, to next: Revision) {
    state.withLock { state in
      state.update(id) { watcher in
        if watcher.next != nil { watcher.next = next }
        watcher.reach = .all
      }
    }
  }

  /// Sends to a watch that catches up; to one that is gone nothing is sent.
  func offer(_ message: GRPCEncodedMessage, to id: WatcherID) throws -> Outcome {
    try state.withLock { state in
      guard let watcher = state.watcher(id) else { return .done }
      state.update(id) { $0.wasServed = true }
      return try watcher.writer.offer(message) ? .done : .full
    }
  }

  /// Puts a watch that has had its turn behind the others of its stream that lag.
  ///
  /// - Returns: false when there are none and it may go on.
  func yieldTurn(_ id: WatcherID) -> Bool {
    state.withLock { state in
      guard let stream = state.watcher(id)?.stream, let others = state.streams[stream]?.lagging, !others.isEmpty else {
        return false
      }
      state.streams[stream]?.lagging.append(id)
      return true
    }
  }
}
#endif
