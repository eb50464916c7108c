#if Networking
import EdgeAPIModels
import EdgeHTTP
import EdgeJSON

extension APIServer {
  static func json(_ status: Int, _ value: JSONValue) -> HTTPServerResponse {
    HTTPServerResponse(
      status: status, headers: [("Content-Type", "application/json"), ("Cache-Control", "no-cache, private")],
      body: .bytes(value.serialized() + [UInt8(ascii: "\n")]))
  }

  static func response(to error: APIError) -> HTTPServerResponse {
    var response = json(error.httpStatus, error.status())
    if error.code == .unauthorized { response.headers.append(("WWW-Authenticate", "Bearer")) }
    return response
  }

  /// An object in the version that the path asks for.
  func response(_ status: Int, _ object: UnstructuredObject, version: String) throws(APIError) -> HTTPServerResponse {
    Self.json(status, .object(try catalog.converted(object, to: version).content))
  }

  func response(_ list: ObjectList, _ type: ResourceType, version: String) throws(APIError) -> HTTPServerResponse {
    var metadata: JSONObject = ["resourceVersion": .string(list.resourceVersion)]
    if let token = list.continueToken { metadata["continue"] = .string(token) }
    if let count = list.remainingItemCount { metadata["remainingItemCount"] = .integer(Int64(count)) }
    var items: [JSONValue] = []
    items.reserveCapacity(list.items.count)
    for item in list.items { items.append(.object(try catalog.converted(item, to: version).content)) }
    let kind = GroupVersionKind(group: type.gvk.group, version: version, kind: type.gvk.kind)
    return Self.json(
      200,
      .object([
        "kind": .string("\(kind.kind)List"), "apiVersion": .string(kind.apiVersion), "metadata": .object(metadata),
        "items": .array(items),
      ]))
  }

  /// metav1.Status of a deletion that is complete.
  static func deleted(_ object: UnstructuredObject, _ type: ResourceType) -> JSONValue {
    var details: JSONObject = ["name": .string(object.metadata.name ?? "")]
    if !type.gvk.group.isEmpty { details["group"] = .string(type.gvk.group) }
    details["kind"] = .string(type.plural)
    if let uid = object.metadata.uid { details["uid"] = .string(uid) }
    return .object([
      "kind": "Status", "apiVersion": "v1", "metadata": .object([:]), "status": "Success", "details": .object(details),
    ])
  }
}
#endif
