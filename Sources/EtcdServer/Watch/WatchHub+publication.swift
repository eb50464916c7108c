#if Networking
import EdgeGRPC
import EdgeStore
import Synchronization

extension WatchHub {
  /// Begins at `position`; whatever was known before is forgotten, and every watch has to look for what it missed in the
  /// store's log.
  func restart(at position: Revision) {
    change { state, wakes in
      let missed = state.position.next
      state.position = position
      state.recent = RecentBatches(after: position)
      for group in state.groups.values {
        state.logBytes -= group.log.byteCount
        for watcher in group.cohorts.values.lazy.flatMap(\.members) where !watcher.isLagging {
          // One that had everything goes on where nothing is known any more.
          let next = group.log.firstRevision(after: watcher.place) ?? max(missed, watcher.place.next)
          if next != watcher.place.next { watcher.place = EventLog.Place(next: next) }
        }
        group.log = EventLog(after: position)
        for watcher in group.cohorts.values.lazy.flatMap(\.members)
        where !watcher.isLagging && !group.log.covers(watcher.place) {
          state.lag(watcher, &wakes)
        }
      }
    }
  }

  /// Tells what happened, in order and without a gap since the last time.
  func publish(_ batches: [WatchBatch]) {
    if batches.isEmpty { return }
    change { state, wakes in
      for batch in batches where batch.revision > state.position {
        state.position = batch.revision
        state.recent.append(batch)
        if !state.groups.isEmpty { state.publish(batch, &wakes) }
      }
      if state.logBytes > State.maximumLogBytes { state.shortenLogs() }
    }
  }
}

extension WatchHub.State {
  /// All logs together; what is older is read again by those that need it.
  static let maximumLogBytes = 8 << 20

  fileprivate mutating func publish(_ batch: WatchBatch, _ wakes: inout WatchHub.Wakes) {
    if batch.events.count == 1, let event = batch.events.first {
      // The usual case: whoever is interested is interested in all of it.
      var interested: [Int] = []
      index.forEach(containing: event.keyValue.key) { interested.append($0) }
      for id in interested { append(batch, to: id, &wakes) }
      return
    }
    var selected: [Int: [StoreEvent]] = [:]
    for event in batch.events {
      index.forEach(containing: event.keyValue.key) { selected[$0, default: []].append(event) }
    }
    for (id, events) in selected { append(WatchBatch(revision: batch.revision, events: events), to: id, &wakes) }
  }

  private mutating func append(_ batch: WatchBatch, to id: Int, _ wakes: inout WatchHub.Wakes) {
    guard let group = groups[id] else { return }
    var batch = batch
    if !group.selection.excluding.isEmpty {
      batch.events.removeAll { group.selection.excluding.contains($0.kind) }
      if batch.events.isEmpty { return }
    }
    let before = group.log.byteCount
    group.log.append(batch, group.selection)
    logBytes += group.log.byteCount - before
    for cohort in group.cohorts.values { ready(cohort, &wakes) }
  }

  /// Halves the longest logs until half of what is allowed is left. Who had not read what is dropped catches up.
  fileprivate mutating func shortenLogs() {
    let longest = groups.values.filter { !$0.log.isEmpty }.sorted { $0.log.byteCount > $1.log.byteCount }
    while logBytes > Self.maximumLogBytes / 2 {
      var isShorter = false
      for group in longest where logBytes > Self.maximumLogBytes / 2 && !group.log.isEmpty {
        isShorter = true
        shorten(group)
      }
      if !isShorter { return }
    }
  }

  private mutating func shorten(_ group: WatchHub.Group) {
    let before = group.log.byteCount
    for watcher in group.cohorts.values.lazy.flatMap(\.members)
    where !watcher.isLagging && group.log.covers(watcher.place) {
      // Where nothing happened since its place, it may have been compacted long ago: what it lacks begins with the log.
      if let next = group.log.firstRevision(after: watcher.place), next != watcher.place.next {
        watcher.place = EventLog.Place(next: next)
      }
    }
    group.log.removeOlderHalf()
    logBytes -= before - group.log.byteCount
  }
}
#endif
