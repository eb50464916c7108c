#if SQLite
import EdgeStore
import Synchronization

/// Wakes the writer when heartbeats are due to be written. There is one sleeping task while some are overdue, none else.
final class HeartbeatTimer: Sendable {
  private struct State {
    var sleeper: Task<Void, Never>?
    var isClosed = false
  }

  private let state = Mutex(State())
  private let time: ElapsedTime
  private let interval: Duration

  init(time: ElapsedTime, interval: Duration) {
    self.time = time
    self.interval = interval
  }

  /// Calls `body` after the interval, unless that is under way already.
  func start(_ body: @escaping @Sendable () -> Void) {
    let due = time.now() + interval
    state.withLock { state in
      if state.isClosed || state.sleeper != nil { return }
      state.sleeper = Task { [weak self, time] in
        guard (try? await time.sleep(until: due)) != nil else { return }
        self?.state.withLock { $0.sleeper = nil }
        body()
      }
    }
  }

  func close() {
    state.withLock { state in
      state.isClosed = true
      state.sleeper?.cancel()
      state.sleeper = nil
    }
  }
}
#endif
