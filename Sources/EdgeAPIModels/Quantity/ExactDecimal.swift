/// A decimal number of any size, `±magnitude / 10^scale`, as Go's `inf.Dec` is: the scale belongs to the representation,
/// so 1.0 and 1.00 are equal in value and differ in text.
struct ExactDecimal: Sendable {
  var isNegative: Bool
  var magnitude: Magnitude
  /// Digits behind the point; negative for zeros that are not written out.
  var scale: Int

  init(isNegative: Bool, magnitude: Magnitude, scale: Int) {
    self.isNegative = isNegative && !magnitude.isZero
    self.magnitude = magnitude
    self.scale = scale
  }

  init(_ value: Int64, scale: Int) {
    self.init(isNegative: value < 0, magnitude: Magnitude(value.magnitude), scale: scale)
  }

  /// -1, 0 or 1.
  var signum: Int { magnitude.isZero ? 0 : isNegative ? -1 : 1 }

  /// The unscaled value modulo 2^64, as an integer of 64 bits that wraps.
  var wrappedUnscaled: Int64 {
    let low = Int64(bitPattern: magnitude.low)
    return isNegative ? 0 &- low : low
  }

  /// The unscaled value, if it fits.
  var unscaled: Int64? {
    guard let word = magnitude.word else { return nil }
    if isNegative { return word <= Int64.min.magnitude ? 0 &- Int64(bitPattern: word) : nil }
    return Int64(exactly: word)
  }

  /// The same number with another scale, rounded away from zero if digits are lost.
  func rounded(toScale newScale: Int) -> (value: ExactDecimal, isExact: Bool) {
    var result = self
    result.scale = newScale
    if newScale >= scale {
      result.magnitude.multiplyByPowerOfTen(newScale - scale)
      return (result, true)
    }
    let isExact = result.magnitude.divideByPowerOfTen(scale - newScale)
    if !isExact { result.magnitude = result.magnitude + Magnitude(1) }
    return (result, isExact)
  }

  static prefix func - (value: ExactDecimal) -> ExactDecimal {
    ExactDecimal(isNegative: !value.isNegative, magnitude: value.magnitude, scale: value.scale)
  }

  static func + (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal {
    let (left, right) = aligned(left, right)
    let scale = left.scale
    if left.isNegative == right.isNegative {
      return ExactDecimal(isNegative: left.isNegative, magnitude: left.magnitude + right.magnitude, scale: scale)
    }
    return left.magnitude < right.magnitude
      ? ExactDecimal(isNegative: right.isNegative, magnitude: right.magnitude - left.magnitude, scale: scale)
      : ExactDecimal(isNegative: left.isNegative, magnitude: left.magnitude - right.magnitude, scale: scale)
  }

  static func * (left: ExactDecimal, right: Int64) -> ExactDecimal {
    var magnitude = left.magnitude
    magnitude.multiply(by: right.magnitude)
    return ExactDecimal(isNegative: left.isNegative != (right < 0), magnitude: magnitude, scale: left.scale)
  }

  /// -1, 0 or 1.
  func compared(to other: ExactDecimal) -> Int {
    if signum != other.signum { return signum < other.signum ? -1 : 1 }
    let (left, right) = Self.aligned(self, other)
    if left.magnitude == right.magnitude { return 0 }
    return (left.magnitude < right.magnitude) != isNegative ? -1 : 1
  }

  /// Both with the greater scale of the two. Costs memory by the difference of the scales, which is bounded where
  /// quantities are made.
  private static func aligned(_ left: ExactDecimal, _ right: ExactDecimal) -> (ExactDecimal, ExactDecimal) {
    let scale = max(left.scale, right.scale)
    return (left.rounded(toScale: scale).value, right.rounded(toScale: scale).value)
  }

  /// Plain notation: `-12.500`.
  var text: String {
    var digits = magnitude.digits
    if scale > 0 {
      if digits.count <= scale {
        digits.insert(contentsOf: repeatElement(UInt8(ascii: "0"), count: scale - digits.count + 1), at: 0)
      }
      digits.insert(UInt8(ascii: "."), at: digits.count - scale)
    } else if !magnitude.isZero {
      digits.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: -scale))
    }
    return (isNegative ? "-" : "") + String(decoding: digits, as: UTF8.self)
  }
}
