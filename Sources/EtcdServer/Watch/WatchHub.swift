#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI
import Synchronization

/// All watches of a server, fed by one watch of the whole store.
///
/// What happens reaches each interested watch as one encoded response whose bytes they share, in the order of revisions. A
/// watch is either *synced*, so that it gets what happens, or *lagging*, when it began in the past or its client did
/// not take what was sent: then its stream's catch-up reads what it missed, from what happened last or from the store's log,
/// as fast as the client takes it.
///
/// ```
///   created, start in the future ─▶ synced ──no room on the stream──▶ lagging(next) ──caught up──▶ synced
///   created, start in the past ───────────────────────────────────────────▲
/// ```
/// Everything that is sent on a stream is sent under one lock, so that each stream's order is the order of the hub's
/// decisions: a note of progress never overtakes an event, and nothing follows a cancellation.
final class WatchHub: Sendable {
  typealias StreamID = Int
  typealias WatcherID = Int
  typealias Writer = GRPCMessageWriter<Etcd.WatchResponse>

  struct Watcher {
    let id: WatcherID
    let stream: StreamID
    /// The client's name for it.
    let watchID: Int64
    let writer: Writer
    let wantsProgress: Bool
    /// Synced: what is older is not of interest, or was sent.
    var start: Revision
    var reach: Reach
    /// Lagging: what catch-up has to read next.
    var next: Revision?
    /// Whether something was sent since the last look at who wants regular notes of progress.
    var wasServed = true
    var owesProgress = false
  }

  struct Group {
    let selection: WatchSelection
    var members: [Watcher] = []
  }

  struct Stream {
    let writer: Writer
    var watchers: [Int64: WatcherID] = [:]
    var nextWatchID: Int64 = 0
    var owesProgress = false
    /// In the order in which catch-up serves them.
    var lagging: [WatcherID] = []
    var catchUp: CheckedContinuation<WatcherID?, Never>?
  }

  struct State {
    /// Everything up to here was shown to synced watches.
    var position: Revision = .zero
    var recent = RecentBatches(after: .zero)
    var shared = SharedMessages()
    var streams: [StreamID: Stream] = [:]
    var groups: [Int: Group] = [:]
    var groupIDs: [WatchSelection: Int] = [:]
    var index = WatchIndex()
    var places: [WatcherID: (group: Int, slot: Int)] = [:]
    var nextID = 0
    var progressStreams: Set<StreamID> = []
    var progressWatchers: Set<WatcherID> = []
    /// Waits for a watch that wants regular notes of progress.
    var progressTicker: CheckedContinuation<Void, Never>?
  }

  let state = Mutex(State())
  let identity: MemberIdentity
  let gauges = WatchGauges()
  /// Not less than there are.
  fileprivate let watcherCount = Atomic(0)
  private let limit: Int

  /// - Parameter limit: how many watches there may be at once.
  init(identity: MemberIdentity, limit: Int) {
    self.identity = identity
    self.limit = limit
  }

  /// False when nobody would see what happens.
  var isWatched: Bool { watcherCount.load(ordering: .sequentiallyConsistent) > 0 }

  // MARK: - Streams

  func open(_ writer: Writer) -> StreamID {
    state.withLock { state in
      state.nextID += 1
      state.streams[state.nextID] = Stream(writer: writer)
      state.report(to: self)
      return state.nextID
    }
  }

  func close(_ stream: StreamID) {
    let catchUp = state.withLock { state in
      for id in (state.streams[stream]?.watchers ?? [:]).values { state.remove(id) }
      state.progressStreams.remove(stream)
      defer { state.report(to: self) }
      return state.streams.removeValue(forKey: stream)?.catchUp
    }
    catchUp?.resume(returning: nil)
  }

  // MARK: - Watches

  /// What is asked of the hub where a stream may have no room.
  enum Outcome {
    case done
    /// Nothing was done: wait for room and ask again.
    case full
  }

  /// How much of what a watch asks for was there when it asked.
  enum Reach: Hashable {
    case all
    /// It begins at the compacted revision. What that one's keys held before cannot be read any more, and is not shown
    /// either, as in etcd. A watch that began in time keeps its previous values, whatever is compacted meanwhile.
    case withoutFirstPrevious
    /// It begins before the compacted revision and ends as soon as it exists.
    case none(compacted: Revision)
  }

  struct Creation {
    /// 0 lets the hub choose.
    var watchID: Int64
    var selection: WatchSelection
    var start: Revision
    var wantsProgress: Bool
    var reach: Reach
    /// Where the store stood.
    var current: Revision
  }

  /// Tells the client that the watch exists, and begins it.
  func create(_ creation: Creation, on stream: StreamID) throws -> Outcome {
    let (outcome, resumption, ticker) = try state.withLock {
      state -> (Outcome, Resumption?, CheckedContinuation<Void, Never>?) in
      guard let writer = state.streams[stream]?.writer else { return (.done, nil, nil) }
      guard let watchID = state.freeWatchID(creation.watchID, on: stream) else {
        return (try refuse(Etcd.Failure.duplicateWatchID, on: writer, creation.current), nil, nil)
      }
      guard state.places.count < limit else {
        return (try refuse(Etcd.Failure.tooManyRequests.message, on: writer, creation.current), nil, nil)
      }
      let created = Etcd.WatchResponse(header: identity.header(creation.current), watchID: watchID, created: true)
      guard try writer.offer(created) else { return (.full, nil, nil) }
      state.nextID += 1
      let isSynced = creation.start > state.position && creation.reach == .all
      let watcher = Watcher(
        id: state.nextID, stream: stream, watchID: watchID, writer: writer, wantsProgress: creation.wantsProgress,
        start: creation.start, reach: creation.reach, next: isSynced ? nil : creation.start)
      state.insert(watcher, creation.selection)
      state.report(to: self)
      defer { if watcher.wantsProgress { state.progressTicker = nil } }
      return (
        .done, isSynced ? nil : state.enqueueLagging(watcher.id, stream),
        watcher.wantsProgress ? state.progressTicker : nil
      )
    }
    resumption?.perform()
    ticker?.resume()
    return outcome
  }

  /// Tells the client that it cannot have the watch.
  func refuse(_ reason: String, on stream: StreamID, current: Revision) throws -> Outcome {
    try state.withLock { state in
      guard let writer = state.streams[stream]?.writer else { return .done }
      return try refuse(reason, on: writer, current)
    }
  }

  private func refuse(_ reason: String, on writer: Writer, _ current: Revision) throws -> Outcome {
    let response = Etcd.WatchResponse(
      header: identity.header(current), watchID: -1, created: true, canceled: true, cancelReason: reason)
    return try writer.offer(response) ? .done : .full
  }

  /// Ends a watch because its client wants it; an unknown one is passed over.
  func cancel(_ watchID: Int64, on stream: StreamID) throws -> Outcome {
    try state.withLock { state in
      guard let open = state.streams[stream], let id = open.watchers[watchID] else { return .done }
      let response = Etcd.WatchResponse(
        header: identity.header(state.position), watchID: watchID, canceled: true)
      guard try open.writer.offer(response) else { return .full }
      state.remove(id)
      return .done
    }
  }

  /// Ends a watch because what it should see next is compacted.
  func end(_ id: WatcherID, compacted: Revision, current: Revision) throws -> Outcome {
    try state.withLock { state in
      guard let watcher = state.watcher(id) else { return .done }
      let response = Etcd.WatchResponse(
        header: identity.header(current), watchID: watcher.watchID, canceled: true,
        compactRevision: compacted.rawValue)
      guard try watcher.writer.offer(response) else { return .full }
      state.remove(id)
      return .done
    }
  }

  /// Wakes the task that catches up a stream, outside of the lock.
  struct Resumption {
    let continuation: CheckedContinuation<WatcherID?, Never>
    let watcher: WatcherID

    func perform() { continuation.resume(returning: watcher) }
  }
}

extension WatchHub.State {
  fileprivate func report(to hub: WatchHub) {
    hub.watcherCount.store(places.count, ordering: .sequentiallyConsistent)
    hub.gauges.set(watchers: places.count, streams: streams.count)
  }

  func watcher(_ id: WatchHub.WatcherID) -> WatchHub.Watcher? {
    places[id].flatMap { groups[$0.group]?.members[$0.slot] }
  }

  func selection(of id: WatchHub.WatcherID) -> WatchSelection? { places[id].flatMap { groups[$0.group]?.selection } }

  mutating func update(_ id: WatchHub.WatcherID, _ change: (inout WatchHub.Watcher) -> Void) {
    guard let place = places[id], let watcher = watcher(id) else { return }
    var changed = watcher
    change(&changed)
    groups[place.group]?.members[place.slot] = changed
  }

  /// The id a new watch gets; nil when the one that is asked for is taken.
  fileprivate mutating func freeWatchID(_ wanted: Int64, on stream: WatchHub.StreamID) -> Int64? {
    guard var open = streams[stream] else { return nil }
    if wanted != 0 { return open.watchers[wanted] == nil ? wanted : nil }
    while open.watchers[open.nextWatchID] != nil { open.nextWatchID += 1 }
    let id = open.nextWatchID
    open.nextWatchID += 1
    streams[stream] = open
    return id
  }

  fileprivate mutating func insert(_ watcher: WatchHub.Watcher, _ selection: WatchSelection) {
    let group: Int
    if let known = groupIDs[selection] {
      group = known
    } else {
      nextID += 1
      group = nextID
      groupIDs[selection] = group
      groups[group] = WatchHub.Group(selection: selection)
      index.insert(selection.keys, id: group)
    }
    let slot = groups[group]?.members.count ?? 0
    groups[group]?.members.append(watcher)
    places[watcher.id] = (group, slot)
    streams[watcher.stream]?.watchers[watcher.watchID] = watcher.id
    if watcher.wantsProgress { progressWatchers.insert(watcher.id) }
  }

  mutating func remove(_ id: WatchHub.WatcherID) {
    guard let place = places.removeValue(forKey: id), let group = groups[place.group] else { return }
    let watcher = group.members[place.slot]
    streams[watcher.stream]?.watchers[watcher.watchID] = nil
    streams[watcher.stream]?.lagging.removeAll { $0 == id }
    progressWatchers.remove(id)
    if group.members.count == 1 {
      groups[place.group] = nil
      groupIDs[group.selection] = nil
      index.remove(group.selection.keys, id: place.group)
      return
    }
    // The last member takes its place.
    guard let last = groups[place.group]?.members.popLast(), last.id != id else { return }
    groups[place.group]?.members[place.slot] = last
    places[last.id] = place
  }

  /// Hands a lagging watch to its stream's catch-up.
  mutating func enqueueLagging(_ id: WatchHub.WatcherID, _ stream: WatchHub.StreamID) -> WatchHub.Resumption? {
    guard let catchUp = streams[stream]?.catchUp else {
      streams[stream]?.lagging.append(id)
      return nil
    }
    streams[stream]?.catchUp = nil
    return WatchHub.Resumption(continuation: catchUp, watcher: id)
  }
}
#endif
