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

/// The bytes of a ``RawJSON`` in a record. Two are equal when their bytes are.
struct RawText: Sendable, Hashable {
  let bytes: [UInt8]
  private let isChecked: Bool

  /// - Parameter bytes: one JSON value, as a reader of JSON has found it.
  init(json bytes: [UInt8]) {
    self.bytes = bytes
    isChecked = true
  }

  /// - Parameter bytes: from protobuf or a program: whatever they are. They are looked at when JSON is written of them.
  init(foreign bytes: [UInt8]) {
    self.bytes = bytes
    isChecked = false
  }

  /// Messages and texts together must stay below the depth that readers of JSON take, see
  /// ``ProtobufCursor/maximumDepth``.
  static let limits = JSONLimits(maximumDepth: 100)

  var isJSON: Bool {
    if isChecked { return true }
    // Most of what is not JSON is an object in its envelope, whose first byte tells.
    guard let first = bytes.first, first != ProtobufEnvelope.magic[0] else { return false }
    var scanner = JSONScanner(bytes, limits: Self.limits)
    do throws(JSONError) {
      try scanner.skipValue()
      try scanner.finish()
      return true
    } catch {
      return false
    }
  }

  static func == (left: RawText, right: RawText) -> Bool { left.bytes == right.bytes }
  func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
