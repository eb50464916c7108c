/// A point in the causal order of a twin: wall-clock milliseconds, a counter for events within one millisecond, and
/// the tag of the node that made it, which makes the order total.
///
/// Source: Kulkarni and others, "Logical Physical Clocks" (2014). A plain wall clock would let a node whose clock runs
/// behind lose each conflict; a plain counter says nothing about time.
public struct HybridTimestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let wallMilliseconds: Int64
  public let counter: UInt32
  public let node: String

  public init(wallMilliseconds: Int64, counter: UInt32, node: String) {
    self.wallMilliseconds = wallMilliseconds
    self.counter = counter
    self.node = node
  }

  /// Earlier than every timestamp that a clock issues.
  public static let zero = HybridTimestamp(wallMilliseconds: 0, counter: 0, node: "")

  public static func < (left: HybridTimestamp, right: HybridTimestamp) -> Bool {
    if left.wallMilliseconds != right.wallMilliseconds { return left.wallMilliseconds < right.wallMilliseconds }
    if left.counter != right.counter { return left.counter < right.counter }
    return left.node < right.node
  }

  /// `milliseconds.counter@node`, for instance `1795350817899.0@edge-1`.
  public var description: String { "\(wallMilliseconds).\(counter)@\(node)" }

  /// Reads the form that ``description`` writes; nil for anything else.
  public init?(_ text: String) {
    guard let at = text.firstIndex(of: "@") else { return nil }
    let numbers = text[..<at].split(separator: ".", omittingEmptySubsequences: false)
    guard numbers.count == 2, let wall = Int64(numbers[0]), wall >= 0, let counter = UInt32(numbers[1]) else {
      return nil
    }
    self.init(wallMilliseconds: wall, counter: counter, node: String(text[text.index(after: at)...]))
  }
}
