#if Networking
import Synchronization

/// Wakes one waiting task; a signal that comes while nobody waits is kept, several are kept as one.
final class WakeSignal: Sendable {
  private enum State {
    case quiet
    case signalled
    case waiting(CheckedContinuation<Void, Never>)
  }
  private let state = Mutex(State.quiet)

  func signal() {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      if case .waiting(let continuation) = state {
        state = .quiet
        return continuation
      }
      state = .signalled
      return nil
    }
    waiter?.resume()
  }

  /// Returns at a signal, or when the task is cancelled. One task waits at a time.
  func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDone = state.withLock { state in
          if case .signalled = state {
            state = .quiet
            return true
          }
          if Task.isCancelled { return true }
          state = .waiting(continuation)
          return false
        }
        if isDone { continuation.resume() }
      }
    } onCancel: {
      signal()
    }
  }
}
#endif
