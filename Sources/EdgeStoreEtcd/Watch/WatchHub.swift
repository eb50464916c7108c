#if Networking
import EdgePrimitives
import EdgeStore
import EtcdAPI
import Logging
import Metrics
import Synchronization

/// All watches of one client on one stream to one member of the cluster, as etcd's own clients hold them.
///
/// The stream is open while there are watches. When it breaks, or its member loses its leader, all watches go on at a
/// member that works, each from where it stood.
final class WatchHub: Sendable {
  typealias Waiter = CheckedContinuation<Result<WatchBatch?, StoreError>, Never>

  struct Follower: Sendable {
    var machine: WatchFollowerStateMachine
    var waiter: Waiter?
    var schedule: ProgressSchedule?
  }

  struct State: Sendable {
    var followers: [Int64: Follower] = [:]
    var nextFollower: Int64 = 1
    /// From ids on the stream to followers; ids are never used twice, so a late answer finds nobody.
    var streamIDs: [Int64: Int64] = [:]
    var nextStreamID: Int64 = 1
    /// Messages for the stream, in order; at most one creation and one cancellation for each watch, and one request for
    /// progress.
    var outgoing: [Etcd.WatchRequest] = []
    var isStreamOpen = false
    var progressRequests = 0
    var progressAnswers = 0
    var version: EtcdVersion?
    var isClosed = false
  }

  let state = Mutex(State())
  let caller: EtcdCaller
  let logger: Logger
  let resumptions = Counter(label: "edge_etcd_client_watch_resumptions_total")
  /// There is something to send, or a stream to open or close.
  let streamSignal = WakeSignal()
  /// A watch wants to be told of its progress.
  let progressSignal = WakeSignal()
  /// Watches that want regular notes of progress, for the running hub to keep time for.
  private let schedules: AsyncStream<Int64>
  private let newSchedule: AsyncStream<Int64>.Continuation

  init(caller: EtcdCaller, logger: Logger) {
    self.caller = caller
    self.logger = logger
    // As many as there are watches of that kind.
    (schedules, newSchedule) = AsyncStream.makeStream()
  }

  /// Serves the watches until ``close()`` or cancellation.
  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.runStreams() }
      group.addTask { await self.runProgress() }
      for await id in schedules { group.addTask { await self.keepTime(for: id) } }
      group.cancelAll()
    }
  }

  func watch(_ request: WatchRequest, from start: Revision, createdAt: Revision) throws(StoreError) -> StoreWatch {
    let schedule = request.progressInterval.map { ProgressSchedule(interval: $0, from: caller.time.now()) }
    let id = try state.withLock { state throws(StoreError) -> Int64 in
      if state.isClosed { throw .closed }
      let id = state.nextFollower
      state.nextFollower += 1
      state.followers[id] = Follower(
        machine: WatchFollowerStateMachine(request, start: start), schedule: schedule)
      state.attachAll()
      return id
    }
    if schedule != nil { newSchedule.yield(id) }
    streamSignal.signal()
    return StoreWatch(
      createdAt: createdAt, next: { () async throws(StoreError) in try await self.nextBatch(of: id) },
      requestProgress: { self.requestProgress(id) }, cancel: { self.end(id) })
  }

  func close() {
    let waiters = state.withLock { state in
      state.isClosed = true
      let waiters = state.followers.values.compactMap(\.waiter)
      state.followers = [:]
      return waiters
    }
    newSchedule.finish()
    for waiter in waiters { waiter.resume(returning: .success(nil)) }
    streamSignal.signal()
    progressSignal.signal()
  }

  // MARK: - Readers

  private func nextBatch(of id: Int64) async throws(StoreError) -> WatchBatch? {
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { (waiter: Waiter) in
        let (result, wantsUpstream) = state.withLock { $0.read(id, waiter: waiter) }
        if let result { waiter.resume(returning: result) }
        if wantsUpstream {
          streamSignal.signal()
          progressSignal.signal()
        }
      }
    } onCancel: {
      end(id)
    }
    return try result.get()
  }

  private func end(_ id: Int64) {
    let waiter = state.withLock { state -> Waiter? in
      guard let follower = state.followers.removeValue(forKey: id) else { return nil }
      state.cancelUpstream(follower.machine.upstreamID)
      return follower.waiter
    }
    waiter?.resume(returning: .success(nil))
    streamSignal.signal()
  }

  private func requestProgress(_ id: Int64) {
    if state.withLock({ $0.followers[id]?.machine.requestProgress() ?? false }) { progressSignal.signal() }
  }

  /// Asks for progress whenever nothing was shown for the interval of the watch, until the watch ends.
  private func keepTime(for id: Int64) async {
    while let check = state.withLock({ $0.followers[id]?.schedule?.nextCheck }) {
      guard (try? await caller.time.sleep(until: check)) != nil else { return }
      let now = caller.time.now()
      if state.withLock({ $0.followers[id]?.schedule?.check(at: now) ?? false }) { requestProgress(id) }
    }
  }

  // MARK: - Followers

  /// Lets the machine of a watch take an event, and performs what it says.
  func step(_ id: Int64, _ body: (inout WatchFollowerStateMachine) -> WatchFollowerStateMachine.Action) {
    let (waiter, result, cancels) = state.withLock { $0.step(id, body) }
    if let result { waiter?.resume(returning: result) }
    if cancels { streamSignal.signal() }
  }

  func stepAll(_ body: (inout WatchFollowerStateMachine) -> WatchFollowerStateMachine.Action) {
    for id in state.withLock({ Array($0.followers.keys) }) { step(id, body) }
  }
}

extension WatchHub.State {
  /// A watch that has failed stays until its reader lets it go, and needs no stream.
  var hasOpenFollowers: Bool { followers.values.contains { $0.machine.isOpen } }

  /// Begins at the server what is wanted there, if there is a stream.
  mutating func attachAll() {
    guard isStreamOpen else { return }
    for id in followers.keys.sorted() where followers[id]?.machine.wantsUpstream == true {
      let streamID = nextStreamID
      nextStreamID += 1
      guard let request = followers[id]?.machine.attach(id: streamID) else { continue }
      streamIDs[streamID] = id
      outgoing.append(.create(request))
    }
  }

  mutating func cancelUpstream(_ streamID: Int64?) {
    guard let streamID, streamIDs.removeValue(forKey: streamID) != nil, isStreamOpen else { return }
    outgoing.append(.cancel(Etcd.WatchCancelRequest(watchID: streamID)))
  }

  fileprivate mutating func read(
    _ id: Int64, waiter: WatchHub.Waiter
  ) -> (result: Result<WatchBatch?, StoreError>?, wantsUpstream: Bool) {
    guard followers[id] != nil else { return (.success(nil), false) }
    do throws(StoreError) {
      switch try followers[id]?.machine.read() {
      case .deliver(let batch):
        followers[id]?.schedule?.noteDelivery()
        return (.success(batch), false)
      case .wait(let wantsUpstream):
        followers[id]?.waiter = waiter
        if wantsUpstream { attachAll() }
        return (nil, wantsUpstream)
      case .end, nil: return (.success(nil), false)
      }
    } catch {
      return (.failure(error), false)
    }
  }

  fileprivate mutating func step(
    _ id: Int64, _ body: (inout WatchFollowerStateMachine) -> WatchFollowerStateMachine.Action
  ) -> (WatchHub.Waiter?, Result<WatchBatch?, StoreError>?, cancels: Bool) {
    guard var follower = followers.removeValue(forKey: id) else { return (nil, nil, false) }
    let action = body(&follower.machine)
    var waiter: WatchHub.Waiter?
    if action.resume != nil {
      waiter = follower.waiter
      follower.waiter = nil
      follower.schedule?.noteDelivery()
    }
    followers[id] = follower
    cancelUpstream(action.cancel)
    return (waiter, action.resume.map { $0.map { $0 } }, action.cancel != nil)
  }
}
#endif
