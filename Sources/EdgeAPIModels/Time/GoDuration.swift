import EdgeJSON

/// A duration as Go's `time.Duration` and `metav1.Duration` are: 64 bits of nanoseconds (about 292 years), written `1h30m0s`.
public struct GoDuration: Hashable, Comparable, Sendable {
  public var nanoseconds: Int64

  public static let zero = GoDuration(nanoseconds: 0)

  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Saturates; fractions of a nanosecond are cut.
  public init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    let (scaled, first) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, second) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
    nanoseconds = first || second ? (seconds < 0 ? .min : .max) : sum
  }

  public var duration: Duration { .nanoseconds(nanoseconds) }

  public static func < (left: GoDuration, right: GoDuration) -> Bool { left.nanoseconds < right.nanoseconds }

  /// - Throws: ``TimeError`` also for null, which `metav1.Duration` reads as an empty text.
  public init(json: JSONValue) throws(TimeError) {
    switch json {
    case .null: try self.init(parsing: "")
    case .string(let text): try self.init(parsing: text)
    default: throw .type
    }
  }

  public var json: JSONValue { .string(description) }
}

extension GoDuration: CustomStringConvertible {
  public var description: String {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends `1h30m0.5s`, `100ms`, `1µs`, `0s`: hours, minutes and seconds from one second on, one unit below.
  public func append(to bytes: inout [UInt8]) {
    if nanoseconds < 0 { bytes.append(UInt8(ascii: "-")) }
    let total = nanoseconds.magnitude
    switch total {
    case 0: bytes.append(contentsOf: "0s".utf8)
    case ..<1_000: Self.append(total, fractionDigits: 0, "ns", to: &bytes)
    case ..<1_000_000: Self.append(total, fractionDigits: 3, "µs", to: &bytes)
    case ..<1_000_000_000: Self.append(total, fractionDigits: 6, "ms", to: &bytes)
    default:
      let (minutes, rest) = total.quotientAndRemainder(dividingBy: 60_000_000_000)
      if minutes >= 60 { Self.append(minutes / 60, fractionDigits: 0, "h", to: &bytes) }
      if minutes > 0 { Self.append(minutes % 60, fractionDigits: 0, "m", to: &bytes) }
      Self.append(rest, fractionDigits: 9, "s", to: &bytes)
    }
  }

  /// Without zeros at the end of the fraction.
  private static func append(_ value: UInt64, fractionDigits: Int, _ unit: String, to bytes: inout [UInt8]) {
    let (whole, fraction) = value.quotientAndRemainder(dividingBy: PowersOfTen.unsigned(fractionDigits))
    JSONWriter.append(integer: Int64(whole), to: &bytes)
    if fraction > 0 {
      bytes.append(UInt8(ascii: "."))
      var rest = fraction
      var scale = PowersOfTen.unsigned(fractionDigits) / 10
      while rest > 0 {
        bytes.append(0x30 + UInt8(rest / scale))
        rest %= scale
        scale /= 10
      }
    }
    bytes.append(contentsOf: unit.utf8)
  }
}

extension GoDuration: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do {
      try self.init(parsing: try container.decode(String.self))
    } catch let error as TimeError {
      throw DecodingError.dataCorrupted(
        .init(codingPath: container.codingPath, debugDescription: error.message, underlyingError: error))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
