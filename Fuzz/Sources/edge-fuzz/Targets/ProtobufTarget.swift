import EdgeJSON

@testable import EdgeAPIModels

/// What is read is written, and read again it is written as the same bytes. Its JSON is JSON and comes back as it is.
func fuzzProtobuf(_ bytes: [UInt8]) {
  if let envelope = try? ProtobufEnvelope(parsing: bytes) {
    require((try? ProtobufEnvelope(parsing: envelope.encoded())) == envelope, "another envelope")
  }
  guard let object = try? SchemaObject(protobuf: bytes) else { return }
  let message = object.protobufEncoded()
  do {
    let again = try SchemaObject(protobuf: message)
    require(again.protobufEncoded() == message, "\(message) is written as \(again.protobufEncoded())")
  } catch {
    fatalError("\(message) is not read again: \(error)")
  }
  requireStableJSON(of: object)
}

/// The JSON of an object is JSON, read again it is written as the same text.
func requireStableJSON(of object: SchemaObject) {
  let text = object.jsonEncoded()
  do throws(JSONError) {
    _ = try JSONValue(parsing: text)
  } catch {
    // What is kept as text is not searched for keys that come twice.
    require(error.code == .duplicateKey, "\(String(decoding: text, as: UTF8.self)): \(error)")
  }
  do {
    let again = try SchemaObject(json: text)
    require(
      again.jsonEncoded() == text,
      "\(String(decoding: text, as: UTF8.self)) is written as \(String(decoding: again.jsonEncoded(), as: UTF8.self))")
  } catch {
    fatalError("\(String(decoding: text, as: UTF8.self)) is not read again: \(error)")
  }
}
