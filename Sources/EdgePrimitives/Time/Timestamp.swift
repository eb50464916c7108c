/// A point in wall-clock time with nanosecond resolution, good for the years 1678 to 2261.
///
/// It prints and parses the forms that Kubernetes writes: RFC 3339 in UTC with seconds (`Time`), microseconds
/// (`MicroTime`) or as many digits as needed. Pure arithmetic: no Foundation, no time zone tables.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Nanoseconds since 1970-01-01T00:00:00Z.
  public let nanosecondsSinceEpoch: Int64

  public init(nanosecondsSinceEpoch: Int64) { self.nanosecondsSinceEpoch = nanosecondsSinceEpoch }
  /// Saturates at the ends of the representable range.
  public init(millisecondsSinceEpoch: Int64) {
    let (value, overflow) = millisecondsSinceEpoch.multipliedReportingOverflow(by: 1_000_000)
    nanosecondsSinceEpoch = overflow ? (millisecondsSinceEpoch < 0 ? .min : .max) : value
  }

  /// Milliseconds since the epoch, rounded towards the past; KubeEdge's unit.
  public var millisecondsSinceEpoch: Int64 { CivilDate.floorDivide(nanosecondsSinceEpoch, 1_000_000).quotient }

  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.nanosecondsSinceEpoch < right.nanosecondsSinceEpoch
  }

  /// Saturates at the ends of the representable range.
  public static func + (left: Timestamp, right: Duration) -> Timestamp {
    let (seconds, attoseconds) = right.components
    let (scaled, first) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (delta, second) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
    let (sum, third) = left.nanosecondsSinceEpoch.addingReportingOverflow(delta)
    if first || second || third { return Timestamp(nanosecondsSinceEpoch: right < .zero ? .min : .max) }
    return Timestamp(nanosecondsSinceEpoch: sum)
  }

  /// The time from `right` to `left`; negative when `left` is earlier.
  public static func - (left: Timestamp, right: Timestamp) -> Duration {
    .nanoseconds(left.nanosecondsSinceEpoch) - .nanoseconds(right.nanosecondsSinceEpoch)
  }

  /// `2026-11-23T01:02:03Z`, as metav1.Time is written.
  public var rfc3339: String { formatted(fractionDigits: 0) }
  /// `2026-11-23T01:02:03.000004Z`, as metav1.MicroTime is written.
  public var rfc3339Micro: String { formatted(fractionDigits: 6) }
  public var description: String { formatted(fractionDigits: 3) }

  private func formatted(fractionDigits: Int) -> String {
    let (secondsSinceEpoch, nanoseconds) = CivilDate.floorDivide(nanosecondsSinceEpoch, 1_000_000_000)
    let (days, secondOfDay) = CivilDate.floorDivide(secondsSinceEpoch, 86_400)
    let date = CivilDate(daysSinceEpoch: days)
    func padded(_ value: Int64, _ width: Int) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
    var text = "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T"
    text += "\(padded(secondOfDay / 3600, 2)):\(padded(secondOfDay / 60 % 60, 2)):\(padded(secondOfDay % 60, 2))"
    if fractionDigits > 0 { text += "." + padded(nanoseconds, 9).prefix(fractionDigits) }
    return text + "Z"
  }
}

extension Timestamp {
  /// Parses RFC 3339 with any number of fraction digits (those beyond nanoseconds are cut) and any numeric offset.
  /// Returns nil for anything else, including impossible dates.
  public init?(rfc3339 text: String) {
    var scanner = DigitScanner(bytes: Array(text.utf8))
    guard let year = scanner.number(width: 4), scanner.skip("-"), let month = scanner.number(width: 2),
      scanner.skip("-"), let day = scanner.number(width: 2), scanner.skip("T") || scanner.skip("t"),
      let hour = scanner.number(width: 2), scanner.skip(":"), let minute = scanner.number(width: 2),
      scanner.skip(":"), let second = scanner.number(width: 2)
    else { return nil }
    guard (1...12).contains(month), day >= 1, day <= CivilDate.daysIn(month: month, year: year), hour < 24, minute < 60,
      second < 60, (1678...2261).contains(year)
    else { return nil }
    var nanoseconds: Int64 = 0
    if scanner.skip(".") {
      guard let fraction = scanner.fraction() else { return nil }
      nanoseconds = fraction
    }
    var offset: Int64 = 0
    if !(scanner.skip("Z") || scanner.skip("z")) {
      let sign: Int64
      if scanner.skip("+") { sign = 1 } else if scanner.skip("-") { sign = -1 } else { return nil }
      guard let hours = scanner.number(width: 2), scanner.skip(":"), let minutes = scanner.number(width: 2),
        hours < 24, minutes < 60
      else { return nil }
      offset = sign * (hours * 3600 + minutes * 60)
    }
    guard scanner.isAtEnd else { return nil }
    let days = CivilDate(year: year, month: month, day: day).daysSinceEpoch
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
    self.init(nanosecondsSinceEpoch: seconds * 1_000_000_000 + nanoseconds)
  }
}

private struct DigitScanner {
  let bytes: [UInt8]
  var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard position < bytes.count, UInt32(bytes[position]) == character.value else { return false }
    position += 1
    return true
  }

  mutating func digit() -> Int64? {
    guard position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) else { return nil }
    position += 1
    return Int64(bytes[position - 1] - UInt8(ascii: "0"))
  }

  mutating func number(width: Int) -> Int64? {
    var value: Int64 = 0
    for _ in 0..<width {
      guard let digit = digit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  mutating func fraction() -> Int64? {
    var value: Int64 = 0
    var scale: Int64 = 100_000_000
    guard let first = digit() else { return nil }
    value = first * scale
    while let next = digit() {
      scale /= 10
      value += next * scale
    }
    return value
  }
}
