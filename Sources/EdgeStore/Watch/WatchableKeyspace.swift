import Synchronization

/// What readers of an engine see: the newest durable keyspace, and the watchers that follow it.
///
/// Readers take a snapshot under a lock held for moments (O(1)) and work outside it, so a long list never holds up the
/// writer (FF-16). One writer publishes; each publication reaches every watcher before the next one can start. Locks are
/// taken in the order registry, keyspace, watcher.
package final class WatchableKeyspace: Sendable {
  private struct Published {
    var keyspace: Keyspace
    var isClosed = false
  }

  private struct Followers {
    var registry = WatchRegistry()
    var ticker: Task<Void, Never>?
    var nextTick: Duration?
    var receivers: [Int: Receiver] = [:]
    var nextReceiver = 0

    func deliver(_ changes: [[Change]]) -> [Watcher.Resumption] {
      if !changes.isEmpty { for receiver in receivers.values { receiver.receive(.changes(changes)) } }
      return registry.deliver(changes)
    }
  }

  private struct Receiver {
    let receive: @Sendable (Publication) -> Void
    let wantsPreviousValues: @Sendable () -> Bool
  }

  private let published: Mutex<Published>
  /// Held while a publication is on its way to the watchers, so that whoever holds it sees both in step.
  private let followers = Mutex(Followers())
  private let time: ElapsedTime

  package init(_ keyspace: Keyspace, time: ElapsedTime) {
    published = Mutex(Published(keyspace: keyspace))
    self.time = time
  }

  package func snapshot() throws(StoreError) -> Keyspace {
    try published.withLock { published throws(StoreError) in
      if published.isClosed { throw .closed }
      return published.keyspace
    }
  }

  /// Changes the published keyspace in place; `body` returns the changes to show to watchers, oldest first.
  package func update<Output: Sendable>(
    _ body: (inout Keyspace) throws(StoreError) -> (output: Output, published: [[Change]])
  ) throws(StoreError) -> Output {
    let (output, resumptions) = try followers.withLock {
      followers throws(StoreError) -> (Output, [Watcher.Resumption]) in
      let (output, changes) = try published.withLock {
        published throws(StoreError) -> (output: Output, published: [[Change]]) in
        if published.isClosed { throw .closed }
        return try body(&published.keyspace)
      }
      return (output, followers.deliver(changes))
    }
    for resumption in resumptions { resumption.perform() }
    return output
  }

  /// Puts another keyspace in place of the published one, which the caller gets back.
  ///
  /// - Parameters:
  ///   - changes: what to show to watchers, oldest first.
  ///   - mayLackValues: whether watches that want superseded values are shown changes that lack them.
  /// - Returns: false when nothing was done, because a watch has begun that wants what the changes lack.
  package func publish(
    _ keyspace: inout Keyspace, _ changes: [[Change]], mayLackValues: Bool = false
  ) throws(StoreError) -> Bool {
    let resumptions = try followers.withLock { followers throws(StoreError) -> [Watcher.Resumption]? in
      if !mayLackValues, followers.registry.wantsPreviousValues,
        changes.contains(where: { $0.contains(where: \.lacksPreviousValue) })
      {
        return nil
      }
      try published.withLock { published throws(StoreError) in
        if published.isClosed { throw .closed }
        swap(&published.keyspace, &keyspace)
      }
      return followers.deliver(changes)
    }
    guard let resumptions else { return false }
    for resumption in resumptions { resumption.perform() }
    return true
  }

  package func watch(_ request: WatchRequest) throws(StoreError) -> StoreWatch {
    try request.keys.validate()
    let progress = request.progressInterval.map { ProgressSchedule(interval: $0, from: time.now()) }
    let (watcher, current) = try followers.withLock { followers throws(StoreError) -> (Watcher, Revision) in
      let current = try snapshot().revision
      let watcher = followers.registry.add(
        WatchFilter(request),
        machine: WatcherStateMachine(startRevision: request.startRevision, current: current), progress: progress)
      if let progress { tick(noLaterThan: progress.nextCheck, &followers) }
      return (watcher, current)
    }
    return StoreWatch(
      createdAt: current,
      next: { () async throws(StoreError) in try await self.nextBatch(of: watcher) },
      requestProgress: { self.requestProgress(watcher) }, cancel: { self.end(watcher) })
  }

  /// Whether changes should bring along what they supersede, because somebody may want to see it.
  package var wantsPreviousValues: Bool {
    followers.withLock { followers in
      followers.registry.wantsPreviousValues || followers.receivers.values.contains { $0.wantsPreviousValues() }
    }
  }

  package func follow(
    wantsPreviousValues: @escaping @Sendable () -> Bool, _ receive: @escaping @Sendable (Publication) -> Void
  ) throws(StoreError) -> PublicationFollower {
    let (id, current) = try followers.withLock { followers throws(StoreError) -> (Int, Revision) in
      let current = try snapshot().revision
      followers.nextReceiver += 1
      followers.receivers[followers.nextReceiver] = Receiver(
        receive: receive, wantsPreviousValues: wantsPreviousValues)
      return (followers.nextReceiver, current)
    }
    return PublicationFollower(
      start: current,
      ask: { [weak self] in
        self?.followers.withLock { followers in
          guard let receiver = followers.receivers[id], let revision = try? self?.snapshot().revision else { return }
          receiver.receive(.standing(revision))
        }
      }, end: { [weak self] in self?.followers.withLock { $0.receivers[id] = nil } })
  }

  /// Ends every watch and refuses everything from now on.
  package func close() {
    let watchers = followers.withLock { followers in
      published.withLock { $0.isClosed = true }
      for receiver in followers.receivers.values { receiver.receive(.closed) }
      followers.receivers = [:]
      followers.ticker?.cancel()
      followers.ticker = nil
      return followers.registry.removeAll()
    }
    for watcher in watchers { watcher.end()?.perform() }
  }

  private func nextBatch(of watcher: Watcher) async throws(StoreError) -> WatchBatch? {
    if !Task.isCancelled, let batch = watcher.takeQueued() { return batch }
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { (waiter: Watcher.Waiter) in
        if let result = read(watcher, waiter: waiter) { waiter.resume(returning: result) }
      }
    } onCancel: {
      end(watcher)
    }
    return try result.get()
  }

  /// The reader's next result, or nil when `waiter` was kept to be resumed later.
  private func read(_ watcher: Watcher, waiter: Watcher.Waiter) -> Result<WatchBatch?, StoreError>? {
    while true {
      switch watcher.readQueue(waiter) {
      case .finished(let result): return result
      case .waiting: return nil
      case .asksStore: break
      }
      switch readStore(watcher, waiter: waiter) {
      case .finished(let result): return result
      case .waiting: return nil
      case .catchUp(let start, let snapshot):
        // The search may be long, so it runs on a snapshot; what is published meanwhile needs another round.
        do throws(StoreError) {
          let (batches, through) = try watcher.filter.catchUp(in: snapshot, from: start)
          caughtUp(watcher, with: batches, from: start, through: through, in: snapshot)
        } catch {
          let compacted = (try? self.snapshot().compactedRevision) ?? .zero
          let isOvertaken = error.code == .compacted && start < compacted
          watcher.withState {
            $0.machine.fail(isOvertaken ? .compacted(start, compactedRevision: compacted) : error)
          }
        }
      }
    }
  }

  private enum ReadStep {
    case finished(Result<WatchBatch?, StoreError>)
    case waiting
    case catchUp(from: Revision, in: Keyspace)
  }

  private func readStore(_ watcher: Watcher, waiter: Watcher.Waiter) -> ReadStep {
    followers.withLock { _ in
      // A closed store has ended all its watchers, but one may be on its way to being told.
      guard let keyspace = try? snapshot() else { return .finished(.success(nil)) }
      return watcher.withState { state in
        switch state.machine.read() {
        case .deliver(let batch):
          state.progress?.noteDelivery()
          return .finished(.success(batch))
        case .progress: return .finished(.success(WatchBatch(revision: keyspace.revision, events: [])))
        case .fail(let error): return .finished(.failure(error))
        case .end: return .finished(.success(nil))
        case .wait:
          state.waiter = waiter
          return .waiting
        case .catchUp(let start):
          let oldest = keyspace.oldestWatchable(of: watcher.filter.keys)
          if start < oldest {
            let error = StoreError.compacted(start, compactedRevision: oldest)
            state.machine.fail(error)
            // The reader is told here and now.
            _ = state.machine.read()
            return .finished(.failure(error))
          }
          return .catchUp(from: start, in: keyspace)
        }
      }
    }
  }

  private func caughtUp(
    _ watcher: Watcher, with batches: [WatchBatch], from start: Revision, through: Revision, in snapshot: Keyspace
  ) {
    followers.withLock { _ in
      guard let keyspace = try? self.snapshot() else { return }
      watcher.withState { state in
        // What was read from the disk has holes when a compaction overtook the reading.
        if start < snapshot.spillFloor && start < keyspace.compactedRevision {
          state.machine.fail(.compacted(start, compactedRevision: keyspace.compactedRevision))
        } else {
          state.machine.caughtUp(with: batches, through: through, current: keyspace.revision)
        }
      }
    }
  }

  private func end(_ watcher: Watcher) {
    followers.withLock { $0.registry.remove(watcher) }
    watcher.end()?.perform()
  }

  private func requestProgress(_ watcher: Watcher) {
    let resumption = followers.withLock { _ in
      (try? snapshot()).flatMap { watcher.requestProgress(at: $0.revision) }
    }
    resumption?.perform()
  }

  /// One sleeping task for all watches that want regular notes of progress, and none when there are no such watches.
  private func tick(noLaterThan check: Duration, _ followers: inout Followers) {
    if let due = followers.nextTick, followers.ticker != nil, due <= check { return }
    followers.ticker?.cancel()
    followers.nextTick = check
    followers.ticker = Task { [weak self, time] in
      var next: Duration? = check
      while let until = next, (try? await time.sleep(until: until)) != nil { next = self?.noteProgress() }
    }
  }

  /// Returns when to look again.
  private func noteProgress() -> Duration? {
    let now = time.now()
    let (told, next) = followers.withLock { followers -> ([Watcher.Resumption], Duration?) in
      guard !Task.isCancelled, let revision = try? snapshot().revision else { return ([], nil) }
      let watchers = followers.registry.timed.values
      let told = watchers.compactMap { $0.checkProgress(at: now, revision: revision) }
      followers.nextTick = watchers.compactMap(\.nextProgressCheck).min()
      if followers.nextTick == nil { followers.ticker = nil }
      return (told, followers.nextTick)
    }
    for resumption in told { resumption.perform() }
    return next
  }
}
