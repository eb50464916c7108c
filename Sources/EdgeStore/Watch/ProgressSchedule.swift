/// When a watch that wants regular notes of progress is due for one: an interval without any delivery has passed.
package struct ProgressSchedule: Sendable {
  private let interval: Duration
  package private(set) var nextCheck: Duration
  private var hasDelivered = false

  /// A shorter interval would be a busy loop.
  private static let minimumInterval = Duration.milliseconds(10)

  package init(interval: Duration, from now: Duration) {
    self.interval = max(interval, Self.minimumInterval)
    nextCheck = now + self.interval
  }

  package mutating func noteDelivery() { hasDelivered = true }

  /// Returns whether a note is due now.
  package mutating func check(at now: Duration) -> Bool {
    defer {
      nextCheck = now + interval
      hasDelivered = false
    }
    return !hasDelivered
  }
}
