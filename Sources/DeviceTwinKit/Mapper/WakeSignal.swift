import Synchronization

/// Wakes one waiting task. A signal that comes while nobody waits is kept (one, not a count).
final class WakeSignal: Sendable {
  private enum State {
    case idle
    case signalled
    case waiting(CheckedContinuation<Void, Never>)
  }

  private let state = Mutex(State.idle)

  func signal() {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      switch state {
      case .idle, .signalled:
        state = .signalled
        return nil
      case .waiting(let continuation):
        state = .idle
        return continuation
      }
    }
    waiter?.resume()
  }

  /// Returns at the next signal, at once if one is kept, or when the task is cancelled. One waiter at a time.
  func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isReady = state.withLock { state -> Bool in
          if case .waiting = state { preconditionFailure("a wake signal has one waiter at a time") }
          // Checked under the lock: a cancellation before it has already run its handler and left nothing to wake us,
          // one after it finds the continuation.
          if case .signalled = state {
            state = .idle
            return true
          }
          if Task.isCancelled { return true }
          state = .waiting(continuation)
          return false
        }
        if isReady { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
        guard case .waiting(let continuation) = state else { return nil }
        state = .idle
        return continuation
      }
      waiter?.resume()
    }
  }

  /// Waits for a signal, but no longer than until `deadline`.
  func wait<C: Clock>(until deadline: C.Instant?, clock: C) async {
    guard let deadline else { return await wait() }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.wait() }
      group.addTask { try? await clock.sleep(until: deadline, tolerance: nil) }
      await group.next()
      group.cancelAll()
    }
  }
}
