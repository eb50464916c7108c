import Synchronization

/// What readers of an engine see: the newest durable keyspace, and the watchers that follow it.
///
/// Readers take a snapshot under the lock (O(1)) and work outside it, so a long list never holds up the writer (FF-16).
/// One writer publishes; each publication reaches every watcher before the next one can start.
package final class WatchableKeyspace: Sendable {
  fileprivate typealias Waiter = CheckedContinuation<Result<WatchBatch?, StoreError>, Never>

  fileprivate struct Watcher {
    let filter: WatchFilter
    var machine: WatcherStateMachine
    var waiter: Waiter?
    var progress: ProgressSchedule?
  }

  fileprivate struct State {
    var keyspace: Keyspace
    var watchers: [Int: Watcher] = [:]
    var nextWatcherID = 0
    var ticker: Task<Void, Never>?
    var nextTick: Duration?
    var isClosed = false
  }

  private let state: Mutex<State>

  private let time: ElapsedTime

  package init(_ keyspace: Keyspace, time: ElapsedTime) {
    state = Mutex(State(keyspace: keyspace))
    self.time = time
  }

  package func snapshot() throws(StoreError) -> Keyspace {
    try state.withLock { state throws(StoreError) in
      if state.isClosed { throw .closed }
      return state.keyspace
    }
  }

  /// Changes the published keyspace in place; `body` returns the changes to show to watchers, oldest first.
  package func update<Output: Sendable>(
    _ body: (inout Keyspace) throws(StoreError) -> (output: Output, published: [[Change]])
  ) throws(StoreError) -> Output {
    let (output, resumptions) = try state.withLock {
      state throws(StoreError) -> (Output, [(Waiter, WatchBatch)]) in
      if state.isClosed { throw .closed }
      let (output, published) = try body(&state.keyspace)
      return (output, state.deliver(published))
    }
    for (waiter, batch) in resumptions { waiter.resume(returning: .success(batch)) }
    return output
  }

  package func watch(_ request: WatchRequest) throws(StoreError) -> StoreWatch {
    try request.keys.validate()
    let progress = request.progressInterval.map { ProgressSchedule(interval: $0, from: time.now()) }
    let (id, current) = try state.withLock { state throws(StoreError) -> (Int, Revision) in
      if state.isClosed { throw .closed }
      let id = state.nextWatcherID
      state.nextWatcherID += 1
      let current = state.keyspace.revision
      state.watchers[id] = Watcher(
        filter: WatchFilter(request),
        machine: WatcherStateMachine(startRevision: request.startRevision, current: current), progress: progress)
      if let progress { tick(noLaterThan: progress.nextCheck, &state) }
      return (id, current)
    }
    return StoreWatch(
      createdAt: current,
      next: { () async throws(StoreError) in try await self.nextBatch(of: id) },
      requestProgress: { self.requestProgress(id) }, cancel: { self.end(id) })
  }

  /// Ends every watch and refuses everything from now on.
  package func close() {
    let waiters = state.withLock { state in
      state.isClosed = true
      let waiters = state.watchers.values.compactMap(\.waiter)
      state.watchers = [:]
      state.ticker?.cancel()
      state.ticker = nil
      return waiters
    }
    for waiter in waiters { waiter.resume(returning: .success(nil)) }
  }

  private func nextBatch(of id: Int) async throws(StoreError) -> WatchBatch? {
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { (waiter: Waiter) in
        if let result = read(id, waiter: waiter) { waiter.resume(returning: result) }
      }
    } onCancel: {
      end(id)
    }
    return try result.get()
  }

  /// The reader's next result, or nil when `waiter` was kept to be resumed later.
  private func read(_ id: Int, waiter: Waiter) -> Result<WatchBatch?, StoreError>? {
    while true {
      let step = state.withLock { $0.read(id, waiter: waiter) }
      switch step {
      case .finished(let result): return result
      case .waiting: return nil
      case .catchUp(let filter, let start, let snapshot):
        // The search may be long, so it runs on a snapshot; what is published meanwhile needs another round.
        do throws(StoreError) {
          let (batches, through) = try filter.catchUp(in: snapshot, from: start)
          state.withLock { $0.caughtUp(id, with: batches, from: start, through: through, in: snapshot) }
        } catch {
          state.withLock { $0.watchers[id]?.machine.fail(error) }
        }
      }
    }
  }

  private func end(_ id: Int) {
    let waiter = state.withLock { state -> Waiter? in
      guard var watcher = state.watchers.removeValue(forKey: id), watcher.machine.end() else { return nil }
      return watcher.waiter
    }
    waiter?.resume(returning: .success(nil))
  }

  private func requestProgress(_ id: Int) {
    let step = state.withLock { state -> (Waiter, WatchBatch)? in state.requestProgress(id) }
    if let (waiter, batch) = step { waiter.resume(returning: .success(batch)) }
  }

  /// One sleeping task for all watches that want regular notes of progress, and none when there are no such watches.
  private func tick(noLaterThan check: Duration, _ state: inout State) {
    if let due = state.nextTick, state.ticker != nil, due <= check { return }
    state.ticker?.cancel()
    state.nextTick = check
    state.ticker = Task { [weak self, time] in
      var next: Duration? = check
      while let until = next, (try? await time.sleep(until: until)) != nil { next = self?.noteProgress() }
    }
  }

  /// Returns when to look again.
  private func noteProgress() -> Duration? {
    let now = time.now()
    let (told, next) = state.withLock { state -> ([(Waiter, WatchBatch)], Duration?) in
      if Task.isCancelled { return ([], nil) }
      let due = state.watchers.filter { $0.value.progress.map { $0.nextCheck <= now } ?? false }.keys
      let told = due.compactMap { id -> (Waiter, WatchBatch)? in
        state.watchers[id]?.progress?.check(at: now) == true ? state.requestProgress(id) : nil
      }
      state.nextTick = state.watchers.values.compactMap { $0.progress?.nextCheck }.min()
      if state.nextTick == nil { state.ticker = nil }
      return (told, state.nextTick)
    }
    for (waiter, batch) in told { waiter.resume(returning: .success(batch)) }
    return next
  }

  fileprivate enum ReadStep {
    case finished(Result<WatchBatch?, StoreError>)
    case waiting
    case catchUp(WatchFilter, from: Revision, in: Keyspace)
  }
}

extension WatchableKeyspace.State {
  fileprivate mutating func deliver(
    _ published: [[Change]]
  ) -> [(WatchableKeyspace.Waiter, WatchBatch)] {
    var resumptions: [(WatchableKeyspace.Waiter, WatchBatch)] = []
    for changes in published {
      guard let revision = changes.first?.version.keyValue.modRevision else { continue }
      for id in watchers.keys {
        guard let watcher = watchers[id], watcher.machine.wantsPublications,
          let batch = watcher.filter.batch(of: changes, at: revision)
        else { continue }
        guard case .resumeReader(let batch)? = watchers[id]?.machine.publish(batch), let waiter = watcher.waiter
        else { continue }
        watchers[id]?.waiter = nil
        watchers[id]?.progress?.noteDelivery()
        resumptions.append((waiter, batch))
      }
    }
    return resumptions
  }

  fileprivate mutating func caughtUp(
    _ id: Int, with batches: [WatchBatch], from start: Revision, through: Revision, in snapshot: Keyspace
  ) {
    // What was read from the disk has holes when a compaction overtook the reading.
    if start < snapshot.spillFloor && start < keyspace.compactedRevision {
      watchers[id]?.machine.fail(.compacted(start, compactedRevision: keyspace.compactedRevision))
    } else {
      watchers[id]?.machine.caughtUp(with: batches, through: through, current: keyspace.revision)
    }
  }

  fileprivate mutating func requestProgress(_ id: Int) -> (WatchableKeyspace.Waiter, WatchBatch)? {
    guard watchers[id]?.machine.requestProgress() == true, let waiter = watchers[id]?.waiter else { return nil }
    watchers[id]?.waiter = nil
    return (waiter, WatchBatch(revision: keyspace.revision, events: []))
  }

  fileprivate mutating func read(
    _ id: Int, waiter: WatchableKeyspace.Waiter
  ) -> WatchableKeyspace.ReadStep {
    guard let action = watchers[id]?.machine.read() else { return .finished(.success(nil)) }
    switch action {
    case .deliver(let batch):
      watchers[id]?.progress?.noteDelivery()
      return .finished(.success(batch))
    case .progress: return .finished(.success(WatchBatch(revision: keyspace.revision, events: [])))
    case .fail(let error): return .finished(.failure(error))
    case .end: return .finished(.success(nil))
    case .wait:
      watchers[id]?.waiter = waiter
      return .waiting
    case .catchUp(let start):
      if start < keyspace.compactedRevision {
        watchers[id]?.machine.fail(.compacted(start, compactedRevision: keyspace.compactedRevision))
        return read(id, waiter: waiter)
      }
      guard let filter = watchers[id]?.filter else { return .finished(.success(nil)) }
      return .catchUp(filter, from: start, in: keyspace)
    }
  }
}
