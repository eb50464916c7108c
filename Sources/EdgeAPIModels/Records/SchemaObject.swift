import EdgeJSON

/// An object of any kind that the schema knows: the dynamic tier.
///
/// Reads and writes JSON and protobuf by the same rules as the typed models, and loses as little. For a kind that nobody
/// here knows there are ``UnstructuredObject`` (JSON) and ``ProtobufEnvelope``.
public struct SchemaObject: Sendable, Hashable {
  public let schema: TypeSchema
  var record: Record

  init(schema: TypeSchema, record: Record) {
    self.schema = schema
    self.record = record
  }

  /// Reads an object of the kind that it says.
  ///
  /// - Throws: ``ObjectError``; ``ObjectError/Code/unknownKind`` when the schema does not have the kind.
  public init(json bytes: [UInt8], limits: JSONLimits = .default) throws(ObjectError) {
    try self.init(json: bytes, as: try Self.schema(of: try TypeMeta(json: bytes, limits: limits)), limits: limits)
  }

  /// - Parameter schema: a kind's, which the object must be of, or a part's.
  public init(json bytes: [UInt8], as schema: TypeSchema, limits: JSONLimits = .default) throws(ObjectError) {
    let record = try bytes.withUnsafeBufferPointer { buffer throws(ObjectError) in
      try JSONRecordReader.read(buffer, as: schema.layout, limits: limits)
    }
    self.init(schema: schema, record: try Self.rooted(record, schema))
  }

  /// Reads an object in Kubernetes' envelope, of the kind that it says.
  public init(protobuf bytes: [UInt8]) throws(ObjectError) {
    try self.init(protobuf: bytes, expecting: nil)
  }

  init(protobuf bytes: [UInt8], expecting expected: TypeSchema?) throws(ObjectError) {
    self = try bytes.withUnsafeBufferPointer { buffer throws(ObjectError) in
      guard ProtobufEnvelope.hasMagic(buffer) else {
        throw ObjectError(code: .malformed, message: "the bytes do not begin with \"k8s\\0\"")
      }
      let envelope: ProtobufEnvelope
      let raw: Range<Int>
      do throws(ProtobufError) {
        (envelope, raw) = try ProtobufEnvelope.read(buffer)
      } catch {
        throw ObjectError(code: .malformed, message: "invalid protobuf: \(error)", cause: error)
      }
      let schema: TypeSchema
      if let expected {
        let gvk = expected.gvk
        guard envelope.apiVersion == gvk?.apiVersion, envelope.kind == gvk?.kind else {
          throw ObjectError(
            code: .unexpectedType, field: "kind",
            message: "expected \(expected.name), found kind \"\(envelope.kind)\" of \"\(envelope.apiVersion)\"")
        }
        schema = expected
      } else {
        schema = try Self.schema(of: TypeMeta(apiVersion: envelope.apiVersion, kind: envelope.kind))
      }
      let message = UnsafeBufferPointer(rebasing: buffer[raw])
      return SchemaObject(schema: schema, record: try ProtobufRecordReader.read(message, as: schema.layout))
    }
  }

  public init(_ object: UnstructuredObject) throws(ObjectError) { try self.init(json: object.serialized()) }

  /// The JSON text. Nothing that was read as JSON is lost: unknown members follow the known ones.
  public func jsonEncoded(escaping: JSONEscaping = .minimal) -> [UInt8] {
    JSONRecordWriter.write(record, as: schema.layout, statesType: true, escaping: escaping)
  }

  /// The protobuf message of a kind in Kubernetes' envelope, of a part as it is. What only JSON can say is left out; see
  /// ``membersWithoutProtobuf``.
  public func protobufEncoded() -> [UInt8] {
    ProtobufRecordWriter.write(record, as: schema.layout, inEnvelope: schema.gvk)
  }

  /// Paths of members that ``protobufEncoded()`` cannot say: unknown ones that came as JSON.
  public var membersWithoutProtobuf: [String] {
    var paths: [String] = []
    record.collectJSONOnly(schema.layout, "", into: &paths)
    return paths
  }

  public var unstructured: UnstructuredObject {
    get throws(ObjectError) { try UnstructuredObject(parsing: jsonEncoded()) }
  }

  /// A kind must say what it is; when it is written, it says so anyway.
  static func rooted(_ record: Record, _ schema: TypeSchema) throws(ObjectError) -> Record {
    guard schema.gvk != nil else { return record }
    var fields = record.unknownFields
    guard fields.statesVersion, fields.statesKind else {
      throw ObjectError(
        code: .missingField, field: fields.statesVersion ? "kind" : "apiVersion",
        message: "apiVersion and kind are required")
    }
    var rooted = record
    fields.statesVersion = false
    fields.statesKind = false
    rooted.unknownFields = fields
    return rooted
  }

  private static func schema(of type: TypeMeta) throws(ObjectError) -> TypeSchema {
    guard let gvk = GroupVersionKind(apiVersion: type.apiVersion, kind: type.kind), let schema = TypeSchema(gvk) else {
      throw ObjectError(
        code: .unknownKind, field: "kind", message: "no kind \"\(type.kind)\" in \"\(type.apiVersion)\"")
    }
    return schema
  }
}

/// What an object says of its type.
struct TypeMeta {
  var apiVersion = ""
  var kind = ""

  init(apiVersion: String, kind: String) {
    self.apiVersion = apiVersion
    self.kind = kind
  }

  /// Finds both without building anything else.
  init(json bytes: [UInt8], limits: JSONLimits) throws(ObjectError) {
    var apiVersion = ""
    var kind = ""
    do throws(JSONError) {
      var scanner = JSONScanner(bytes, limits: limits)
      try scanner.scanObject { key, scanner throws(JSONError) in
        if scanner.body(key, is: "apiVersion") {
          apiVersion = try scanner.readString()
        } else if scanner.body(key, is: "kind") {
          kind = try scanner.readString()
        } else {
          try scanner.skipValue()
        }
      }
    } catch {
      throw ObjectError(code: .malformed, message: "invalid JSON: \(error)", cause: error)
    }
    self.init(apiVersion: apiVersion, kind: kind)
  }
}

extension Record {
  /// Paths of what only JSON can say.
  func collectJSONOnly(_ layout: LayoutPointer, _ path: String, into paths: inout [String]) {
    func join(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
    for key in unknownFields.json.keys { paths.append(join(key)) }
    withEntries { entries in
      for entry in entries {
        let member = layout.pointee.members[Int(entry.index)]
        let name = join(member.field.name)
        if member.number == 0 { paths.append(name) }
        switch entry.value {
        case .record(let record): if let object = member.object { record.collectJSONOnly(object, name, into: &paths) }
        case .records(let records):
          guard let object = member.element?.pointee.object else { break }
          for (index, record) in records.enumerated() {
            record.collectJSONOnly(object, "\(name)[\(index)]", into: &paths)
          }
        case .map(let map):
          guard let object = member.element?.pointee.object else { break }
          for (key, slot) in map {
            if case .record(let record) = slot { record.collectJSONOnly(object, "\(name)[\(key)]", into: &paths) }
          }
        default: break
        }
      }
    }
  }
}
