#if Networking
import NIOCore

/// Bounds how often a peer may do what costs us more than it: so many times within each stretch of time.
struct EventRate {
  private let maximum: Int
  private let window: TimeAmount
  private var count = 0
  private var start: NIODeadline?

  init(maximum: Int, window: TimeAmount) {
    self.maximum = maximum
    self.window = window
  }

  /// - Returns: false when it is too often.
  mutating func note(at now: NIODeadline) -> Bool {
    if let start, now - start < window {
      count += 1
    } else {
      start = now
      count = 1
    }
    return count <= maximum
  }
}
#endif
