import EdgeJSON
import EdgePrimitives

/// The content of a message: one JSON value as bytes, never parsed or rewritten on the way.
public struct MessageContent: Hashable, Sendable {
  /// The JSON text, as it stands on the wire.
  public let bytes: [UInt8]

  /// Takes JSON that is known to be valid: the output of an encoder, or what a decoder has checked. Invalid bytes
  /// would make an invalid message; use ``init(validating:limits:)`` for bytes of unknown origin.
  public init(json: [UInt8]) { bytes = json }

  /// Takes bytes that must be exactly one JSON value.
  public init(validating json: [UInt8], limits: MessageLimits = .default) throws(MessageError) {
    do throws(JSONError) {
      var scanner = JSONScanner(json, limits: limits.json)
      bytes = Array(json[try scanner.skipValue()])
      try scanner.finish()
    } catch {
      throw MessageError(error, start: 0)
    }
  }

  /// A JSON string, with the escapes that Go writes.
  public init(text: String) {
    var encoded: [UInt8] = []
    encoded.reserveCapacity(text.utf8.count + 2)
    JSONWriter.append(string: text, escaping: .go, to: &encoded)
    bytes = encoded
  }

  /// Bytes as Go puts a `[]byte` into a message: a string of padded base64.
  public init(base64 data: some Sequence<UInt8>) {
    bytes = [JSONByte.quote] + Array(Base64.encode(data).utf8) + [JSONByte.quote]
  }

  public init(_ value: JSONValue) { bytes = value.serialized(.go) }

  /// `null`: what Go writes for no content.
  public static let null = MessageContent(json: Array("null".utf8))
  /// The content of an acknowledgement.
  public static let ok = MessageContent(text: "OK")

  public var isNull: Bool { bytes == Self.null.bytes }

  /// The text when the content is a JSON string; nil otherwise.
  public var stringValue: String? {
    guard bytes.first == JSONByte.quote else { return nil }
    var scanner = JSONScanner(bytes)
    return try? scanner.readString()
  }

  /// The bytes when the content is a string of base64, as a Go `[]byte` is written; nil otherwise. Whether such a string
  /// means bytes or itself only the resource tells.
  public var base64Value: [UInt8]? { stringValue.flatMap { Base64.decode($0) } }

  /// What a KubeEdge receiver works on (Go's `GetContentData`): a string's own bytes, else the JSON text. Producers
  /// put patches and device payloads as strings that hold JSON.
  public var payload: [UInt8] { stringValue.map { Array($0.utf8) } ?? bytes }

  /// The content parsed, for whoever it was meant for.
  public func value(limits: MessageLimits = .default) throws(JSONError) -> JSONValue {
    try JSONValue(parsing: bytes, limits: limits.json)
  }
}
