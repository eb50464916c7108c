#if Networking
import EdgePrimitives
import Synchronization

/// Wall time that moves only when a test moves it.
final class ManualClock: WallClock {
  private let time: Mutex<Timestamp>

  init(_ start: Timestamp = SystemWallClock().now()) { time = Mutex(start) }

  func now() -> Timestamp { time.withLock { $0 } }

  func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}
#endif
