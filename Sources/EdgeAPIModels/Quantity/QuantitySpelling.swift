/// How an amount was written, as far as its canonical text does not say it; packed, because every quantity carries one.
struct QuantitySpelling: Hashable, Sendable {
  private var bits: UInt32

  /// Nothing to remember.
  static let canonical = QuantitySpelling(bits: 0)

  private init(bits: UInt32) { self.bits = bits }

  var hasPlus: Bool {
    get { self[0] }
    set { self[0] = newValue }
  }
  /// `5.` has a point and no fraction.
  var hasPoint: Bool {
    get { self[1] }
    set { self[1] = newValue }
  }
  var hasCapitalE: Bool {
    get { self[2] }
    set { self[2] = newValue }
  }
  var hasExponentPlus: Bool {
    get { self[3] }
    set { self[3] = newValue }
  }
  var hasExponentMinus: Bool {
    get { self[4] }
    set { self[4] = newValue }
  }
  /// Up to 18, what the small form of a quantity holds.
  var fractionDigits: Int {
    get { self[5..<10] }
    set { self[5..<10] = newValue }
  }
  /// Texts are short enough that two counts of 11 bits suffice.
  var leadingZeros: Int {
    get { self[10..<21] }
    set { self[10..<21] = newValue }
  }
  var exponentZeros: Int {
    get { self[21..<32] }
    set { self[21..<32] = newValue }
  }

  /// Whether it differs from the canonical text in more than an exponent below zero.
  var isSpecial: Bool {
    var other = self
    other.hasExponentMinus = false
    return other != .canonical
  }

  private subscript(bit: UInt32) -> Bool {
    get { bits >> bit & 1 != 0 }
    set { bits = newValue ? bits | 1 << bit : bits & ~(1 << bit) }
  }

  private subscript(range: Range<UInt32>) -> Int {
    get { Int(bits >> range.lowerBound & Self.mask(range)) }
    set {
      let value = UInt32(newValue) & Self.mask(range)
      bits = bits & ~(Self.mask(range) << range.lowerBound) | value << range.lowerBound
    }
  }

  private static func mask(_ range: Range<UInt32>) -> UInt32 { (1 << UInt32(range.count)) - 1 }
}
