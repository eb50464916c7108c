import EdgeJSON
import EdgePrimitives

/// A time as `metav1.Time` is: RFC 3339, written in UTC with whole seconds.
///
/// Go's zero time, 0001-01-01T00:00:00Z, stands for "not set": it is a value like any other here (``zero``) and is null in
/// JSON. Every year from 0000 to 9999 can be held, other than in a `Timestamp`.
public struct MetaTime: Hashable, Sendable {
  /// Since 1970-01-01T00:00:00Z.
  public let seconds: Int64
  /// 0 to 999,999,999; read, compared, but not written.
  public let nanoseconds: Int32

  public static let zero = MetaTime(seconds: -62_135_596_800)

  /// - Parameter nanoseconds: 0 to 999,999,999; other values are carried into the seconds.
  public init(seconds: Int64, nanoseconds: Int32 = 0) {
    let (carry, rest) = CivilDate.floorDivide(Int64(nanoseconds), 1_000_000_000)
    self.seconds = seconds &+ carry
    self.nanoseconds = Int32(rest)
  }

  public init(_ timestamp: Timestamp) {
    let (seconds, nanoseconds) = CivilDate.floorDivide(timestamp.nanosecondsSinceEpoch, 1_000_000_000)
    self.init(seconds: seconds, nanoseconds: Int32(nanoseconds))
  }

  /// Parses UTF-8 bytes without quotes.
  public init(parsing bytes: UnsafeBufferPointer<UInt8>) throws(TimeError) {
    let (seconds, nanoseconds) = try RFC3339Text.parse(bytes, fraction: .optional)
    self.init(seconds: seconds, nanoseconds: nanoseconds)
  }

  public var isZero: Bool { self == .zero }

  /// Whether the text can be read again: years from 0000 to 9999.
  var hasFourDigitYear: Bool { (-62_167_219_200...253_402_300_799).contains(seconds) }

  /// Appends `2026-11-23T01:02:03Z`, also for the zero time.
  public func append(to bytes: inout [UInt8]) {
    RFC3339Text.append(seconds: seconds, microseconds: nil, to: &bytes)
  }
}

/// A time as `metav1.MicroTime` is: RFC 3339 with exactly six digits of a fraction, in both directions. Null in JSON is the
/// zero time, see ``MetaTime``.
public struct MicroTime: Hashable, Sendable {
  /// Since 1970-01-01T00:00:00Z.
  public let seconds: Int64
  /// 0 to 999,999,999; microseconds of it are written.
  public let nanoseconds: Int32

  public static let zero = MicroTime(seconds: MetaTime.zero.seconds)

  /// - Parameter nanoseconds: 0 to 999,999,999; other values are carried into the seconds.
  public init(seconds: Int64, nanoseconds: Int32 = 0) {
    let (carry, rest) = CivilDate.floorDivide(Int64(nanoseconds), 1_000_000_000)
    self.seconds = seconds &+ carry
    self.nanoseconds = Int32(rest)
  }

  public init(_ timestamp: Timestamp) {
    let time = MetaTime(timestamp)
    self.init(seconds: time.seconds, nanoseconds: time.nanoseconds)
  }

  /// Parses UTF-8 bytes without quotes.
  public init(parsing bytes: UnsafeBufferPointer<UInt8>) throws(TimeError) {
    let (seconds, nanoseconds) = try RFC3339Text.parse(bytes, fraction: .micro)
    self.init(seconds: seconds, nanoseconds: nanoseconds)
  }

  public var isZero: Bool { self == .zero }

  /// Appends `2026-11-23T01:02:03.000004Z`, also for the zero time.
  public func append(to bytes: inout [UInt8]) {
    RFC3339Text.append(seconds: seconds, microseconds: nanoseconds / 1_000, to: &bytes)
  }
}
