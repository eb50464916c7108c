import EdgeJSON
import EdgePrimitives

@testable import EdgeAPIModels

/// An object that is read by its type says what the text says; only values that have several spellings are written in one.
func fuzzTypedJSON(_ bytes: [UInt8]) {
  guard let object = try? SchemaObject(json: bytes) else { return }
  requireStableJSON(of: object)
  requireStableProtobuf(of: object)
  let written = object.jsonEncoded()
  do throws(JSONError) {
    let plain = try JSONValue(parsing: bytes)
    let typed = try JSONValue(parsing: written)
    require(
      Spelling.agree(typed, plain, .object(object.schema.name)),
      "\(plain.text) is written as \(String(decoding: written, as: UTF8.self))")
  } catch {
    // What is kept as text is not searched for keys that come twice.
    require(error.code == .duplicateKey, "read by its type, but not otherwise: \(error)")
  }
}

/// Protobuf has no null, and some values it cannot tell from zero. What went through it once does not change any more.
private func requireStableProtobuf(of object: SchemaObject) {
  guard let first = try? SchemaObject(protobuf: object.protobufEncoded()) else { return }
  let message = first.protobufEncoded()
  do {
    let second = try SchemaObject(protobuf: message)
    require(second.protobufEncoded() == message, "\(message) is written as \(second.protobufEncoded())")
  } catch {
    fatalError("\(message) is not read again: \(error)")
  }
}

/// Which texts of JSON a type holds to be the same value.
private enum Spelling {
  static func agree(_ written: JSONValue, _ read: JSONValue, _ type: FieldType) -> Bool {
    if written == read { return true }
    switch type {
    case .time: return time(written) { try MetaTime(parsing: $0).description } == time(read) { try normal($0) }
    case .microTime: return time(written) { $0 } == time(read) { try MicroTime(parsing: $0).description }
    case .duration:
      guard let written = written.stringValue, let read = read.stringValue else { return false }
      return (try? GoDuration(parsing: written)) == (try? GoDuration(parsing: read))
    case .quantity: return quantity(written) == quantity(read)
    case .bytes:
      guard let written = written.stringValue, let read = read.stringValue else { return false }
      return Base64.decode(written) == Base64.decode(read)
    case .double: return written.doubleValue == read.doubleValue
    case .list(let element):
      guard let written = written.arrayValue, let read = read.arrayValue, written.count == read.count else {
        return false
      }
      return zip(written, read).allSatisfy { agree(element: $0, $1, element) }
    case .map(let element):
      guard let written = written.objectValue, let read = read.objectValue, written.count == read.count else {
        return false
      }
      return read.allSatisfy { key, value in written[key].map { agree(element: $0, value, element) } ?? false }
    case .strings: return agree(written, read, .list(.string))
    case .object(let name): return agreeObjects(written, read, name)
    case .string, .bool, .int32, .int64, .uint32, .intOrString, .raw, .fieldsV1, .json: return false
    }
  }

  /// Go reads a null in a list or map as the zero value.
  private static func agree(element written: JSONValue, _ read: JSONValue, _ type: FieldType) -> Bool {
    if agree(written, read, type) { return true }
    guard read.isNull else { return false }
    switch type {
    case .string: return written == ""
    case .quantity: return written == "0"
    case .object: return written == [:] || written.isNull
    default: return false
    }
  }

  private static func agreeObjects(_ written: JSONValue, _ read: JSONValue, _ name: String) -> Bool {
    guard let schema = TypeSchema(named: name) else { return false }
    if schema.layout.pointee.isUnion {
      return schema.fields.contains { agree(written, read, $0.type) }
    }
    guard let written = written.objectValue, let read = read.objectValue, written.count == read.count else {
      return false
    }
    return read.allSatisfy { key, value in
      guard let counterpart = written[key] else { return false }
      guard let field = schema.field(named: key) else { return counterpart == value }
      return agree(counterpart, value, field.type)
    }
  }

  private static func time(_ value: JSONValue, _ text: (String) throws -> String) -> String? {
    guard let found = value.stringValue else { return value.isNull ? "0001-01-01T00:00:00Z" : nil }
    guard let text = try? text(found) else { return nil }
    // The zero time is written as null.
    return text == "0001-01-01T00:00:00.000000Z" ? "0001-01-01T00:00:00Z" : text
  }

  private static func normal(_ text: String) throws -> String { try MetaTime(parsing: text).description }

  private static func quantity(_ value: JSONValue) -> Quantity? {
    switch value {
    case .string(let text):
      var text = text[...]
      while text.hasPrefix(" ") { text.removeFirst() }
      while text.hasSuffix(" ") { text.removeLast() }
      return try? Quantity(parsing: String(text))
    case .integer(let value): return Quantity(value)
    case .number(let number): return try? Quantity(parsing: number.literal)
    case .null: return Quantity()
    default: return nil
    }
  }
}
