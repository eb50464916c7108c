#if Networking
import EdgeJSON
import EdgePrimitives
import EdgeProtobuf

/// Turns answers from protobuf into JSON, as etcd's gateway writes it: numbers of 64 bits as strings, bytes in Base64, names as
/// in etcd's definitions, fields with default values left out. It goes by the order on the wire, which is that of the fields.
struct GatewayWriter {
  private var output: [UInt8] = []

  /// - Throws: ``ProtobufError`` for bytes that are not of that message.
  static func json(
    _ bytes: UnsafeBufferPointer<UInt8>, _ message: GatewayMessage
  ) throws(ProtobufError) -> [UInt8] {
    var writer = GatewayWriter()
    writer.output.reserveCapacity(bytes.count * 2)
    var cursor = ProtobufCursor(bytes)
    try writer.write(message, &cursor)
    return writer.output
  }

  private mutating func write(_ message: GatewayMessage, _ cursor: inout ProtobufCursor) throws(ProtobufError) {
    output.append(UInt8(ascii: "{"))
    var isFirst = true
    var list: Int?
    while !cursor.isAtEnd {
      let (number, wire) = try cursor.readTag()
      guard let field = message.field(numbered: number) else {
        try cursor.skip(wire)
        continue
      }
      if list == number {
        output.append(UInt8(ascii: ","))
      } else {
        if list != nil { output.append(UInt8(ascii: "]")) }
        list = nil
        if !isFirst { output.append(UInt8(ascii: ",")) }
        isFirst = false
        output.append(UInt8(ascii: "\""))
        output.append(contentsOf: field.name.utf8)
        output.append(contentsOf: "\":".utf8)
        if field.isRepeated {
          output.append(UInt8(ascii: "["))
          list = number
        }
      }
      try write(field, wire, &cursor)
    }
    if list != nil { output.append(UInt8(ascii: "]")) }
    output.append(UInt8(ascii: "}"))
  }

  private mutating func write(
    _ field: GatewayMessage.Field, _ wire: WireType, _ cursor: inout ProtobufCursor
  ) throws(ProtobufError) {
    switch field.type {
    case .message(let message):
      let outer = try cursor.enter(wire)
      try write(message(), &cursor)
      cursor.leave(outer)
    case .bytes:
      let range = try cursor.readDelimited(wire)
      output.append(UInt8(ascii: "\""))
      output.append(contentsOf: Base64.encode(cursor.bytes[range]).utf8)
      output.append(UInt8(ascii: "\""))
    case .string: JSONWriter.append(string: try cursor.readString(wire), to: &output)
    case .bool: output.append(contentsOf: (try cursor.readBool(wire) ? "true" : "false").utf8)
    case .int64: quoted(try cursor.readInt64(wire))
    case .uint64: quoted(try cursor.readInteger(wire))
    case .int32: output.append(contentsOf: String(try cursor.readInt32(wire)).utf8)
    case .uint32: output.append(contentsOf: String(UInt32(truncatingIfNeeded: try cursor.readInteger(wire))).utf8)
    case .enumeration(let names):
      let value = Int(try cursor.readInt32(wire))
      if names.indices.contains(value) {
        JSONWriter.append(string: names[value], to: &output)
      } else {
        output.append(contentsOf: String(value).utf8)
      }
    }
  }

  private mutating func quoted(_ value: some BinaryInteger) {
    output.append(UInt8(ascii: "\""))
    output.append(contentsOf: String(value).utf8)
    output.append(UInt8(ascii: "\""))
  }
}
#endif
