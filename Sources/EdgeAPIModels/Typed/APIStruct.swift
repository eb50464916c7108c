import EdgeJSON

/// A type of the API as a Swift value: a view of a ``Record`` with typed members.
///
/// A member that is absent reads as nil (or as the zero value where the API requires the member); setting nil removes it.
/// Members that the type does not know are in ``unknownFields`` and are written again.
public protocol APIStruct: MemberValue, Codable {
  /// What the members are kept in; its meaning is ``schema``'s.
  var record: Record { get set }
  init(record: Record)

  static var schema: TypeSchema { get }
}

extension APIStruct {
  /// Nothing is set.
  public init() { self.init(record: Record()) }

  public var unknownFields: UnknownFields {
    get { record.unknownFields }
    set { record.unknownFields = newValue }
  }

  /// Whether no member is set.
  public var isEmpty: Bool { record.isEmpty }

  public static func == (left: Self, right: Self) -> Bool { left.record == right.record }
  public func hash(into hasher: inout Hasher) { hasher.combine(record) }

  /// Reads one value of this type from JSON.
  ///
  /// - Throws: ``ObjectError`` with the path of the member for JSON that is malformed, has members of the wrong type or
  ///   says a key twice; for a kind also when `apiVersion` or `kind` is absent or that of another type.
  public init(json bytes: [UInt8], limits: JSONLimits = .default) throws(ObjectError) {
    self.init(record: try SchemaObject(json: bytes, as: Self.schema, limits: limits).record)
  }

  /// The JSON text. Nothing that was read as JSON is lost: unknown members follow the known ones.
  ///
  /// - Parameter escaping: `.go` writes what Go's encoder would.
  public func jsonEncoded(escaping: JSONEscaping = .minimal) -> [UInt8] {
    JSONRecordWriter.write(record, as: Self.schema.layout, statesType: true, escaping: escaping)
  }

  // Foundation's coders and others reach the types through a JSON value, so that unknown members, nulls and exact
  // integers come through them too. `init(json:)` and `jsonEncoded()` are the fast way.

  public init(from decoder: any Decoder) throws {
    let bytes = try JSONValue(from: decoder).serialized()
    do throws(ObjectError) {
      let record = try bytes.withUnsafeBufferPointer { buffer throws(ObjectError) in
        try JSONRecordReader.read(buffer, as: Self.schema.layout, limits: JSONLimits(maximumBytes: .max))
      }
      // Inside of another object, a kind need not say what it is.
      self.init(record: decoder.codingPath.isEmpty ? try SchemaObject.rooted(record, Self.schema) : record)
    } catch {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: error.description, underlyingError: error))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    let bytes = JSONRecordWriter.write(
      record, as: Self.schema.layout, statesType: encoder.codingPath.isEmpty, escaping: .minimal)
    try JSONValue(parsing: bytes, limits: JSONLimits(maximumBytes: .max)).encode(to: encoder)
  }
}

/// A type that stands alone: it has an `apiVersion` and a `kind`, which are checked when it is read.
public protocol APIKind: APIStruct {
  static var gvk: GroupVersionKind { get }
}

extension APIKind {
  public static var apiVersion: String { gvk.apiVersion }
  public static var kind: String { gvk.kind }

  /// Reads an object in Kubernetes' protobuf envelope.
  ///
  /// - Throws: ``ObjectError`` for bytes that are malformed, and when the envelope names another type.
  public init(protobuf bytes: [UInt8]) throws(ObjectError) {
    self.init(record: try SchemaObject(protobuf: bytes, expecting: Self.schema).record)
  }

  /// The object in Kubernetes' protobuf envelope. Unknown members that came as JSON are left out.
  public func protobufEncoded() -> [UInt8] {
    ProtobufRecordWriter.write(record, as: Self.schema.layout, inEnvelope: Self.gvk)
  }

  /// - Throws: ``ObjectError`` as ``APIStruct/init(json:limits:)``.
  public init(_ object: UnstructuredObject) throws(ObjectError) { try self.init(json: object.serialized()) }

  public var unstructured: UnstructuredObject {
    get throws(ObjectError) { try UnstructuredObject(parsing: jsonEncoded()) }
  }

  public var dynamic: SchemaObject { SchemaObject(schema: Self.schema, record: record) }

  /// - Throws: ``ObjectError/Code/unexpectedType`` for an object of another kind.
  public init(_ object: SchemaObject) throws(ObjectError) {
    guard object.schema == Self.schema else {
      throw ObjectError(
        code: .unexpectedType, field: "kind", message: "expected \(Self.schema.name), found \(object.schema.name)")
    }
    self.init(record: object.record)
  }
}
