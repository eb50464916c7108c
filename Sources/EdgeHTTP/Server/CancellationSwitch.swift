#if Networking
import Synchronization

/// Cancels the operation that runs under it, now or later, from outside any task: an event loop saw the peer close, or
/// the server is to stop.
///
/// Structured cancellation cannot express this, because it would reach every operation of the connection at once, while
/// a stopping server ends its watches but lets short requests finish.
final class CancellationSwitch: Sendable {
  private enum State {
    case idle
    case running(cancel: @Sendable () -> Void)
    case thrown
  }

  private let state = Mutex(State.idle)

  /// Cancels what runs, and everything that is started later. Idempotent.
  func `throw`() {
    let cancel = state.withLock { state -> (@Sendable () -> Void)? in
      defer { state = .thrown }
      if case .running(let cancel) = state { return cancel }
      return nil
    }
    cancel?()
  }

  var isThrown: Bool {
    state.withLock { if case .thrown = $0 { true } else { false } }
  }

  /// Runs `operation` and returns when it has ended; one at a time.
  func run<Success: Sendable>(_ operation: @escaping @Sendable () async throws -> Success) async throws -> Success {
    let task = Task { try await operation() }
    let alreadyThrown = state.withLock { state -> Bool in
      if case .thrown = state { return true }
      state = .running(cancel: { task.cancel() })
      return false
    }
    if alreadyThrown { task.cancel() }
    defer { state.withLock { if case .running = $0 { $0 = .idle } } }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }
}
#endif
