#if Networking
import EdgeAPIModels
import EdgeHTTP
import EdgeJSON

extension APIServer {
  static func json(_ status: Int, _ value: JSONValue) -> HTTPServerResponse {
    response(status, "application/json", value.serialized() + [UInt8(ascii: "\n")])
  }

  static func response(to error: APIError) -> HTTPServerResponse {
    var response = json(error.httpStatus, error.status())
    if error.code == .unauthorized { response.headers.append(("WWW-Authenticate", "Bearer")) }
    return response
  }

  static func response(_ status: Int, _ contentType: String, _ body: [UInt8]) -> HTTPServerResponse {
    HTTPServerResponse(
      status: status, headers: [("Content-Type", contentType), ("Cache-Control", "no-cache, private")],
      body: .bytes(body))
  }

  /// How to answer a request, found out before anything is done for it.
  func encoder(
    for request: HTTPServerRequest, _ type: ResourceType, version: String
  ) throws(APIError) -> AnswerEncoder {
    let accept = request.headers.all(name: "accept").joined(separator: ",")
    let form = try AnswerForm.accepted(accept, hasProtobuf: type.builtInSchema(version: version) != nil)
    var encoder = AnswerEncoder(
      catalog: catalog, type: type, version: version, form: form, clock: configuration.clock)
    if form.content == .table { encoder.included = try RequestQuery.includedObject(request) }
    return encoder
  }

  func response(
    _ status: Int, _ object: UnstructuredObject, _ encoder: AnswerEncoder
  ) throws(APIError) -> HTTPServerResponse {
    Self.response(status, encoder.contentType, try encoder.bytes(of: object))
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
