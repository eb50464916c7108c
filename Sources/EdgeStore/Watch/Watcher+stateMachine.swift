/// One watcher's place between the writer, which must never wait, and a reader, who may be slow or away.
///
/// ```
///               publish                       reader asks, queue empty
///   synced(queue) ───────▶ synced(queue + batch)      synced ───────▶ waiting ──publish──▶ synced
///        │ publish, queue full
///        ▼
///   lagging(queue, next) ──reader drained the queue──▶ catch up from the log ──reached the present──▶ synced
///        └── the log no longer has `next` ──▶ failed(compacted) ──reader told──▶ ended
/// ```
/// The queue is bounded; what does not fit is not kept but read again from the store's log. So memory per watcher is
/// bounded, no reader delays a writer, and nothing is lost unless it is compacted meanwhile, which the reader is told.
package struct WatcherStateMachine: Sendable {
  private enum State {
    case synced(queue: WatchQueue)
    case waiting
    case lagging(queue: WatchQueue, next: Revision)
    case failed(StoreError)
    case ended
  }
  private var state: State
  /// Whether the reader is to be told, once it has everything, up to where that reaches.
  private var owesProgress = false

  package init(startRevision: Revision?, current: Revision) {
    let start = startRevision ?? .zero
    if start > .zero && start <= current {
      state = .lagging(queue: WatchQueue(), next: start)
    } else {
      state = .synced(queue: WatchQueue())
    }
  }

  package enum PublishAction: Equatable {
    case none
    case resumeReader(WatchBatch)
  }

  package mutating func publish(_ batch: WatchBatch) -> PublishAction { publish([batch]) }

  /// - Parameter batches: in rising revisions, not empty; what does not fit is left for the log.
  package mutating func publish(_ batches: ArraySlice<WatchBatch>) -> PublishAction {
    switch state {
    case .waiting:
      state = Self.filling(WatchQueue(), with: batches.dropFirst())
      return .resumeReader(batches[batches.startIndex])
    case .synced(let queue):
      state = .ended  // Gives up the state's reference, so that the queue is changed in place.
      state = Self.filling(queue, with: batches)
      return .none
    case .lagging, .failed, .ended:
      return .none
    }
  }

  private static func filling(_ queue: consuming WatchQueue, with batches: ArraySlice<WatchBatch>) -> State {
    for batch in batches where !queue.append(batch) { return .lagging(queue: queue, next: batch.revision) }
    return .synced(queue: queue)
  }

  /// Returns whether a reader waits, who has everything and can be told at once.
  package mutating func requestProgress() -> Bool {
    switch state {
    case .waiting:
      state = .synced(queue: WatchQueue())
      return true
    case .synced, .lagging: owesProgress = true
    case .failed, .ended: break
    }
    return false
  }

  package enum ReadAction {
    case deliver(WatchBatch)
    /// Tell that everything up to the present has been delivered.
    case progress
    case wait
    /// Collect batches from the log starting with this revision, then call ``caughtUp(with:through:current:)``.
    case catchUp(from: Revision)
    case fail(StoreError)
    case end
  }

  /// Whether ``read()`` would deliver a batch.
  package var hasQueued: Bool {
    switch state {
    case .synced(let queue), .lagging(let queue, _): !queue.isEmpty
    case .waiting, .failed, .ended: false
    }
  }

  /// What needs no look at the store: the next batch of the queue, or to wait for one. Nil: ask ``read()``, which knows
  /// where the store stands.
  package mutating func readQueue() -> ReadAction? {
    switch state {
    case .synced(let queue): queue.isEmpty && owesProgress ? nil : read()
    case .lagging(let queue, _): queue.isEmpty ? nil : read()
    case .waiting, .failed, .ended: read()
    }
  }

  package mutating func read() -> ReadAction {
    switch state {
    case .synced(var queue):
      state = .ended
      guard let batch = queue.popFirst() else {
        if owesProgress {
          owesProgress = false
          state = .synced(queue: queue)
          return .progress
        }
        state = .waiting
        return .wait
      }
      state = .synced(queue: queue)
      return .deliver(batch)
    case .lagging(var queue, let next):
      state = .ended
      let batch = queue.popFirst()
      state = .lagging(queue: queue, next: next)
      return batch.map { .deliver($0) } ?? .catchUp(from: next)
    case .waiting:
      return .fail(StoreError(.misuse, "two tasks read one watch at the same time"))
    case .failed(let error):
      state = .ended
      return .fail(error)
    case .ended:
      return .end
    }
  }

  /// - Parameters:
  ///   - batches: what the log holds for this watcher, at most ``WatchQueue/capacity``.
  ///   - through: the revision up to which the log was searched.
  ///   - current: where the store stands now; when that is further on, another round follows.
  package mutating func caughtUp(with batches: [WatchBatch], through: Revision, current: Revision) {
    guard case .lagging = state else { return }
    let queue = WatchQueue(batches)
    state = through >= current ? .synced(queue: queue) : .lagging(queue: queue, next: through.next)
  }

  /// The log no longer reaches back to where this watcher stands.
  package mutating func fail(_ error: StoreError) {
    if case .lagging = state { state = .failed(error) }
  }

  /// Ends the watch; returns whether a reader waits and must be told.
  package mutating func end() -> Bool {
    defer { state = .ended }
    if case .waiting = state { return true }
    return false
  }
}
