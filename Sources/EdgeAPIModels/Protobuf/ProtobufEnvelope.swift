import EdgeProtobuf

/// Kubernetes' envelope around an object in protobuf: the bytes `k8s\0`, then the object's type and its message
/// (`runtime.Unknown`).
///
/// Holds any kind, also one that nobody here knows: its message is kept as it came.
public struct ProtobufEnvelope: Hashable, Sendable {
  public var apiVersion: String
  public var kind: String
  /// The object's message, or another encoding that ``contentType`` names.
  public var raw: [UInt8]
  public var contentEncoding: String
  public var contentType: String

  static let magic: [UInt8] = [0x6B, 0x38, 0x73, 0]

  public init(
    apiVersion: String, kind: String, raw: [UInt8], contentEncoding: String = "", contentType: String = ""
  ) {
    self.apiVersion = apiVersion
    self.kind = kind
    self.raw = raw
    self.contentEncoding = contentEncoding
    self.contentType = contentType
  }

  public static func hasMagic(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: magic) }

  /// nil when `apiVersion` or `kind` is none.
  public var gvk: GroupVersionKind? { GroupVersionKind(apiVersion: apiVersion, kind: kind) }

  /// - Throws: ``ProtobufError``, with ``ProtobufError/Code/noEnvelope`` for bytes that do not begin with the magic.
  public init(parsing bytes: [UInt8]) throws(ProtobufError) {
    guard Self.hasMagic(bytes) else {
      throw ProtobufError(code: .noEnvelope, message: "the bytes do not begin with \"k8s\\0\"", offset: 0)
    }
    self = try bytes.withUnsafeBufferPointer { buffer throws(ProtobufError) in
      let (envelope, raw) = try Self.read(buffer)
      var whole = envelope
      whole.raw = Array(buffer[raw])
      return whole
    }
  }

  /// The envelope without the message, and where the message is.
  static func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(ProtobufError) -> (ProtobufEnvelope, Range<Int>) {
    var cursor = ProtobufCursor(bytes)
    cursor.position = magic.count
    var envelope = ProtobufEnvelope(apiVersion: "", kind: "", raw: [])
    var raw = 0..<0
    while !cursor.isAtEnd {
      let (number, wire) = try cursor.readTag()
      switch number {
      case 1:
        let outer = try cursor.enter(wire)
        while !cursor.isAtEnd {
          let (number, wire) = try cursor.readTag()
          switch number {
          case 1: envelope.apiVersion = try cursor.readString(wire)
          case 2: envelope.kind = try cursor.readString(wire)
          default: try cursor.skip(wire)
          }
        }
        cursor.leave(outer)
      case 2: raw = try cursor.readDelimited(wire)
      case 3: envelope.contentEncoding = try cursor.readString(wire)
      case 4: envelope.contentType = try cursor.readString(wire)
      default: try cursor.skip(wire)
      }
    }
    return (envelope, raw)
  }

  public func encoded() -> [UInt8] {
    var bytes = Self.magic
    var type: [UInt8] = []
    ProtobufBytes.appendField(1, apiVersion.utf8, to: &type)
    ProtobufBytes.appendField(2, kind.utf8, to: &type)
    ProtobufBytes.appendField(1, type, to: &bytes)
    ProtobufBytes.appendField(2, raw, to: &bytes)
    ProtobufBytes.appendField(3, contentEncoding.utf8, to: &bytes)
    ProtobufBytes.appendField(4, contentType.utf8, to: &bytes)
    return bytes
  }
}

/// Appends protobuf to a byte array; for what is not on the hot path.
enum ProtobufBytes {
  static func appendVarint(_ value: UInt64, to bytes: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  static func appendField(_ number: Int, _ payload: some Collection<UInt8>, to bytes: inout [UInt8]) {
    appendVarint(UInt64(number) << 3 | WireType.lengthDelimited.rawValue, to: &bytes)
    appendVarint(UInt64(payload.count), to: &bytes)
    bytes.append(contentsOf: payload)
  }
}
