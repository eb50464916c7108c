/// How a protobuf field is laid out on the wire. Groups, which neither Kubernetes nor etcd ever had, are not read.
@frozen
public enum WireType: UInt64, Hashable, Sendable {
  case varint = 0
  case fixed64 = 1
  case lengthDelimited = 2
  case fixed32 = 5
}

/// Why bytes are not the protobuf that was asked for.
public struct ProtobufError: Error, Hashable, Sendable, CustomStringConvertible {
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }

    /// A message or a number ends before it is complete, or is longer than what it lies in.
    public static let truncated = Code(rawValue: "truncated")
    /// A tag that no field can have.
    public static let invalidTag = Code(rawValue: "invalidTag")
    /// A field that is laid out in another way than its type.
    public static let wireType = Code(rawValue: "wireType")
    /// A string that is not UTF-8, or a value that is not of its type.
    public static let invalidValue = Code(rawValue: "invalidValue")
    public static let depthExceeded = Code(rawValue: "depthExceeded")
  }

  public let code: Code
  public let message: String
  /// Bytes from the beginning.
  public let offset: Int

  public init(code: Code, message: String, offset: Int) {
    self.code = code
    self.message = message
    self.offset = offset
  }

  public var description: String { "offset \(offset): \(message)" }
}
