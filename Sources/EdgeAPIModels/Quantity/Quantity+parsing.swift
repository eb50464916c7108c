extension Quantity {
  public init(parsing text: String) throws(QuantityError) {
    var text = text
    let result = text.withUTF8 { bytes -> Result<Quantity, QuantityError> in
      do throws(QuantityError) { return .success(try Quantity(parsing: bytes)) } catch { return .failure(error) }
    }
    self = try result.get()
  }

  /// Parses UTF-8 bytes, all of them: no white space, no quotes. Takes about as long as the bytes are many; short texts
  /// make no allocation.
  public init(parsing bytes: UnsafeBufferPointer<UInt8>) throws(QuantityError) {
    if let quantity = Self.common(bytes) {
      self = quantity
    } else {
      self = try Self.any(bytes)
    }
  }

  /// The texts that manifests hold: at most 18 digits and a suffix of letters. nil for everything else, good or bad.
  @inline(__always)
  private static func common(_ bytes: UnsafeBufferPointer<UInt8>) -> Quantity? {
    let end = bytes.count
    guard end > 0, end <= 22 else { return nil }
    var place = 0
    let isNegative = bytes[0] == UInt8(ascii: "-")
    if isNegative { place = 1 }
    let first = place
    // At most 18 digits are read, so this cannot overflow.
    let lastDigit = min(end, first &+ 18)
    var value: Int64 = 0
    while place < lastDigit, bytes[place] &- 0x30 < 10 {
      value = value &* 10 &+ Int64(bytes[place] & 0x0F)
      place &+= 1
    }
    let integerDigits = place &- first
    // Leading zeros are a matter of spelling.
    guard integerDigits > 0, bytes[first] != 0x30 || integerDigits == 1 else { return nil }
    var fractionDigits = 0
    var hasPoint = false
    if place < end, bytes[place] == UInt8(ascii: ".") {
      hasPoint = true
      place &+= 1
      let fraction = place
      let lastFractionDigit = min(end, fraction &+ 18 &- integerDigits)
      while place < lastFractionDigit, bytes[place] &- 0x30 < 10 {
        value = value &* 10 &+ Int64(bytes[place] & 0x0F)
        place &+= 1
      }
      fractionDigits = place &- fraction
    }
    if isNegative { value = 0 &- value }
    var exponent = 0
    var format = Format.decimalSI
    switch end &- place {
    case 0: exponent = 0
    case 1:
      switch bytes[place] {
      case UInt8(ascii: "n"): exponent = -9
      case UInt8(ascii: "u"): exponent = -6
      case UInt8(ascii: "m"): exponent = -3
      case UInt8(ascii: "k"): exponent = 3
      case UInt8(ascii: "M"): exponent = 6
      case UInt8(ascii: "G"): exponent = 9
      case UInt8(ascii: "T"): exponent = 12
      case UInt8(ascii: "P"): exponent = 15
      case UInt8(ascii: "E"): exponent = 18
      default: return nil
      }
    case 2:
      if bytes[place] == UInt8(ascii: "e") { break }
      guard bytes[place &+ 1] == UInt8(ascii: "i") else { return nil }
      if hasPoint { return fractionDigits == 0 ? nil : binaryFraction(value, fractionDigits, unit: bytes[place]) }
      let shift: Int64
      switch bytes[place] {
      case UInt8(ascii: "K") where integerDigits <= 11: shift = 10
      case UInt8(ascii: "M") where integerDigits <= 8: shift = 20
      case UInt8(ascii: "G") where integerDigits <= 5: shift = 30
      case UInt8(ascii: "T") where integerDigits <= 2: shift = 40
      default: return nil
      }
      return Quantity(mantissa: value << shift, exponent: 0, format: .binarySI)
    default: if bytes[place] != UInt8(ascii: "e") { return nil }
    }
    if place < end, bytes[place] == UInt8(ascii: "e") {
      // Spelled in any other way than the canonical one, an exponent is worth remembering.
      guard !hasPoint, let power = canonicalExponent(bytes[(place &+ 1)...]) else { return nil }
      exponent = power
      format = .decimalExponent
    }
    let scale = exponent &- fractionDigits
    // Zeros at the end go into the exponent, which they must not push over its bound.
    guard scale >= -9, exponent <= maximumExponent - 18 else { return nil }
    var spelling = QuantitySpelling.canonical
    if hasPoint, scale % 3 == 0, bytes[first] != 0x30, value % 1_000 != 0 {
      spelling.hasPoint = true
      spelling.fractionDigits = fractionDigits
    }
    return Quantity(
      mantissa: value, exponent: Int16(truncatingIfNeeded: scale), format: format, spelling: spelling)
  }

  /// `-3`, `12`: without a plus sign and leading zeros, within ``maximumExponent``.
  private static func canonicalExponent(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
    let isNegative = bytes.first == UInt8(ascii: "-")
    let digits = isNegative ? bytes.dropFirst() : bytes
    guard let first = digits.first, first != 0x30, digits.count <= 4 else { return nil }
    var value = 0
    for digit in digits {
      guard digit &- 0x30 < 10 else { return nil }
      value = value * 10 + Int(digit & 0x0F)
    }
    return value <= maximumExponent ? (isNegative ? -value : value) : nil
  }

  /// `1.5Gi`, if all digits down to billionths fit a word; nil else, and for other units.
  private static func binaryFraction(_ value: Int64, _ fractionDigits: Int, unit: UInt8) -> Quantity? {
    let shift: Int64
    switch unit {
    case UInt8(ascii: "K"): shift = 10
    case UInt8(ascii: "M"): shift = 20
    case UInt8(ascii: "G"): shift = 30
    default: return nil
    }
    guard fractionDigits <= 9, value != 0,
      let billionths = multiplied(value, byPowerOfTen: 9 - fractionDigits)
    else { return nil }
    let (unscaled, overflow) = billionths.multipliedReportingOverflow(by: 1 << shift)
    if overflow { return nil }
    let format: Format = unscaled.magnitude < 1_000_000_000 ? .decimalSI : .binarySI
    return Quantity(ExactDecimal(unscaled, scale: 9), format: format)
  }

  private static func any(_ bytes: UnsafeBufferPointer<UInt8>) throws(QuantityError) -> Quantity {
    guard bytes.count <= 2 * maximumDigits else { throw .outOfRange }
    let parts = try QuantityText(bytes)
    let (base, exponent, format) = try parts.suffix()
    let digitCount = max(parts.integer.count, 1) + parts.fraction.count
    guard digitCount <= maximumDigits, abs(exponent) <= maximumExponent else { throw .outOfRange }
    let isSmall =
      format == .binarySI
      // 2^10 takes about three digits.
      ? parts.fraction.isEmpty && max(parts.integer.count, 1) <= 14 - exponent * 3 / 10
      : digitCount <= 18 && exponent - parts.fraction.count >= -9
    let magnitude = Magnitude(digits: [bytes[parts.integer], bytes[parts.fraction]].joined())
    if base == 10, digitCount + max(exponent, 0) > min(maximumDigits, maximumExponent) - 3,
      !hasCanonicalText(ExactDecimal(isNegative: false, magnitude: magnitude, scale: parts.fraction.count - exponent))
    {
      throw .outOfRange
    }
    if isSmall, let word = magnitude.word {
      let value = Int64(bitPattern: word) << (base == 2 ? Int64(exponent) : 0)
      let scale = base == 2 ? 0 : exponent - parts.fraction.count
      let isCanonical = base == 2 ? word & 7 != 0 : scale % 3 == 0 && word % 1_000 != 0 && !parts.integer.isEmpty
      return Quantity(
        mantissa: parts.isNegative ? 0 &- value : value, exponent: Int16(scale), format: format,
        spelling: isCanonical ? parts.spelling(format) : .canonical)
    }
    guard parts.hasDigits else { throw .numeric }
    let scale = parts.fraction.count - (base == 2 ? 0 : exponent)
    var amount = ExactDecimal(isNegative: false, magnitude: magnitude, scale: scale)
    if magnitude.isZero { return Quantity(amount, format: format) }
    if base == 2 { amount.magnitude.multiply(by: 1 << UInt64(exponent)) }
    amount = amount.rounded(toScale: 9).value
    var resultFormat = format
    if format == .binarySI {
      let cap = ExactDecimal(.max, scale: 0)
      if amount.compared(to: cap) > 0 { amount = cap }
      if amount.compared(to: ExactDecimal(1, scale: 0)) < 0 { resultFormat = .decimalSI }
    }
    return Quantity(parts.isNegative ? -amount : amount, format: resultFormat)
  }

  /// Whether the canonical text of an amount is within the bounds of texts: digits and exponent are others than those of
  /// the text that was read.
  private static func hasCanonicalText(_ amount: ExactDecimal) -> Bool {
    var decimal = amount
    let power = decimal.magnitude.removeFactors(of: 10) - decimal.scale
    let excess = (power % 3 + 3) % 3
    return decimal.magnitude.digits.count + excess <= maximumDigits && power - excess <= maximumExponent
  }
}

/// A quantity's text, cut into its parts.
private struct QuantityText {
  let bytes: UnsafeBufferPointer<UInt8>
  let isNegative: Bool
  /// Without leading zeros.
  let integer: Range<Int>
  let fraction: Range<Int>
  /// Whether there was any digit, also a zero.
  let hasDigits: Bool
  private let leadingZeros: Int
  private let hasPoint: Bool
  private let suffixStart: Int

  init(_ bytes: UnsafeBufferPointer<UInt8>) throws(QuantityError) {
    guard let first = bytes.first else { throw .format }
    self.bytes = bytes
    isNegative = first == UInt8(ascii: "-")
    var place = isNegative || first == UInt8(ascii: "+") ? 1 : 0
    let start = place
    func skip(_ isWanted: (UInt8) -> Bool) { while place < bytes.count, isWanted(bytes[place]) { place += 1 } }
    func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
    skip { $0 == 0x30 }
    let integerStart = place
    leadingZeros = place - start
    skip(isDigit)
    integer = integerStart..<place
    var hasDigits = place > start
    hasPoint = place < bytes.count && bytes[place] == UInt8(ascii: ".")
    if hasPoint {
      place += 1
      let fractionStart = place
      skip(isDigit)
      fraction = fractionStart..<place
      hasDigits = hasDigits || !fraction.isEmpty
    } else {
      fraction = place..<place
    }
    self.hasDigits = hasDigits
    suffixStart = place
    skip { Self.letters.contains($0) }
    if place < bytes.count, bytes[place] == UInt8(ascii: "-") || bytes[place] == UInt8(ascii: "+") { place += 1 }
    skip(isDigit)
    if place < bytes.count { throw .format }
  }

  private static let letters = Array("eEinumkKMGTP".utf8)

  func spelling(_ format: Quantity.Format) -> QuantitySpelling {
    var spelling = QuantitySpelling.canonical
    spelling.hasPlus = bytes.first == UInt8(ascii: "+")
    spelling.leadingZeros = leadingZeros
    spelling.hasPoint = hasPoint
    spelling.fractionDigits = fraction.count
    guard format == .decimalExponent else { return spelling }
    spelling.hasCapitalE = bytes[suffixStart] == UInt8(ascii: "E")
    var place = suffixStart + 1
    spelling.hasExponentMinus = bytes[place] == UInt8(ascii: "-")
    spelling.hasExponentPlus = bytes[place] == UInt8(ascii: "+")
    if spelling.hasExponentMinus || spelling.hasExponentPlus { place += 1 }
    spelling.exponentZeros = bytes[place...].prefix { $0 == 0x30 }.count
    if !spelling.isSpecial { return .canonical }
    return spelling
  }

  func suffix() throws(QuantityError) -> (base: Int, exponent: Int, format: Quantity.Format) {
    let suffix = bytes[suffixStart...]
    switch String(decoding: suffix.prefix(3), as: UTF8.self) {
    case "": return (10, 0, .decimalSI)
    case "n": return (10, -9, .decimalSI)
    case "u": return (10, -6, .decimalSI)
    case "m": return (10, -3, .decimalSI)
    case "k": return (10, 3, .decimalSI)
    case "M": return (10, 6, .decimalSI)
    case "G": return (10, 9, .decimalSI)
    case "T": return (10, 12, .decimalSI)
    case "P": return (10, 15, .decimalSI)
    case "E": return (10, 18, .decimalSI)
    case "Ki": return (2, 10, .binarySI)
    case "Mi": return (2, 20, .binarySI)
    case "Gi": return (2, 30, .binarySI)
    case "Ti": return (2, 40, .binarySI)
    case "Pi": return (2, 50, .binarySI)
    case "Ei": return (2, 60, .binarySI)
    default: break
    }
    guard let mark = suffix.first, mark | 0x20 == UInt8(ascii: "e"),
      let exponent = Int64(String(decoding: suffix.dropFirst(), as: UTF8.self))
    else { throw .suffix }
    // What Kubernetes would cut to 32 bits is out of range anyway.
    return (10, Int(clamping: exponent.magnitude) * (exponent < 0 ? -1 : 1), .decimalExponent)
  }
}
