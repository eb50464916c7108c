#if SQLite
import EdgeStore

/// Requests on their way to the one writer. While a group is being written the next one gathers here: that is the whole
/// of group commit, and it makes groups as large as the disk is slow, without a timer.
///
/// ```
///   idle ──request──▶ busy (the writer runs; ask next() until it says stop) ──nothing left──▶ idle
///   idle, busy ──close──▶ closing ──everything written──▶ closed
/// ```
struct CommitQueue {
  private enum State {
    case idle
    case busy([WriteRequest])
    case closing([WriteRequest], [CheckedContinuation<Void, Never>])
    case closed
  }
  private var state = State.idle
  private let capacity: Int

  /// Bounds of one group: what it may delay those that come after it, and the memory its pages take.
  static let maximumGroupCount = 256
  static let maximumGroupBytes = 4 << 20

  init(capacity: Int) { self.capacity = capacity }

  enum AddAction {
    case startWriter
    case none
    case refuse(StoreError)
  }

  mutating func add(_ request: WriteRequest) -> AddAction {
    switch state {
    case .idle:
      state = .busy([request])
      return .startWriter
    case .busy(var pending):
      guard pending.count < capacity else {
        return .refuse(StoreError(.overloaded, "\(pending.count) transactions already wait for the disk"))
      }
      state = .idle  // Gives up the state's reference, so that the array grows in place.
      pending.append(request)
      state = .busy(pending)
      return .none
    case .closing, .closed:
      return .refuse(.closed)
    }
  }

  /// Wakes the writer though nobody waits, to finish what an earlier run of the process left to do.
  mutating func startMaintenance() -> Bool {
    guard case .idle = state else { return false }
    state = .busy([])
    return true
  }

  enum CloseAction {
    case startWriter
    case none
    case alreadyClosed
  }

  mutating func close(_ caller: CheckedContinuation<Void, Never>) -> CloseAction {
    switch state {
    case .idle:
      state = .closing([], [caller])
      return .startWriter
    case .busy(let pending):
      state = .closing(pending, [caller])
      return .none
    case .closing(let pending, let callers):
      state = .closing(pending, callers + [caller])
      return .none
    case .closed:
      return .alreadyClosed
    }
  }

  enum NextAction {
    /// Perform these; with none, do a step of maintenance.
    case perform([WriteRequest])
    case stop
    case finish([CheckedContinuation<Void, Never>])
  }

  /// - Parameter hasMaintenance: whether the writer has something to do even without requests.
  mutating func next(hasMaintenance: Bool) -> NextAction {
    switch state {
    case .idle, .closed:
      return .stop
    case .busy(var pending):
      if pending.isEmpty && !hasMaintenance {
        state = .idle
        return .stop
      }
      state = .idle
      let group = Self.takeGroup(from: &pending)
      state = .busy(pending)
      return .perform(group)
    case .closing(var pending, let callers):
      // Maintenance is left for the next opening: closing should be quick.
      if pending.isEmpty {
        state = .closed
        return .finish(callers)
      }
      let group = Self.takeGroup(from: &pending)
      state = .closing(pending, callers)
      return .perform(group)
    }
  }

  private static func takeGroup(from pending: inout [WriteRequest]) -> [WriteRequest] {
    var count = 0
    var bytes = 0
    while count < pending.count, count < maximumGroupCount {
      if case .commit(let transaction, _) = pending[count] { bytes += transaction.payloadBytes }
      if count > 0 && bytes > maximumGroupBytes { break }
      count += 1
    }
    if count == pending.count {
      defer { pending = [] }
      return pending
    }
    defer { pending.removeFirst(count) }
    return Array(pending[..<count])
  }
}
#endif
