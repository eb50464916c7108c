/// How many messages may be on their way: begins small, grows by one with each acknowledgement while it is in use (so
/// it doubles with each round trip), and halves when the link loses something.
///
/// Without growth a slow start would hold back a good link; without halving a bad link would have thousands of messages
/// to repeat after each break.
struct DeliveryWindow: Sendable {
  private(set) var size: Int
  private let initial: Int
  private let maximum: Int
  private let maximumBytes: Int
  private(set) var bytes = 0
  /// The most that were on their way at once since there was nothing.
  private var peak = 0

  init(_ configuration: OutboxConfiguration) {
    size = configuration.window
    initial = configuration.window
    maximum = configuration.maximumWindow
    maximumBytes = configuration.maximumInFlightBytes
  }

  /// Whether a message of `cost` bytes may join `count` others. Control goes beyond the window by one more of its first
  /// size, so that bulk on its way does not delay it by a round trip.
  func admits(cost: Int, besides count: Int, priority: DeliveryPriority) -> Bool {
    if count == 0 { return true }
    if priority == .control { return count < size + initial }
    return count < size && bytes + cost <= maximumBytes
  }

  /// - Parameter count: how many are on their way now, this one included.
  mutating func sent(cost: Int, count: Int) {
    bytes += cost
    peak = max(peak, count)
  }

  /// A message has left the window.
  mutating func landed(cost: Int) { bytes -= cost }

  /// - Parameter count: how many are on their way now, without the acknowledged one.
  mutating func acknowledged(leaving count: Int) {
    // A window that is hardly used says nothing about the link.
    if size < maximum && peak * 2 > size { size += 1 }
    if count == 0 { peak = 0 }
  }

  mutating func lost() { size = max(min(initial, 16), size / 2) }
}
