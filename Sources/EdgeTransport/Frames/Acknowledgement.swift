/// An ACK frame (RFC 9000, section 19.3): which frames have arrived, as ranges of their numbers, the highest first.
public struct Acknowledgement: Hashable, Sendable {
  /// The highest number that has arrived.
  public var largest: UInt64
  /// How long the acknowledgement was held back, in units of 8 us.
  public var delay: UInt64
  /// How many numbers below `largest` have arrived without a gap.
  public var firstRange: UInt64
  /// Further ranges, each by the numbers left out above it, minus one, and its own length, minus one.
  public var furtherRanges: [Range]

  public struct Range: Hashable, Sendable {
    public var gap: UInt64
    public var length: UInt64

    public init(gap: UInt64, length: UInt64) {
      self.gap = gap
      self.length = length
    }
  }

  public init(largest: UInt64, delay: UInt64 = 0, firstRange: UInt64, furtherRanges: [Range] = []) {
    self.largest = largest
    self.delay = delay
    self.firstRange = firstRange
    self.furtherRanges = furtherRanges
  }

  /// The lowest number of the first range.
  public var smallestOfFirstRange: UInt64 { largest - firstRange }
}
