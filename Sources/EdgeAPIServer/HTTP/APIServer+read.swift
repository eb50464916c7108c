#if Networking
import EdgeAPIModels
import EdgeHTTP
import EdgeJSON

extension APIServer {
  func collection(
    _ path: RequestRoute.ResourcePath, _ request: HTTPServerRequest
  ) async throws(APIError) -> HTTPServerResponse {
    let type = try resourceType(path)
    let encoder = try encoder(for: request, type, version: path.version)
    switch request.method {
    case "GET", "HEAD":
      return try await RequestQuery.flag(request, "watch")
        ? watch(path, request, encoder) : list(path, request, encoder)
    case "POST":
      if type.isNamespaced && path.namespace == nil { throw .methodNotAllowed }
      return try await create(path, request, encoder)
    default: throw .methodNotAllowed
    }
  }

  func object(
    _ path: RequestRoute.ResourcePath, _ name: String, _ subresource: String?, _ request: HTTPServerRequest
  ) async throws(APIError) -> HTTPServerResponse {
    let type = try resourceType(path)
    if type.isNamespaced && path.namespace == nil { throw .pathNotFound }
    let part = try subresource.map { (text) throws(APIError) in
      guard let part = Subresource(rawValue: text), type.hasStatusSubresource else { throw .pathNotFound }
      return part
    }
    let target = RequestTargetObject(
      type: type, version: path.version,
      key: ObjectKey(resource: type.groupResource, namespace: path.namespace, name: name), subresource: part)
    let encoder = try encoder(for: request, type, version: path.version)
    switch request.method {
    case "GET", "HEAD": return try await response(200, source.get(target.key), encoder)
    case "PUT": return try await update(target, request, encoder)
    case "PATCH": return try await patch(target, request, encoder)
    case "DELETE" where part == nil: return try await delete(target, request, encoder)
    default: throw .methodNotAllowed
    }
  }

  private func list(
    _ path: RequestRoute.ResourcePath, _ request: HTTPServerRequest, _ encoder: AnswerEncoder
  ) async throws(APIError) -> HTTPServerResponse {
    var options = ListOptions(namespace: path.namespace)
    (options.labelSelector, options.fieldSelector) = try RequestQuery.selectors(request)
    options.limit = try RequestQuery.integer(request, "limit").map { Int(clamping: $0) }
    options.continueToken = request.query("continue").flatMap { $0.isEmpty ? nil : $0 }
    options.version = try RequestQuery.listVersion(request)
    let list = try await source.list(encoder.type.groupResource, options: options)
    return Self.response(200, encoder.contentType, try encoder.bytes(of: list))
  }

  func resourceType(_ path: RequestRoute.ResourcePath) throws(APIError) -> ResourceType {
    guard let type = catalog.type(group: path.group, version: path.version, plural: path.resource) else {
      throw .unknownResource(GroupResource(group: path.group, resource: path.resource))
    }
    if path.namespace != nil && !type.isNamespaced { throw .pathNotFound }
    return type
  }
}

/// What a request on one object is about.
struct RequestTargetObject: Sendable {
  let type: ResourceType
  /// The version of the path, in which the client speaks.
  let version: String
  let key: ObjectKey
  let subresource: Subresource?
}
#endif
