import EdgeJSON

extension Quantity: CustomStringConvertible {
  /// The canonical text as Kubernetes 1.32 prints it: no fraction, the largest suffix that leaves none. Amounts of
  /// 10^21 and more in ``Format/decimalSI`` have no suffix and lose their magnitude there (`1000E` prints as `1`); what is
  /// stored or sent is written by ``append(to:)``, which loses nothing.
  public var description: String {
    var bytes: [UInt8] = []
    append(to: &bytes, keepingMagnitude: false)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the canonical text, without quotes. It reads back as the same amount: where ``description`` has no suffix
  /// it takes an exponent, `1e21`, as Kubernetes does from 1.37 on.
  public func append(to bytes: inout [UInt8]) { append(to: &bytes, keepingMagnitude: true) }

  private func append(to bytes: inout [UInt8], keepingMagnitude isKept: Bool) {
    guard case .small(let mantissa, let exponent, let format, let spelling) = storage,
      format != .binarySI || exponent == 0
    else { return appendBig(to: &bytes, keepingMagnitude: isKept) }
    if mantissa == 0 {
      bytes.append(UInt8(ascii: "0"))
      return
    }
    if spelling != .canonical {
      return append(mantissa, Int(exponent), format, spelledAs: spelling, to: &bytes)
    }
    if format == .binarySI, mantissa.magnitude >= 1_024 {
      var amount = mantissa
      var times = 0
      // Kubernetes does not divide the lowest number, whose magnitude is none of 64 bits.
      while amount & 0x3FF == 0, times < 6, amount != .min {
        amount >>= 10
        times &+= 1
      }
      return Self.append(amount, suffix: Self.binarySuffix(times), to: &bytes)
    }
    // The exponent goes down to a multiple of three; then whole thousands go into it.
    var power = Int(exponent)
    let excess = (power % 3 + 3) % 3
    var (amount, overflow) = mantissa.multipliedReportingOverflow(by: excess == 0 ? 1 : excess == 1 ? 10 : 100)
    if overflow { return appendBig(to: &bytes, keepingMagnitude: isKept) }
    power &-= excess
    while true {
      let (quotient, remainder) = amount.quotientAndRemainder(dividingBy: 1_000)
      if remainder != 0 { break }
      amount = quotient
      power &+= 3
    }
    if let suffix = Self.decimalSuffix(power, format: format, keepingMagnitude: isKept) {
      return Self.append(amount, suffix: suffix, to: &bytes)
    }
    JSONWriter.append(integer: amount, to: &bytes)
    Self.appendExponent(power, to: &bytes)
  }

  /// A suffix of at most two letters in one word, the first letter in the low byte.
  private typealias Suffix = UInt16

  /// Digits and suffix in one piece.
  private static func append(_ amount: Int64, suffix: Suffix, to bytes: inout [UInt8]) {
    // A sign, 19 digits and two letters.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 22) { text in
      var first = 20
      var rest = amount.magnitude
      repeat {
        let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
        first &-= 1
        text[first] = 0x30 &+ UInt8(truncatingIfNeeded: digit)
        rest = quotient
      } while rest > 0
      if amount < 0 {
        first &-= 1
        text[first] = UInt8(ascii: "-")
      }
      text[20] = UInt8(truncatingIfNeeded: suffix)
      text[21] = UInt8(truncatingIfNeeded: suffix >> 8)
      let end = suffix == 0 ? 20 : suffix < 0x100 ? 21 : 22
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[first..<end]))
    }
  }

  private static func append(suffix: Suffix, to bytes: inout [UInt8]) {
    if suffix != 0 { bytes.append(UInt8(truncatingIfNeeded: suffix)) }
    if suffix > 0xFF { bytes.append(UInt8(truncatingIfNeeded: suffix >> 8)) }
  }

  private static func appendExponent(_ power: Int, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "e"))
    JSONWriter.append(integer: Int64(power), to: &bytes)
  }

  private func append(
    _ mantissa: Int64, _ exponent: Int, _ format: Format, spelledAs spelling: QuantitySpelling, to bytes: inout [UInt8]
  ) {
    if mantissa < 0 { bytes.append(UInt8(ascii: "-")) } else if spelling.hasPlus { bytes.append(UInt8(ascii: "+")) }
    bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: spelling.leadingZeros))
    // Only canonical amounts are spelled: a binary one has the largest suffix that it can have.
    let times = format == .binarySI ? mantissa.trailingZeroBitCount / 10 : 0
    Self.append(digits: (mantissa >> (times * 10)).magnitude, to: &bytes)
    if spelling.hasPoint {
      bytes.insert(UInt8(ascii: "."), at: bytes.count - spelling.fractionDigits)
    }
    if format == .binarySI { return Self.append(suffix: Self.binarySuffix(times), to: &bytes) }
    let power = exponent + spelling.fractionDigits
    if let suffix = Self.decimalSuffix(power, format: format, keepingMagnitude: false), format != .decimalExponent {
      return Self.append(suffix: suffix, to: &bytes)
    }
    bytes.append(UInt8(ascii: spelling.hasCapitalE ? "E" : "e"))
    if spelling.hasExponentMinus { bytes.append(UInt8(ascii: "-")) }
    if spelling.hasExponentPlus { bytes.append(UInt8(ascii: "+")) }
    bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: spelling.exponentZeros))
    if power != 0 { Self.append(digits: UInt64(power.magnitude), to: &bytes) }
  }

  private static func append(digits value: UInt64, to bytes: inout [UInt8]) {
    // The magnitude of the lowest number is the one that an Int64 does not hold.
    bytes.append(contentsOf: Magnitude(value).digits)
  }

  /// The same amount in the small form, if it fits: most amounts of the big form do, `1.5Gi` for instance.
  private var shrunk: Quantity? {
    guard case .big(let box, let format) = storage, let unscaled = box.decimal.unscaled,
      let exponent = Int16(exactly: -box.decimal.scale)
    else { return nil }
    guard format == .binarySI else { return Quantity(mantissa: unscaled, exponent: exponent, format: format) }
    guard exponent <= 0, exponent >= -18 else { return nil }
    let (whole, rest) = unscaled.quotientAndRemainder(dividingBy: PowersOfTen.integer(-Int(exponent)))
    // The lowest number prints in another way in the big form: as -8Ei.
    if whole == .min { return nil }
    return rest == 0
      ? Quantity(mantissa: whole, exponent: 0, format: .binarySI)
      : Quantity(mantissa: unscaled, exponent: exponent, format: .decimalSI)
  }

  private func appendBig(to bytes: inout [UInt8], keepingMagnitude isKept: Bool) {
    if let shrunk { return shrunk.append(to: &bytes, keepingMagnitude: isKept) }
    var decimal = decimal
    if decimal.magnitude.isZero {
      bytes.append(UInt8(ascii: "0"))
      return
    }
    if decimal.isNegative { bytes.append(UInt8(ascii: "-")) }
    var format = format
    if format == .binarySI {
      let whole = decimal.rounded(toScale: 0)
      // A reader caps binary amounts at 2^63-1, so what is beyond, by arithmetic, is written as a decimal.
      let isCapped = isKept && Magnitude(UInt64(Int64.max)) < whole.value.magnitude
      if whole.isExact, !isCapped, Magnitude(1_024) <= whole.value.magnitude {
        var amount = whole.value.magnitude
        let times = amount.removeFactors(of: 1_024, limit: 6)
        bytes.append(contentsOf: amount.digits)
        Self.append(suffix: Self.binarySuffix(times), to: &bytes)
        return
      }
      format = .decimalSI
    }
    var power = decimal.magnitude.removeFactors(of: 10) - decimal.scale
    let excess = (power % 3 + 3) % 3
    decimal.magnitude.multiplyByPowerOfTen(excess)
    power -= excess
    bytes.append(contentsOf: decimal.magnitude.digits)
    if let suffix = Self.decimalSuffix(power, format: format, keepingMagnitude: isKept) {
      Self.append(suffix: suffix, to: &bytes)
    } else {
      Self.appendExponent(power, to: &bytes)
    }
  }

  private static func binarySuffix(_ times: Int) -> Suffix {
    let letter: UInt8 =
      switch times {
      case 0: 0
      case 1: UInt8(ascii: "K")
      case 2: UInt8(ascii: "M")
      case 3: UInt8(ascii: "G")
      case 4: UInt8(ascii: "T")
      case 5: UInt8(ascii: "P")
      default: UInt8(ascii: "E")
      }
    return letter == 0 ? 0 : Suffix(letter) | Suffix(UInt8(ascii: "i")) << 8
  }

  /// nil when an exponent is to be written in its place.
  private static func decimalSuffix(_ power: Int, format: Format, keepingMagnitude isKept: Bool) -> Suffix? {
    if power == 0 { return 0 }
    if format == .decimalExponent { return nil }
    switch power {
    case -9: return Suffix(UInt8(ascii: "n"))
    case -6: return Suffix(UInt8(ascii: "u"))
    case -3: return Suffix(UInt8(ascii: "m"))
    case 3: return Suffix(UInt8(ascii: "k"))
    case 6: return Suffix(UInt8(ascii: "M"))
    case 9: return Suffix(UInt8(ascii: "G"))
    case 12: return Suffix(UInt8(ascii: "T"))
    case 15: return Suffix(UInt8(ascii: "P"))
    case 18: return Suffix(UInt8(ascii: "E"))
    default: return isKept ? nil : 0
    }
  }
}
