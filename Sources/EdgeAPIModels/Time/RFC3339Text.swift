import EdgePrimitives

/// Reads and writes times the way Go's `time` package reads and writes RFC 3339, which is a little wider than the RFC:
/// the hour may have one digit, the fraction may follow a comma, an offset may be `+24:60`; and a little narrower: `T` and
/// `Z` are capital letters.
enum RFC3339Text {
  enum Fraction {
    /// Any number of digits, also none; those beyond nanoseconds are cut.
    case optional
    /// Six digits, no more and no less.
    case micro
  }

  static func parse(
    _ bytes: UnsafeBufferPointer<UInt8>, fraction: Fraction
  ) throws(TimeError) -> (seconds: Int64, nanoseconds: Int32) {
    var reader = Reader(bytes: bytes)
    let year = try reader.digits(4)
    try reader.expect("-")
    let month = try reader.digits(2)
    try reader.expect("-")
    let day = try reader.digits(2)
    try reader.expect("T")
    let hour = try reader.hour()
    try reader.expect(":")
    let minute = try reader.digits(2)
    try reader.expect(":")
    let second = try reader.digits(2)
    guard month &- 1 < 12, month > 0 else { throw .outOfRange("month out of range") }
    guard hour < 24 else { throw .outOfRange("hour out of range") }
    guard minute < 60 else { throw .outOfRange("minute out of range") }
    guard second < 60 else { throw .outOfRange("second out of range") }
    let nanoseconds = try reader.fraction(fraction)
    let offset = try reader.offset()
    guard reader.isAtEnd else { throw .malformed("extra text after the time") }
    guard day > 0, day <= 28 || day <= CivilDate.daysIn(month: month, year: year) else {
      throw .outOfRange("day out of range")
    }
    let days = CivilDate(year: year, month: month, day: day).daysSinceEpoch
    return (days &* 86_400 &+ hour &* 3_600 &+ minute &* 60 &+ second &- offset, nanoseconds)
  }

  /// Appends the time in UTC.
  ///
  /// - Parameter microseconds: written with six digits; nil writes no fraction.
  static func append(seconds: Int64, microseconds: Int32?, to bytes: inout [UInt8]) {
    let (days, secondOfDay) = CivilDate.floorDivide(seconds, 86_400)
    let date = CivilDate(daysSinceEpoch: days)
    guard (0...9_999).contains(date.year) else {
      return appendFarYear(date.year, tail: date, secondOfDay, microseconds, to: &bytes)
    }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 27) { text in
      var writer = Writer(text: text)
      writer.pair(date.year / 100)
      writer.pair(date.year % 100)
      writer.rest(date, secondOfDay, microseconds)
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[..<writer.count]))
    }
  }

  /// Years that an offset pushed out of four digits.
  private static func appendFarYear(
    _ year: Int64, tail date: CivilDate, _ secondOfDay: Int64, _ microseconds: Int32?, to bytes: inout [UInt8]
  ) {
    let digits = String(year.magnitude)
    bytes.append(
      contentsOf: "\(year < 0 ? "-" : "")\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)".utf8)
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 27) { text in
      var writer = Writer(text: text)
      writer.rest(date, secondOfDay, microseconds)
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[..<writer.count]))
    }
  }
}

private struct Reader {
  let bytes: UnsafeBufferPointer<UInt8>
  var position = 0

  init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: scalar) else { return false }
    position &+= 1
    return true
  }

  mutating func expect(_ scalar: Unicode.Scalar) throws(TimeError) {
    guard skip(scalar) else { throw .malformed("expected '\(scalar)' at byte \(position)") }
  }

  func digit(at place: Int) -> Int64? {
    guard place < bytes.count, bytes[place] &- 0x30 < 10 else { return nil }
    return Int64(bytes[place] &- 0x30)
  }

  mutating func digits(_ count: Int) throws(TimeError) -> Int64 {
    var value: Int64 = 0
    for _ in 0..<count {
      guard let digit = digit(at: position) else { throw .malformed("expected a digit at byte \(position)") }
      value = value &* 10 &+ digit
      position &+= 1
    }
    return value
  }

  mutating func hour() throws(TimeError) -> Int64 {
    try digits(digit(at: position &+ 1) == nil ? 1 : 2)
  }

  private var isAtPoint: Bool {
    position < bytes.count && (bytes[position] == UInt8(ascii: ".") || bytes[position] == UInt8(ascii: ","))
  }

  mutating func fraction(_ fraction: RFC3339Text.Fraction) throws(TimeError) -> Int32 {
    if fraction == .micro {
      guard isAtPoint else { throw .malformed("expected six digits of a fraction at byte \(position)") }
      position &+= 1
      return Int32(truncatingIfNeeded: try digits(6) &* 1_000)
    }
    guard isAtPoint, digit(at: position &+ 1) != nil else { return 0 }
    position &+= 1
    var value: Int64 = 0
    var scale: Int64 = 100_000_000
    while let digit = digit(at: position) {
      value &+= digit &* scale
      scale /= 10
      position &+= 1
    }
    return Int32(truncatingIfNeeded: value)
  }

  /// Seconds east of Greenwich.
  mutating func offset() throws(TimeError) -> Int64 {
    if skip("Z") { return 0 }
    let sign: Int64
    if skip("+") {
      sign = 1
    } else if skip("-") {
      sign = -1
    } else {
      throw .malformed("expected 'Z' or an offset at byte \(position)")
    }
    let hours = try digits(2)
    try expect(":")
    let minutes = try digits(2)
    guard hours <= 24, minutes <= 60 else { throw .outOfRange("time zone offset out of range") }
    return sign &* (hours &* 3_600 &+ minutes &* 60)
  }
}

/// Writes two digits at a time into a buffer that is long enough for the longest form.
private struct Writer {
  let text: UnsafeMutableBufferPointer<UInt8>
  var count = 0

  init(text: UnsafeMutableBufferPointer<UInt8>) { self.text = text }

  mutating func byte(_ byte: UInt8) {
    text[count] = byte
    count &+= 1
  }

  mutating func pair(_ value: Int64) {
    byte(0x30 &+ UInt8(truncatingIfNeeded: value / 10))
    byte(0x30 &+ UInt8(truncatingIfNeeded: value % 10))
  }

  /// `-11-23T01:02:03.000004Z`, 23 bytes at most.
  mutating func rest(_ date: CivilDate, _ secondOfDay: Int64, _ microseconds: Int32?) {
    byte(UInt8(ascii: "-"))
    pair(date.month)
    byte(UInt8(ascii: "-"))
    pair(date.day)
    byte(UInt8(ascii: "T"))
    pair(secondOfDay / 3_600)
    byte(UInt8(ascii: ":"))
    pair(secondOfDay / 60 % 60)
    byte(UInt8(ascii: ":"))
    pair(secondOfDay % 60)
    if let microseconds {
      byte(UInt8(ascii: "."))
      pair(Int64(microseconds / 10_000))
      pair(Int64(microseconds / 100 % 100))
      pair(Int64(microseconds % 100))
    }
    byte(UInt8(ascii: "Z"))
  }
}
