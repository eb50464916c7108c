#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI
import NIOCore
import Synchronization

/// The responses of one stream, made when it can send them.
struct WatchResponses: GRPCMessageSource {
  let hub: WatchHub
  let stream: WatchHub.StreamID

  func fill(_ batch: inout GRPCMessageBatch) -> Bool {
    let (hasMore, eventCount, wakes) = hub.state.withLock { state -> (Bool, Int, WatchHub.Wakes) in
      var wakes = WatchHub.Wakes()
      guard let open = state.streams[stream] else { return (false, 0, wakes) }
      let eventCount = state.fill(&batch, for: open, hub.identity, &wakes)
      if !batch.isFull { state.addNotes(to: &batch, for: open, hub.identity) }
      open.isAwake = open.hasSomethingToSay
      return (open.isAwake, eventCount, wakes)
    }
    if eventCount > 0 { hub.gauges.sent(events: eventCount) }
    wakes.perform(hub.gauges)
    return hasMore
  }
}

extension WatchHub.Stream {
  fileprivate var hasSomethingToSay: Bool {
    !answers.isEmpty || stretch != nil || !ready.isEmpty
  }
}

extension WatchHub.State {
  /// Answers first; then those that catch up and those that follow take turns.
  ///
  /// - Returns: how many events were added.
  fileprivate mutating func fill(
    _ batch: inout GRPCMessageBatch, for stream: WatchHub.Stream, _ identity: MemberIdentity,
    _ wakes: inout WatchHub.Wakes
  ) -> Int {
    while !batch.isFull, let answer = stream.answers.popFirst() {
      batch.append(reserving: 128) { GRPCCodec<Etcd.WatchResponse>.protobuf.encode(answer, &$0) }
    }
    if !stream.isFull { wakes.resume(&stream.roomWaiter) }
    var eventCount = 0
    while !batch.isFull, stream.stretch != nil || !stream.ready.isEmpty {
      if stream.stretch != nil { eventCount += addStretch(to: &batch, for: stream, identity, &wakes) }
      if !batch.isFull, let cohort = stream.ready.popFirst() {
        eventCount += add(cohort, to: &batch, identity, &wakes)
      }
    }
    return eventCount
  }

  /// One response to each watch of a cohort in turn, until all have everything or the batch is full.
  private mutating func add(
    _ cohort: WatchHub.Cohort, to batch: inout GRPCMessageBatch, _ identity: MemberIdentity,
    _ wakes: inout WatchHub.Wakes
  ) -> Int {
    let group = cohort.group
    var eventCount = 0
    // Watches in succession that had nothing more to be told.
    var settled = 0
    while settled < cohort.members.count {
      if batch.isFull {
        cohort.stream.ready.append(cohort)
        return eventCount
      }
      if cohort.turn >= cohort.members.count { cohort.turn = 0 }
      let watcher = cohort.members[cohort.turn]
      cohort.turn += 1
      guard !watcher.isLagging, group.log.has(after: watcher.place) else {
        settled += 1
        continue
      }
      guard group.log.covers(watcher.place), let part = group.log.part(after: watcher.place) else {
        lag(watcher, &wakes)
        settled += 1
        continue
      }
      group.log.write(part, for: watcher.watchID, identity, to: &batch)
      watcher.place = part.place
      watcher.wasServed = true
      eventCount += part.eventCount
      settled = group.log.has(after: watcher.place) ? 0 : settled + 1
    }
    settle(cohort)
    return eventCount
  }

  /// One response out of what catch-up has read.
  private mutating func addStretch(
    to batch: inout GRPCMessageBatch, for stream: WatchHub.Stream, _ identity: MemberIdentity,
    _ wakes: inout WatchHub.Wakes
  ) -> Int {
    guard let stretch = stream.stretch, let watcher = watchers[stretch.watcher] else {
      stream.stretch = nil
      nextCatchUp(stream, &wakes)
      return 0
    }
    if let part = stretch.log.part(after: watcher.place) {
      // As etcd: what a watch has missed comes under the present revision, so that it sees how far behind it is.
      stretch.log.write(
        part, for: watcher.watchID, current: max(part.revision, position, newestCreation), identity, to: &batch)
      watcher.place = part.place
      watcher.wasServed = true
      if stretch.log.has(after: watcher.place) { return part.eventCount }
      finish(stretch, watcher, &wakes)
      return part.eventCount
    }
    finish(stretch, watcher, &wakes)
    return 0
  }

  private mutating func finish(_ stretch: WatchHub.Stretch, _ watcher: WatchHub.Watcher, _ wakes: inout WatchHub.Wakes)
  {
    let stream = watcher.stream
    stream.stretch = nil
    watcher.place = EventLog.Place(next: max(watcher.place.next, stretch.through.next))
    watcher.lacksFirstPrevious = false
    watcher.isLagging = false
    if !watcher.cohort.group.log.covers(watcher.place) {
      // Others of its stream first.
      lag(watcher, &wakes)
    } else if watcher.cohort.group.log.has(after: watcher.place) {
      ready(watcher.cohort, &wakes)
    }
    nextCatchUp(stream, &wakes)
  }
}
#endif
