import EdgeAPIModels
import EdgeJSON
import EdgePrimitives

/// Writes the objects of one resource in the version and form that a client asked for.
struct AnswerEncoder: Sendable {
  let catalog: ResourceCatalog
  let type: ResourceType
  let version: String
  let form: AnswerForm
  /// What the rows of a table carry beside their cells.
  var included = ResourceTable.IncludedObject.metadata
  let clock: any WallClock

  private var kind: GroupVersionKind { type.kind(in: version) }
  var contentType: String { form.encoding.mediaType }
  /// A watch in protobuf says that it is one; in JSON it looks like what it is.
  var watchContentType: String { form.encoding == .json ? contentType : "\(contentType);stream=watch" }

  func bytes(of object: UnstructuredObject) throws(APIError) -> [UInt8] {
    let value = JSONValue.object(try catalog.converted(object, to: version).content)
    return try encoded(form.content == .table ? table(value).json : value)
  }

  func bytes(of list: ObjectList) throws(APIError) -> [UInt8] {
    var metadata: JSONObject = ["resourceVersion": .string(list.resourceVersion)]
    if let token = list.continueToken { metadata["continue"] = .string(token) }
    if let count = list.remainingItemCount { metadata["remainingItemCount"] = .integer(Int64(count)) }
    var items: [JSONValue] = []
    items.reserveCapacity(list.items.count)
    for item in list.items { items.append(.object(try catalog.converted(item, to: version).content)) }
    let value: JSONValue = [
      "kind": .string("\(kind.kind)List"), "apiVersion": .string(kind.apiVersion), "metadata": .object(metadata),
      "items": .array(items),
    ]
    return try encoded(form.content == .table ? table(value).json : value)
  }

  /// Any object that is not of the resource: a `Status`.
  func bytes(of value: JSONValue) throws(APIError) -> [UInt8] { try encoded(value) }

  /// - Parameter isFirst: a table has its columns only in the first event of a watch.
  func frame(_ event: ObjectEvent, isFirst: Bool) throws(APIError) -> [UInt8] {
    try frame(event.kind.rawValue, .object(catalog.converted(event.object, to: version).content), isFirst: isFirst)
  }

  /// A bookmark has the kind of the watched objects and nothing else but a resource version.
  func bookmark(at resourceVersion: String, isFirst: Bool) throws(APIError) -> [UInt8] {
    let mark: JSONValue = [
      "kind": .string(kind.kind), "apiVersion": .string(kind.apiVersion),
      "metadata": ["resourceVersion": .string(resourceVersion)],
    ]
    return try frame(ObjectEvent.Kind.bookmark.rawValue, mark, isFirst: isFirst)
  }

  /// The last event of a watch that fails; it is a `Status` in every form.
  func frame(_ error: APIError) throws(APIError) -> [UInt8] {
    try WatchFrame(type: "ERROR", object: message(error.status())).encoded(as: form.encoding)
  }

  private func frame(_ event: String, _ value: JSONValue, isFirst: Bool) throws(APIError) -> [UInt8] {
    var value = value
    if form.content == .table {
      let table = table(value)
      value = isFirst ? table.json : table.jsonWithoutColumns
    }
    return try WatchFrame(type: event, object: message(value)).encoded(as: form.encoding)
  }

  private func table(_ value: JSONValue) -> ResourceTable {
    ResourceTable(value, now: clock.now(), includes: included)
  }

  private func encoded(_ value: JSONValue) throws(APIError) -> [UInt8] {
    let bytes = try message(value)
    return form.encoding == .json ? bytes + [UInt8(ascii: "\n")] : bytes
  }

  private func message(_ value: JSONValue) throws(APIError) -> [UInt8] {
    let json = value.serialized()
    if form.encoding == .json { return json }
    do {
      return try SchemaObject(json: json, limits: JSONLimits(maximumBytes: .max)).protobufEncoded()
    } catch {
      throw APIError(.internalError, "the object cannot be written as protobuf: \(error)", cause: error)
    }
  }
}
