import EdgeJSON

extension Quantity: CustomStringConvertible {
  /// The canonical text as Kubernetes 1.32 prints it: no fraction, the largest suffix that leaves none. Amounts of
  /// 10^21 and more in ``Format/decimalSI`` have no suffix and lose their magnitude there (`1000E` prints as `1`); what is
  /// stored or sent is written by ``append(to:)``, which loses nothing.
  public var description: String {
    var bytes: [UInt8] = []
    append(to: &bytes, beyondSuffixes: nil)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the canonical text, without quotes. It reads back as the same amount: where ``description`` has no suffix
  /// it takes an exponent, `1e21`, as Kubernetes does from 1.37 on.
  public func append(to bytes: inout [UInt8]) { append(to: &bytes, beyondSuffixes: .decimalExponent) }

  private func append(to bytes: inout [UInt8], beyondSuffixes fallback: Format?) {
    guard case .small(let mantissa, let exponent, let format, let spelling) = storage,
      format != .binarySI || exponent == 0
    else { return appendBig(to: &bytes, beyondSuffixes: fallback) }
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
      JSONWriter.append(integer: amount, to: &bytes)
      Self.appendBinarySuffix(times, to: &bytes)
      return
    }
    // The exponent goes down to a multiple of three; then whole thousands go into it.
    var power = Int(exponent)
    let excess = (power % 3 + 3) % 3
    var (amount, overflow) = mantissa.multipliedReportingOverflow(by: excess == 0 ? 1 : excess == 1 ? 10 : 100)
    if overflow { return appendBig(to: &bytes, beyondSuffixes: fallback) }
    power &-= excess
    while true {
      let (quotient, remainder) = amount.quotientAndRemainder(dividingBy: 1_000)
      if remainder != 0 { break }
      amount = quotient
      power &+= 3
    }
    JSONWriter.append(integer: amount, to: &bytes)
    Self.appendDecimalSuffix(power, format: format, fallback, to: &bytes)
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
    if format == .binarySI { return Self.appendBinarySuffix(times, to: &bytes) }
    let power = exponent + spelling.fractionDigits
    guard format == .decimalExponent else {
      return Self.appendDecimalSuffix(power, format: format, nil, to: &bytes)
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

  private func appendBig(to bytes: inout [UInt8], beyondSuffixes fallback: Format?) {
    var decimal = decimal
    if decimal.magnitude.isZero {
      bytes.append(UInt8(ascii: "0"))
      return
    }
    if decimal.isNegative { bytes.append(UInt8(ascii: "-")) }
    var format = format
    if format == .binarySI {
      let whole = decimal.rounded(toScale: 0)
      if whole.isExact, Magnitude(1_024) <= whole.value.magnitude {
        var amount = whole.value.magnitude
        let times = amount.removeFactors(of: 1_024, limit: 6)
        bytes.append(contentsOf: amount.digits)
        Self.appendBinarySuffix(times, to: &bytes)
        return
      }
      format = .decimalSI
    }
    var power = decimal.magnitude.removeFactors(of: 10) - decimal.scale
    let excess = (power % 3 + 3) % 3
    decimal.magnitude.multiplyByPowerOfTen(excess)
    power -= excess
    bytes.append(contentsOf: decimal.magnitude.digits)
    Self.appendDecimalSuffix(power, format: format, fallback, to: &bytes)
  }

  private static func appendBinarySuffix(_ times: Int, to bytes: inout [UInt8]) {
    guard times > 0 else { return }
    let letter: UInt8 =
      switch times {
      case 1: UInt8(ascii: "K")
      case 2: UInt8(ascii: "M")
      case 3: UInt8(ascii: "G")
      case 4: UInt8(ascii: "T")
      case 5: UInt8(ascii: "P")
      default: UInt8(ascii: "E")
      }
    bytes.append(letter)
    bytes.append(UInt8(ascii: "i"))
  }

  private static func appendDecimalSuffix(
    _ power: Int, format: Format, _ fallback: Format?, to bytes: inout [UInt8]
  ) {
    if power == 0 { return }
    if format != .decimalExponent {
      switch power {
      case -9: return bytes.append(UInt8(ascii: "n"))
      case -6: return bytes.append(UInt8(ascii: "u"))
      case -3: return bytes.append(UInt8(ascii: "m"))
      case 3: return bytes.append(UInt8(ascii: "k"))
      case 6: return bytes.append(UInt8(ascii: "M"))
      case 9: return bytes.append(UInt8(ascii: "G"))
      case 12: return bytes.append(UInt8(ascii: "T"))
      case 15: return bytes.append(UInt8(ascii: "P"))
      case 18: return bytes.append(UInt8(ascii: "E"))
      default: if fallback == nil { return }
      }
    }
    bytes.append(UInt8(ascii: "e"))
    JSONWriter.append(integer: Int64(power), to: &bytes)
  }
}
