import EdgeJSON

/// A member whose content is the business of somebody else: `runtime.RawExtension`, `metav1.FieldsV1`.
///
/// The bytes are kept as they came and not looked at. From JSON they are one JSON value; an object that came in protobuf
/// may hold another encoding.
public struct RawJSON: Sendable, Hashable {
  public let bytes: [UInt8]

  public init(bytes: [UInt8]) { self.bytes = bytes }
  public init(_ value: JSONValue) { bytes = value.serialized() }

  /// - Throws: ``JSONError`` when the bytes are not JSON.
  public func value() throws(JSONError) -> JSONValue { try JSONValue(parsing: bytes) }

  /// Whether this is a protobuf object in Kubernetes' envelope.
  public var isProtobuf: Bool { ProtobufEnvelope.hasMagic(bytes) }
}
