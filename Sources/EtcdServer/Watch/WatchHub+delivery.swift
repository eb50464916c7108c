#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI
import Synchronization

extension WatchHub {
  /// Begins at `position`; whatever was known before is forgotten, and every watch that was synced has to look for what it
  /// missed in the store's log.
  func restart(at position: Revision) {
    let resumptions = state.withLock { state -> [Resumption] in
      let missed = state.position.next
      state.position = position
      state.recent = RecentBatches(after: position)
      var resumptions: [Resumption] = []
      for id in Array(state.places.keys) {
        guard let watcher = state.watcher(id), watcher.next == nil, max(missed, watcher.start) <= position else {
          continue
        }
        state.update(id) { $0.next = max(missed, $0.start) }
        if let resumption = state.enqueueLagging(id, watcher.stream) { resumptions.append(resumption) }
      }
      return resumptions
    }
    for resumption in resumptions { resumption.perform() }
  }

  /// Shows what happened, in order and without a gap since the last time.
  func publish(_ batches: [WatchBatch]) {
    let resumptions = state.withLock { state -> [Resumption] in
      let news = batches.filter { $0.revision > state.position }
      guard let last = news.last else { return [] }
      state.position = last.revision
      for batch in news { state.recent.append(batch) }
      if state.groups.isEmpty { return [] }
      var resumptions: [Resumption] = []
      for (group, selected) in state.select(news) {
        gauges.sent(events: state.deliver(selected, to: group, identity, &resumptions))
      }
      if !resumptions.isEmpty { gauges.lagged(resumptions.count) }
      return resumptions
    }
    for resumption in resumptions { resumption.perform() }
  }
}

extension WatchHub.State {
  /// What each group is interested in.
  fileprivate func select(_ batches: [WatchBatch]) -> [Int: [WatchBatch]] {
    var selected: [Int: [WatchBatch]] = [:]
    for batch in batches {
      for event in batch.events {
        index.forEach(containing: event.keyValue.key) { group in
          if let excluding = groups[group]?.selection.excluding, excluding.contains(event.kind) { return }
          if let last = selected[group]?.indices.last, selected[group]?[last].revision == batch.revision {
            selected[group]?[last].events.append(event)
          } else {
            selected[group, default: []].append(WatchBatch(revision: batch.revision, events: [event]))
          }
        }
      }
    }
    return selected
  }

  /// - Returns: how many events were sent.
  fileprivate mutating func deliver(
    _ batches: [WatchBatch], to group: Int, _ identity: MemberIdentity, _ resumptions: inout [WatchHub.Resumption]
  ) -> Int {
    guard let selection = groups[group]?.selection, let first = batches.first, let last = batches.last else {
      return 0
    }
    let eventCount = batches.reduce(0) { $0 + $1.events.count }
    var served = 0
    let encoded = EncodedEvents.encode(batches, selection)
    // Most watches have a stream of their own and therefore the same id.
    var messages: (watchID: Int64, messages: [GRPCEncodedMessage])?
    for slot in 0..<(groups[group]?.members.count ?? 0) {
      guard let watcher = groups[group]?.members[slot], watcher.next == nil, watcher.start <= last.revision else {
        continue
      }
      let responses: [EncodedEvents]
      let frames: [GRPCEncodedMessage]
      if watcher.start > first.revision || watcher.reach != .all {
        responses = EncodedEvents.encode(watcher.part(of: batches), selection)
        frames = responses.map { $0.message(watcher.watchID, identity) }
      } else {
        responses = encoded
        if messages?.watchID != watcher.watchID {
          messages = (watcher.watchID, encoded.map { $0.message(watcher.watchID, identity) })
        }
        frames = messages?.messages ?? []
      }
      groups[group]?.members[slot].wasServed = true
      // Fragments belong together: only catch-up can wait between them.
      if responses.contains(where: \.isFragment) {
        groups[group]?.members[slot].next = responses[0].first
        if let resumption = enqueueLagging(watcher.id, watcher.stream) { resumptions.append(resumption) }
        continue
      }
      // A call that is over is taken care of by its handler.
      guard let sent = try? Self.offer(frames, to: watcher.writer) else { continue }
      if sent == frames.count {
        served += 1
        if watcher.reach != .all { groups[group]?.members[slot].reach = .all }
        continue
      }
      groups[group]?.members[slot].next = responses[sent].first
      if let resumption = enqueueLagging(watcher.id, watcher.stream) { resumptions.append(resumption) }
    }
    return served * eventCount
  }

  /// - Returns: how many of the messages were taken.
  private static func offer(_ messages: [GRPCEncodedMessage], to writer: WatchHub.Writer) throws -> Int {
    for (index, message) in messages.enumerated() where try !writer.offer(message) { return index }
    return messages.count
  }
}

extension WatchHub.Watcher {
  /// What a synced watch sees of batches that begin before it does, or with what it may see only in part.
  fileprivate func part(of batches: [WatchBatch]) -> [WatchBatch] {
    var part = batches.filter { $0.revision >= start }
    if reach == .withoutFirstPrevious, part.first?.revision == start {
      for index in part[0].events.indices { part[0].events[index].previous = nil }
    }
    return part
  }
}
#endif
