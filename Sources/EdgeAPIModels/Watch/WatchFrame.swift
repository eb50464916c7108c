import EdgeJSON
import EdgeProtobuf

/// One event of a watch as it stands on the wire: what happened, and the object, still encoded.
///
/// In JSON a frame is a line, `{"type":"ADDED","object":{...}}`. In protobuf it is a length of four bytes (big-endian) and
/// the message `WatchEvent`, whose object stands in Kubernetes' envelope. Source: `k8s.io/apimachinery` streaming
/// serializers.
public struct WatchFrame: Hashable, Sendable {
  public enum Encoding: Hashable, Sendable, CaseIterable {
    case json
    case protobuf

    /// What a client asks for and a server answers with.
    public var mediaType: String {
      switch self {
      case .json: "application/json"
      case .protobuf: "application/vnd.kubernetes.protobuf"
      }
    }
  }

  /// `ADDED`, `MODIFIED`, `DELETED`, `BOOKMARK`, `ERROR`; others pass.
  public var type: String
  /// A JSON text, or an object in its protobuf envelope.
  public var object: [UInt8]

  public init(type: String, object: [UInt8]) {
    self.type = type
    self.object = object
  }

  /// Reads one frame without its length or line feed.
  ///
  /// - Throws: ``ObjectError`` for bytes that are no event.
  public init(parsing payload: [UInt8], as encoding: Encoding) throws(ObjectError) {
    switch encoding {
    case .json: try self.init(json: payload)
    case .protobuf: try self.init(protobuf: payload)
    }
  }

  /// The whole frame.
  ///
  /// The object must be of the same encoding; it is put in as it is.
  public func encoded(as encoding: Encoding) -> [UInt8] {
    switch encoding {
    case .json:
      var bytes: [UInt8] = []
      bytes.reserveCapacity(object.count + type.utf8.count + 24)
      JSONWriter.append(raw: "{\"type\":", to: &bytes)
      JSONWriter.append(string: type, escaping: .go, to: &bytes)
      JSONWriter.append(raw: ",\"object\":", to: &bytes)
      // Outside of strings, which have none, a line feed is white space; here it would end the frame.
      if object.contains(0x0A) {
        bytes.append(contentsOf: object.lazy.map { $0 == 0x0A ? 0x20 : $0 })
      } else {
        bytes.append(contentsOf: object)
      }
      JSONWriter.append(raw: "}\n", to: &bytes)
      return bytes
    case .protobuf:
      var extensionBytes: [UInt8] = []
      ProtobufBytes.appendField(1, object, to: &extensionBytes)
      var message: [UInt8] = []
      ProtobufBytes.appendField(1, type.utf8, to: &message)
      ProtobufBytes.appendField(2, extensionBytes, to: &message)
      let length = UInt32(truncatingIfNeeded: message.count).bigEndian
      return withUnsafeBytes(of: length) { Array($0) } + message
    }
  }

  private init(json payload: [UInt8]) throws(ObjectError) {
    var type: String?
    var object: Range<Int>?
    do throws(JSONError) {
      var scanner = JSONScanner(payload)
      try scanner.scanObject { key, scanner throws(JSONError) in
        if scanner.body(key, is: "type") {
          type = try scanner.readString()
        } else if scanner.body(key, is: "object") {
          object = try scanner.skipValue()
        } else {
          try scanner.skipValue()
        }
      }
      try scanner.finish()
    } catch {
      throw ObjectError(code: .malformed, message: "invalid watch event: \(error)", cause: error)
    }
    guard let type, let object else {
      throw ObjectError(
        code: .missingField, field: type == nil ? "type" : "object", message: "a watch event has a type and an object")
    }
    self.init(type: type, object: Array(payload[object]))
  }

  private init(protobuf payload: [UInt8]) throws(ObjectError) {
    do throws(ProtobufError) {
      self = try payload.withUnsafeBufferPointer { buffer throws(ProtobufError) in
        var cursor = ProtobufCursor(buffer)
        var frame = WatchFrame(type: "", object: [])
        while !cursor.isAtEnd {
          let (number, wire) = try cursor.readTag()
          switch number {
          case 1: frame.type = try cursor.readString(wire)
          case 2:
            let outer = try cursor.enter(wire)
            while !cursor.isAtEnd {
              let (number, wire) = try cursor.readTag()
              if number == 1 { frame.object = try cursor.readBytes(wire) } else { try cursor.skip(wire) }
            }
            cursor.leave(outer)
          default: try cursor.skip(wire)
          }
        }
        return frame
      }
    } catch {
      throw ObjectError(code: .malformed, message: "invalid watch event: \(error)", cause: error)
    }
    if type.isEmpty { throw ObjectError(code: .missingField, field: "type", message: "a watch event has a type") }
  }
}
