#if Networking
import EdgePrimitives

/// Counts failures by address in fixed windows, so that nobody guesses tokens or names quickly.
///
/// Holds at most `maximumAddresses`; when it is full the oldest window makes room, which bounds memory at the price of
/// forgiving the address that has waited longest.
struct FailureLimiter: Sendable {
  private struct Window {
    var start: Timestamp
    var failures: Int
  }

  private let maximumFailures: Int
  private let window: Duration
  private let maximumAddresses: Int
  private var windows: [String: Window] = [:]

  init(maximumFailures: Int, window: Duration, maximumAddresses: Int) {
    self.maximumFailures = maximumFailures
    self.window = window
    self.maximumAddresses = maximumAddresses
  }

  func isBlocked(_ address: String, now: Timestamp) -> Bool {
    guard let window = current(address, now: now) else { return false }
    return window.failures >= maximumFailures
  }

  mutating func recordFailure(_ address: String, now: Timestamp) {
    var entry = current(address, now: now) ?? Window(start: now, failures: 0)
    entry.failures += 1
    if windows[address] == nil, windows.count >= maximumAddresses,
      let oldest = windows.min(by: { $0.value.start < $1.value.start })
    {
      windows[oldest.key] = nil
    }
    windows[address] = entry
  }

  var addressCount: Int { windows.count }

  private func current(_ address: String, now: Timestamp) -> Window? {
    // A start in the future means that the wall clock was set back: the window is over too.
    guard let entry = windows[address], entry.start <= now, now - entry.start < window else { return nil }
    return entry
  }
}
#endif
