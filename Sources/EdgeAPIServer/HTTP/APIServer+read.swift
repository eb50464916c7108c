#if Networking
import EdgeAPIModels
import EdgeHTTP
import EdgeJSON

extension APIServer {
  func collection(
    _ path: RequestRoute.ResourcePath, _ request: HTTPServerRequest
  ) async throws(APIError) -> HTTPServerResponse {
    let type = try resourceType(path)
    switch request.method {
    case "GET", "HEAD":
      try checkAccept(request)
      return try await RequestQuery.flag(request, "watch") ? watch(type, path, request) : list(type, path, request)
    case "POST":
      if type.isNamespaced && path.namespace == nil { throw .methodNotAllowed }
      return try await create(type, path, request)
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
    switch request.method {
    case "GET", "HEAD":
      try checkAccept(request)
      return try await response(200, source.get(target.key), version: path.version)
    case "PUT": return try await update(target, request)
    case "PATCH": return try await patch(target, request)
    case "DELETE" where part == nil: return try await delete(target, request)
    default: throw .methodNotAllowed
    }
  }

  private func list(
    _ type: ResourceType, _ path: RequestRoute.ResourcePath, _ request: HTTPServerRequest
  ) async throws(APIError) -> HTTPServerResponse {
    var options = ListOptions(namespace: path.namespace)
    (options.labelSelector, options.fieldSelector) = try RequestQuery.selectors(request)
    options.limit = try RequestQuery.integer(request, "limit").map { Int(clamping: $0) }
    options.continueToken = request.query("continue").flatMap { $0.isEmpty ? nil : $0 }
    options.version = try RequestQuery.listVersion(request)
    return try await response(source.list(type.groupResource, options: options), type, version: path.version)
  }

  func resourceType(_ path: RequestRoute.ResourcePath) throws(APIError) -> ResourceType {
    guard let type = catalog.type(group: path.group, version: path.version, plural: path.resource) else {
      throw .unknownResource(GroupResource(group: path.group, resource: path.resource))
    }
    if path.namespace != nil && !type.isNamespaced { throw .pathNotFound }
    return type
  }

  /// JSON is all there is to accept; clients that offer it among others get it.
  private func checkAccept(_ request: HTTPServerRequest) throws(APIError) {
    guard let accept = request.headers.first(name: "accept"), !accept.isEmpty else { return }
    let accepted = accept.split(separator: ",").map { item in
      item.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
    }
    if accepted.contains(where: { ["*/*", "application/*", "application/json"].contains($0) }) { return }
    throw APIError(
      .notAcceptable, "only the following media types are accepted: application/json, application/json;stream=watch")
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
