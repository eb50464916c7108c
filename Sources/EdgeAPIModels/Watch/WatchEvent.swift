import EdgeJSON

/// One event of a watch with its object read.
public enum WatchEvent<Object: APIKind>: Sendable, Hashable {
  case added(Object)
  case modified(Object)
  case deleted(Object)
  /// Says how far the watch is; the object has nothing but a resource version.
  case bookmark(Object)
  /// The watch has failed; the object is a `Status`.
  case error(SchemaObject)

  /// Reads a frame as ``WatchFrameDecoder`` gives it.
  ///
  /// - Throws: ``ObjectError`` for an object that is none of `Object`, and for a type that Kubernetes does not have.
  public init(_ frame: WatchFrame, as encoding: WatchFrame.Encoding) throws(ObjectError) {
    if frame.type == "ERROR" {
      self = .error(
        encoding == .json ? try SchemaObject(json: frame.object) : try SchemaObject(protobuf: frame.object))
      return
    }
    let object = encoding == .json ? try Object(json: frame.object) : try Object(protobuf: frame.object)
    try self.init(type: frame.type, object)
  }

  private init(type: String, _ object: Object) throws(ObjectError) {
    switch type {
    case "ADDED": self = .added(object)
    case "MODIFIED": self = .modified(object)
    case "DELETED": self = .deleted(object)
    case "BOOKMARK": self = .bookmark(object)
    default:
      throw ObjectError(
        code: .invalidField, field: "type", message: "there is no watch event \"\(type.prefix(80))\"")
    }
  }

  /// Reads one line of a watch in JSON, the object in the same pass when the type stands before it, as servers write it.
  public init(json line: [UInt8]) throws(ObjectError) {
    let found = line.withUnsafeBufferPointer { JSONRecordReader.readEvent($0, as: Object.schema.layout) }
    if let (type, record) = found {
      try self.init(type: type, Object(record: try SchemaObject.rooted(record, Object.schema)))
    } else {
      try self.init(WatchFrame(parsing: line, as: .json), as: .json)
    }
  }

  /// `ADDED`
  public var type: String {
    switch self {
    case .added: "ADDED"
    case .modified: "MODIFIED"
    case .deleted: "DELETED"
    case .bookmark: "BOOKMARK"
    case .error: "ERROR"
    }
  }

  /// nil for an error.
  public var object: Object? {
    switch self {
    case .added(let object), .modified(let object), .deleted(let object), .bookmark(let object): object
    case .error: nil
    }
  }

  public func encoded(as encoding: WatchFrame.Encoding) -> [UInt8] {
    let object: [UInt8]
    switch (self, encoding) {
    case (.error(let status), .json): object = status.jsonEncoded(escaping: .go)
    case (.error(let status), .protobuf): object = status.protobufEncoded()
    case (_, .json): object = self.object?.jsonEncoded(escaping: .go) ?? []
    case (_, .protobuf): object = self.object?.protobufEncoded() ?? []
    }
    return WatchFrame(type: type, object: object).encoded(as: encoding)
  }
}

extension JSONRecordReader {
  /// Reads `{"type":"...","object":{...}}` in one pass.
  ///
  /// - Returns: nil for an event of another form, which may be one with more members, and for errors, which have another
  ///   type of object.
  static func readEvent(
    _ bytes: UnsafeBufferPointer<UInt8>, as layout: LayoutPointer
  ) -> (type: String, record: Record)? {
    let prefix: [UInt8] = Array("{\"type\":\"".utf8)
    guard bytes.starts(with: prefix), let end = bytes[prefix.count...].firstIndex(of: JSONByte.quote) else {
      return nil
    }
    let type = String(decoding: bytes[prefix.count..<end], as: UTF8.self)
    let middle: [UInt8] = Array("\",\"object\":".utf8)
    guard type != "ERROR", !type.utf8.contains(UInt8(ascii: "\\")), bytes[end...].starts(with: middle) else {
      return nil
    }
    var last = bytes.count
    while last > end, bytes[last - 1] == 0x0A || bytes[last - 1] == 0x20 || bytes[last - 1] == 0x0D { last -= 1 }
    guard last > end, bytes[last - 1] == JSONByte.closeBrace else { return nil }
    let object = UnsafeBufferPointer(rebasing: bytes[(end + middle.count)..<(last - 1)])
    return (try? read(object, as: layout, limits: .default)).map { (type, $0) }
  }
}
