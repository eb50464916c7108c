import EdgePrimitives
import Synchronization

/// A clock that is moved by its simulation, from one deadline to the next.
public final class VirtualClock: Clock, Sendable {
  public struct Instant: InstantProtocol {
    public var offset: Duration

    public func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    public func duration(to other: Instant) -> Duration { other.offset - offset }
    public static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
  }

  private struct Sleeper {
    let deadline: Duration
    let continuation: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var now = Duration.zero
    var sleepers: [UInt64: Sleeper] = [:]
    var last: UInt64 = 0
  }

  private let state = Mutex(State())

  public init() {}

  public var now: Instant { Instant(offset: elapsed) }
  public var elapsed: Duration { state.withLock { $0.now } }
  public var minimumResolution: Duration { .nanoseconds(1) }
  /// Shows the same time, counted from an arbitrary day.
  public var wallClock: any WallClock { Wall(clock: self) }

  /// When the next sleeper wakes; nil when nobody sleeps.
  public var nextDeadline: Duration? { state.withLock { $0.sleepers.values.map(\.deadline).min() } }

  /// Moves on and wakes whose time has come, in the order of their deadlines.
  public func advance(to time: Duration) {
    let due = state.withLock { state in
      state.now = max(state.now, time)
      let due = state.sleepers.filter { $0.value.deadline <= state.now }
      for id in due.keys { state.sleepers[id] = nil }
      return due.sorted { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }
    }
    for (_, sleeper) in due { sleeper.continuation.resume() }
  }

  public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    let id = state.withLock { state in
      state.last += 1
      return state.last
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let isDone = state.withLock { state in
          if deadline.offset <= state.now || Task.isCancelled { return true }
          state.sleepers[id] = Sleeper(deadline: deadline.offset, continuation: continuation)
          return false
        }
        if isDone { continuation.resume() }
      }
      try Task.checkCancellation()
    } onCancel: {
      state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
    }
  }

  private struct Wall: WallClock {
    let clock: VirtualClock

    func now() -> Timestamp { Timestamp(millisecondsSinceEpoch: 1_800_000_000_000) + clock.elapsed }
  }
}
