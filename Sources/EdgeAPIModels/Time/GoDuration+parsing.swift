extension GoDuration {
  /// Parses `1h30m`, `1.5h`, `-100ms`, `0`: decimal numbers with the units `ns`, `us` (`µs`), `ms`, `s`, `m`, `h`, which
  /// add up. Source: Go's `time.ParseDuration`, whose fractions are rounded as its doubles round them.
  public init(parsing text: String) throws(TimeError) {
    let bytes = Array(text.utf8)
    var place = 0
    let isNegative = bytes.first == UInt8(ascii: "-")
    if isNegative || bytes.first == UInt8(ascii: "+") { place = 1 }
    if bytes[place...] == [UInt8(ascii: "0")] {
      nanoseconds = 0
      return
    }
    func invalid() -> TimeError { .malformed("time: invalid duration \(Self.quoted(bytes))") }
    func tooLong() -> TimeError { .outOfRange("time: invalid duration \(Self.quoted(bytes))") }
    guard place < bytes.count else { throw invalid() }
    // Up to 2^63, the magnitude of the lowest number.
    var total: UInt64 = 0
    while place < bytes.count {
      let start = place
      guard let whole = Self.whole(bytes, &place) else { throw tooLong() }
      var hasDigits = place > start
      var fraction: (value: UInt64, scale: Double) = (0, 1)
      if place < bytes.count, bytes[place] == UInt8(ascii: ".") {
        place += 1
        let fractionStart = place
        fraction = Self.fraction(bytes, &place)
        hasDigits = hasDigits || place > fractionStart
      }
      guard hasDigits else { throw invalid() }
      let unitStart = place
      while place < bytes.count, bytes[place] != UInt8(ascii: "."), bytes[place] &- 0x30 >= 10 { place += 1 }
      let unitText = bytes[unitStart..<place]
      if unitText.isEmpty { throw .malformed("time: missing unit in duration \(Self.quoted(bytes))") }
      guard let unit = Self.units[String(decoding: unitText, as: UTF8.self)] else {
        throw .malformed("time: unknown unit \(Self.quoted(unitText)) in duration \(Self.quoted(bytes))")
      }
      guard whole <= (1 << 63) / unit else { throw tooLong() }
      var value = whole * unit
      if fraction.value > 0 {
        // At most one unit of an hour, so far from the end of 64 bits.
        value += UInt64(Double(fraction.value) * (Double(unit) / fraction.scale))
        guard value <= 1 << 63 else { throw tooLong() }
      }
      total += value
      guard total <= 1 << 63 else { throw tooLong() }
    }
    guard isNegative || total < 1 << 63 else { throw tooLong() }
    nanoseconds = isNegative ? 0 &- Int64(bitPattern: total) : Int64(bitPattern: total)
  }

  private static let units: [String: UInt64] = [
    "ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000,
    "h": 3_600_000_000_000,
  ]

  /// nil beyond 2^63.
  private static func whole(_ bytes: [UInt8], _ place: inout Int) -> UInt64? {
    var value: UInt64 = 0
    while place < bytes.count, bytes[place] &- 0x30 < 10 {
      if value > (1 << 63) / 10 { return nil }
      value = value * 10 + UInt64(bytes[place] & 0x0F)
      if value > 1 << 63 { return nil }
      place += 1
    }
    return value
  }

  /// Digits that do not fit are skipped.
  private static func fraction(_ bytes: [UInt8], _ place: inout Int) -> (value: UInt64, scale: Double) {
    var value: UInt64 = 0
    var scale = 1.0
    var isFull = false
    while place < bytes.count, bytes[place] &- 0x30 < 10 {
      let digit = UInt64(bytes[place] & 0x0F)
      place += 1
      if isFull { continue }
      if value > UInt64(Int64.max) / 10 || value * 10 + digit > 1 << 63 {
        isFull = true
        continue
      }
      value = value * 10 + digit
      scale *= 10
    }
    return (value, scale)
  }

  /// As Go's `time` quotes: everything beyond ASCII as bytes. Long texts are cut.
  private static func quoted(_ bytes: some Sequence<UInt8>) -> String {
    var quoted = "\""
    for byte in bytes.prefix(80) {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): quoted += "\\\(Character(Unicode.Scalar(byte)))"
      case 0x20..<0x80: quoted.unicodeScalars.append(Unicode.Scalar(byte))
      default: quoted += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }
    return quoted + "\""
  }
}
