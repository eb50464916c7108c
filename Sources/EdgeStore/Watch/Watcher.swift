import Synchronization

/// One watch in an engine: its place in the stream, and the reader who may be waiting for it.
///
/// It has a lock of its own, so that readers who take what is queued for them meet neither each other nor the writer.
/// Whoever needs the registry's lock too takes that one first.
final class Watcher: Sendable {
  typealias Waiter = CheckedContinuation<Result<WatchBatch?, StoreError>, Never>

  /// A reader to be resumed, once no lock is held.
  struct Resumption: Sendable {
    fileprivate let waiter: Waiter
    fileprivate let batch: WatchBatch?

    func perform() { waiter.resume(returning: .success(batch)) }
  }

  struct State {
    var machine: WatcherStateMachine
    var waiter: Waiter?
    var progress: ProgressSchedule?
  }

  let id: Int
  let filter: WatchFilter
  private let state: Mutex<State>

  init(id: Int, filter: WatchFilter, machine: WatcherStateMachine, progress: ProgressSchedule?) {
    self.id = id
    self.filter = filter
    state = Mutex(State(machine: machine, progress: progress))
  }

  func withState<Output: Sendable>(_ body: (inout State) -> Output) -> Output { state.withLock { body(&$0) } }

  /// - Parameter batches: of the watcher's group, in rising revisions; those before its start are not for it.
  func publish(_ batches: [WatchBatch]) -> Resumption? {
    let start = batches.firstIndex { $0.revision >= filter.startRevision }
    guard let start else { return nil }
    return state.withLock { state in
      guard case .resumeReader(let batch) = state.machine.publish(batches[start...]) else { return nil }
      return state.resumption(with: batch)
    }
  }

  /// - Parameter revision: where the store stands, all of which has been published.
  func requestProgress(at revision: Revision) -> Resumption? {
    state.withLock { $0.requestProgress(at: revision) }
  }

  /// Tells of progress when that is due.
  func checkProgress(at now: Duration, revision: Revision) -> Resumption? {
    state.withLock { state in
      guard let check = state.progress?.nextCheck, check <= now, state.progress?.check(at: now) == true else {
        return nil
      }
      return state.requestProgress(at: revision)
    }
  }

  var nextProgressCheck: Duration? { state.withLock { $0.progress?.nextCheck } }

  func end() -> Resumption? {
    state.withLock { state in state.machine.end() ? state.resumption(with: nil) : nil }
  }

  /// The next batch when one is queued; nil when it takes more to answer.
  func takeQueued() -> WatchBatch? {
    state.withLock { state in
      guard state.machine.hasQueued, case .deliver(let batch) = state.machine.read() else { return nil }
      state.progress?.noteDelivery()
      return batch
    }
  }

  enum Step {
    case finished(Result<WatchBatch?, StoreError>)
    case waiting
    /// It depends on where the store stands.
    case asksStore
  }

  /// What can be answered without looking at the store; else `waiter` is kept, to be resumed later.
  func readQueue(_ waiter: Waiter) -> Step {
    state.withLock { state in
      switch state.machine.readQueue() {
      case .deliver(let batch):
        state.progress?.noteDelivery()
        return .finished(.success(batch))
      case .wait:
        state.waiter = waiter
        return .waiting
      case .fail(let error): return .finished(.failure(error))
      case .end: return .finished(.success(nil))
      case nil, .progress, .catchUp: return .asksStore
      }
    }
  }
}

extension Watcher.State {
  mutating func resumption(with batch: WatchBatch?) -> Watcher.Resumption? {
    guard let waiter else { return nil }
    self.waiter = nil
    if batch != nil { progress?.noteDelivery() }
    return Watcher.Resumption(waiter: waiter, batch: batch)
  }

  mutating func requestProgress(at revision: Revision) -> Watcher.Resumption? {
    guard machine.requestProgress(), let waiter else { return nil }
    self.waiter = nil
    return Watcher.Resumption(waiter: waiter, batch: WatchBatch(revision: revision, events: []))
  }
}
