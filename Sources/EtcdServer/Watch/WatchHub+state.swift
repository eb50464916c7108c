#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI
import NIOCore

// What a hub knows; everything here is used under its lock.
extension WatchHub {
  final class Watcher {
    let id: WatcherID
    /// The client's name for it.
    let watchID: Int64
    let wantsProgress: Bool
    unowned let stream: Stream
    unowned let cohort: Cohort
    /// Where it stands among the members of its cohort.
    var slot: Int
    var place: EventLog.Place
    /// Whether what it must be told next is not in the log of its group.
    var isLagging = false
    /// Where the previous values of its first revision are unknown.
    var lacksFirstPrevious: Bool
    /// Whether something was sent since the last look at who wants regular notes of progress.
    var wasServed = false
    var owesProgress = false

    init(_ id: WatcherID, _ creation: Creation, _ watchID: Int64, _ cohort: Cohort) {
      self.id = id
      self.watchID = watchID
      self.cohort = cohort
      stream = cohort.stream
      slot = cohort.members.count
      wantsProgress = creation.wantsProgress
      place = EventLog.Place(next: creation.start)
      lacksFirstPrevious = creation.reach == .withoutFirstPrevious
    }
  }

  /// The watches of one stream that are of one group.
  final class Cohort {
    unowned let stream: Stream
    unowned let group: Group
    var members: [Watcher] = []
    /// Whose turn it is.
    var turn = 0
    /// Whether its stream has it among those with something to send.
    var isReady = false

    init(_ stream: Stream, _ group: Group) {
      self.stream = stream
      self.group = group
    }
  }

  /// All watches that ask for the same.
  final class Group {
    let id: Int
    let selection: WatchSelection
    var cohorts: [StreamID: Cohort] = [:]
    var log: EventLog
    /// When it is zero, nobody needs what is in the log.
    var readyCohorts = 0

    init(_ id: Int, _ selection: WatchSelection, after position: Revision) {
      self.id = id
      self.selection = selection
      log = EventLog(after: position)
    }
  }

  final class Stream {
    let id: StreamID
    let drain: GRPCMessageDrain
    var watchers: [Int64: Watcher] = [:]
    /// Whether it was told that there is something to send, and has not been told since that there is no more.
    var isAwake = false
    /// Answers to what its client asked; they go first.
    var answers = CircularBuffer<Etcd.WatchResponse>()
    /// In the order in which they take turns.
    var ready = CircularBuffer<Cohort>()
    /// In the order in which catch-up serves them.
    var lagging = CircularBuffer<WatcherID>()
    /// What catch-up has read for one of them.
    var stretch: Stretch?
    var isReading = false
    var catchUp: CheckedContinuation<CatchUpTask?, Never>?
    var roomWaiter: CheckedContinuation<Void, Never>?
    /// The client has asked how far its watches have come, and what happened before has been published.
    var progressIsDue = false
    /// Watches that are to be told how far they have come.
    var notes: [WatcherID] = []
    /// Of watches that were ended because of a compaction and that the client has not cancelled.
    var endedIDs: Set<Int64> = []
    private var nextWatchID: Int64 = 0

    init(id: StreamID, drain: GRPCMessageDrain) {
      self.id = id
      self.drain = drain
    }

    /// A client that asks for more than it reads waits.
    var isFull: Bool { answers.count >= Self.maximumAnswers }
    private static let maximumAnswers = 256

    func say(_ response: Etcd.WatchResponse, _ wakes: inout Wakes) {
      answers.append(response)
      wakes.wake(self)
    }

    /// The id of a watch that has ended by itself stays taken until the client cancels it, as in etcd. So many are remembered.
    func remember(ended watchID: Int64) {
      if endedIDs.count < Self.maximumEndedIDs { endedIDs.insert(watchID) }
    }
    private static let maximumEndedIDs = 1024

    /// The id a new watch gets; nil when the one that is asked for is taken.
    func freeWatchID(_ wanted: Int64) -> Int64? {
      if wanted != 0 { return watchers[wanted] == nil && !endedIDs.contains(wanted) ? wanted : nil }
      while watchers[nextWatchID] != nil || endedIDs.contains(nextWatchID) { nextWatchID += 1 }
      defer { nextWatchID += 1 }
      return nextWatchID
    }
  }

  struct State {
    /// Everything up to here was published.
    var position: Revision = .zero
    /// The newest revision that a watch was created at: while nobody watched, it may not have been published yet.
    var newestCreation: Revision = .zero
    var recent = RecentBatches(after: .zero)
    var streams: [StreamID: Stream] = [:]
    var watchers: [WatcherID: Watcher] = [:]
    var groups: [Int: Group] = [:]
    var groupIDs: [WatchSelection: Int] = [:]
    var index = WatchIndex()
    var nextID = 0
    /// In the logs of all groups.
    var logBytes = 0
    var stretches = RecentStretches()
    var progressStreams: Set<StreamID> = []
    var progressWatchers: Set<WatcherID> = []
    /// Waits for a watch that wants regular notes of progress.
    var progressTicker: CheckedContinuation<Void, Never>?
  }

  /// What is to be done once the lock is free.
  struct Wakes: Sendable {
    private var drains: [GRPCMessageDrain] = []
    private var catchUps: [(CheckedContinuation<CatchUpTask?, Never>, CatchUpTask?)] = []
    private var others: [CheckedContinuation<Void, Never>] = []
    /// Watches that began to lag.
    var laggedCount = 0

    mutating func wake(_ stream: Stream) {
      if stream.isAwake { return }
      stream.isAwake = true
      drains.append(stream.drain)
    }

    mutating func resume(_ waiter: inout CheckedContinuation<Void, Never>?) {
      if let waiter { others.append(waiter) }
      waiter = nil
    }

    mutating func resume(_ catchUp: inout CheckedContinuation<CatchUpTask?, Never>?, with task: CatchUpTask?) {
      if let catchUp { catchUps.append((catchUp, task)) }
      catchUp = nil
    }

    /// Its handler has gone or goes.
    mutating func end(_ stream: Stream) {
      stream.isAwake = true
      resume(&stream.catchUp, with: nil)
      resume(&stream.roomWaiter)
    }

    func perform(_ gauges: WatchGauges) {
      if laggedCount > 0 { gauges.lagged(laggedCount) }
      for drain in drains { drain.wake() }
      for (catchUp, task) in catchUps { catchUp.resume(returning: task) }
      for other in others { other.resume() }
    }
  }
}

extension WatchHub.State {
  mutating func insert(
    _ creation: WatchHub.Creation, _ watchID: Int64, _ stream: WatchHub.Stream, _ wakes: inout WatchHub.Wakes
  ) {
    let group = group(for: creation.selection)
    let cohort: WatchHub.Cohort
    if let known = group.cohorts[stream.id] {
      cohort = known
    } else {
      cohort = WatchHub.Cohort(stream, group)
      group.cohorts[stream.id] = cohort
    }
    nextID += 1
    let watcher = WatchHub.Watcher(nextID, creation, watchID, cohort)
    cohort.members.append(watcher)
    watchers[watcher.id] = watcher
    stream.watchers[watchID] = watcher
    if watcher.wantsProgress {
      progressWatchers.insert(watcher.id)
      wakes.resume(&progressTicker)
    }
    if watcher.lacksFirstPrevious || !group.log.covers(watcher.place) {
      lag(watcher, &wakes)
    } else if group.log.has(after: watcher.place) {
      ready(cohort, &wakes)
    }
  }

  private mutating func group(for selection: WatchSelection) -> WatchHub.Group {
    if let id = groupIDs[selection], let known = groups[id] { return known }
    nextID += 1
    let group = WatchHub.Group(nextID, selection, after: position)
    groupIDs[selection] = group.id
    groups[group.id] = group
    index.insert(selection.keys, id: group.id)
    return group
  }

  mutating func remove(_ watcher: WatchHub.Watcher, _ wakes: inout WatchHub.Wakes) {
    watchers[watcher.id] = nil
    progressWatchers.remove(watcher.id)
    let (stream, cohort) = (watcher.stream, watcher.cohort)
    stream.watchers[watcher.watchID] = nil
    if stream.stretch?.watcher == watcher.id {
      stream.stretch = nil
      nextCatchUp(stream, &wakes)
    }
    // The last member takes its place.
    if let last = cohort.members.popLast(), last !== watcher {
      cohort.members[watcher.slot] = last
      last.slot = watcher.slot
    }
    guard cohort.members.isEmpty else { return }
    let group = cohort.group
    settle(cohort)
    stream.ready.removeAll { $0 === cohort }
    group.cohorts[stream.id] = nil
    guard group.cohorts.isEmpty else { return }
    groups[group.id] = nil
    groupIDs[group.selection] = nil
    index.remove(group.selection.keys, id: group.id)
  }

  /// Puts a cohort among those with something to send.
  func ready(_ cohort: WatchHub.Cohort, _ wakes: inout WatchHub.Wakes) {
    if cohort.isReady { return }
    cohort.isReady = true
    cohort.group.readyCohorts += 1
    cohort.stream.ready.append(cohort)
    wakes.wake(cohort.stream)
  }

  /// A cohort has been told everything that the log has for it.
  mutating func settle(_ cohort: WatchHub.Cohort) {
    guard cohort.isReady else { return }
    cohort.isReady = false
    let group = cohort.group
    group.readyCohorts -= 1
    if group.readyCohorts == 0, !group.log.isEmpty {
      logBytes -= group.log.byteCount
      group.log.removeAll()
    }
  }
}
#endif
