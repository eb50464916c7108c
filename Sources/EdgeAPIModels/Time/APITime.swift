import EdgeJSON
import EdgePrimitives

/// What ``MetaTime`` and ``MicroTime`` have in common: an instant with a text of its own.
public protocol APITime: Hashable, Comparable, Sendable, CustomStringConvertible, Codable {
  var seconds: Int64 { get }
  var nanoseconds: Int32 { get }
  init(seconds: Int64, nanoseconds: Int32)
  init(parsing bytes: UnsafeBufferPointer<UInt8>) throws(TimeError)
  func append(to bytes: inout [UInt8])
}

extension MetaTime: APITime {}
extension MicroTime: APITime {}

extension APITime {
  public init(parsing text: String) throws(TimeError) {
    var text = text
    let result = text.withUTF8 { bytes -> Result<Self, TimeError> in
      do throws(TimeError) { return .success(try Self(parsing: bytes)) } catch { return .failure(error) }
    }
    self = try result.get()
  }

  /// The same instant, for arithmetic; at the ends of its range, the years 1678 to 2261, it saturates.
  public var timestamp: Timestamp {
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, second) = scaled.addingReportingOverflow(Int64(nanoseconds))
    return Timestamp(nanosecondsSinceEpoch: overflow || second ? (seconds < 0 ? .min : .max) : sum)
  }

  private var isZeroTime: Bool { seconds == MetaTime.zero.seconds && nanoseconds == 0 }
  private static var zeroTime: Self { Self(seconds: MetaTime.zero.seconds, nanoseconds: 0) }

  /// Appends the JSON value: a string, or null for the zero time.
  public func appendJSON(to bytes: inout [UInt8]) {
    if isZeroTime { return JSONWriter.append(raw: "null", to: &bytes) }
    bytes.append(JSONByte.quote)
    append(to: &bytes)
    bytes.append(JSONByte.quote)
  }

  public init(json: JSONValue) throws(TimeError) {
    switch json {
    case .null: self = Self.zeroTime
    case .string(let text): try self.init(parsing: text)
    default: throw .type
    }
  }

  public var json: JSONValue { isZeroTime ? .null : .string(description) }

  public var description: String {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  public static func < (left: Self, right: Self) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = Self.zeroTime
      return
    }
    do {
      try self.init(parsing: try container.decode(String.self))
    } catch let error as TimeError {
      throw DecodingError.dataCorrupted(
        .init(codingPath: container.codingPath, debugDescription: error.message, underlyingError: error))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if isZeroTime { try container.encodeNil() } else { try container.encode(description) }
  }
}
