#if Networking
import EdgeStore
import Synchronization

// What watches that lag are told: read by their stream's `WatchCatchUp`, one stretch for one of them at a time, so that a
// client that never reads costs one stretch and no more.
extension WatchHub {
  /// What a watch that lags has missed, or a part of it.
  struct Stretch: Sendable {
    var watcher: WatcherID
    var log: EventLog
    /// How far it goes; what follows the last event is of no interest to the watch.
    var through: Revision
  }

  /// What to read for a watch that lags.
  struct CatchUpTask: Sendable {
    enum Source: Sendable {
      /// These, of which the watch sees all; nothing else happened up to the revision.
      case recent([WatchBatch], through: Revision)
      /// What it needs happened too long ago: the store's log.
      case storeLog
    }

    var watcher: WatcherID
    var selection: WatchSelection
    var from: Revision
    var source: Source
    /// The previous values of revision ``from`` are not to be told.
    var lacksFirstPrevious: Bool
  }

  /// The next of the stream's watches to read for, as soon as there is one; nil when the stream is closed or the task
  /// cancelled.
  func nextCatchUp(_ stream: StreamID) async -> CatchUpTask? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        change { state, wakes in
          var waiter: CheckedContinuation<CatchUpTask?, Never>? = continuation
          guard let open = state.streams[stream], !Task.isCancelled else {
            return wakes.resume(&waiter, with: nil)
          }
          open.isReading = false
          open.catchUp = waiter
          state.nextCatchUp(open, &wakes)
        }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        defer { state.streams[stream]?.catchUp = nil }
        return state.streams[stream]?.catchUp
      }
      waiter?.resume(returning: nil)
    }
  }

  /// Takes what was read.
  func caughtUp(_ task: CatchUpTask, _ log: EventLog, through: Revision) {
    change { state, wakes in
      // It may have been cancelled meanwhile.
      guard let watcher = state.watchers[task.watcher] else { return }
      let stretch = Stretch(watcher: watcher.id, log: log, through: through)
      // What one watch sees differently is its own.
      if !task.lacksFirstPrevious {
        state.stretches.insert(stretch, group: watcher.cohort.group.id, from: task.from)
      }
      watcher.stream.stretch = stretch
      wakes.wake(watcher.stream)
    }
  }
}

extension WatchHub.Stream {
  var isCatchingUp: Bool { isReading || stretch != nil || !lagging.isEmpty }
}

extension WatchHub.State {
  /// Batches that are searched in one step.
  private static let maximumBatches = 256

  /// What a watch is to be told next is not in its group's log.
  mutating func lag(_ watcher: WatchHub.Watcher, _ wakes: inout WatchHub.Wakes) {
    watcher.isLagging = true
    watcher.stream.lagging.append(watcher.id)
    wakes.laggedCount += 1
    nextCatchUp(watcher.stream, &wakes)
  }

  /// Begins with the next of a stream's watches that lag, unless one has its turn.
  mutating func nextCatchUp(_ stream: WatchHub.Stream, _ wakes: inout WatchHub.Wakes) {
    guard stream.stretch == nil, !stream.isReading else { return }
    while let id = stream.lagging.first {
      guard let watcher = watchers[id] else {
        stream.lagging.removeFirst()
        continue
      }
      if !watcher.lacksFirstPrevious, watcher.place.fragments == 0,
        let known = stretches.stretch(of: watcher.cohort.group.id, at: watcher.place.next)
      {
        stream.lagging.removeFirst()
        stream.stretch = WatchHub.Stretch(watcher: id, log: known.log, through: known.through)
        wakes.wake(stream)
      } else if stream.catchUp != nil {
        stream.lagging.removeFirst()
        stream.isReading = true
        wakes.resume(&stream.catchUp, with: task(for: watcher))
      }
      return
    }
  }

  private func task(for watcher: WatchHub.Watcher) -> WatchHub.CatchUpTask {
    let from = watcher.place.next
    let selection = watcher.cohort.group.selection
    var source = WatchHub.CatchUpTask.Source.storeLog
    if from <= position, let batches = recent.batches(from: from, atMost: Self.maximumBatches) {
      source = .recent(
        batches.compactMap { selection.part(of: $0) },
        through: batches.count < Self.maximumBatches ? position : batches.last?.revision ?? position)
    }
    return WatchHub.CatchUpTask(
      watcher: watcher.id, selection: selection, from: from, source: source,
      lacksFirstPrevious: watcher.lacksFirstPrevious)
  }
}
#endif
