#if Networking
import EdgeAPIModels
import EdgeHTTP
import EdgeJSON

extension APIServer {
  func create(
    _ path: RequestRoute.ResourcePath, _ request: HTTPServerRequest, _ encoder: AnswerEncoder
  ) async throws(APIError) -> HTTPServerResponse {
    let writer = try writable(request)
    let type = encoder.type
    let object = try body(
      of: request,
      RequestTargetObject(
        type: type, version: path.version,
        key: ObjectKey(resource: type.groupResource, namespace: path.namespace, name: ""), subresource: nil))
    return try await response(201, writer.create(object), encoder)
  }

  func update(
    _ target: RequestTargetObject, _ request: HTTPServerRequest, _ encoder: AnswerEncoder
  ) async throws(APIError) -> HTTPServerResponse {
    let writer = try writable(request)
    let object = try body(of: request, target)
    return try await response(200, writer.update(object, subresource: target.subresource), encoder)
  }

  func patch(
    _ target: RequestTargetObject, _ request: HTTPServerRequest, _ encoder: AnswerEncoder
  ) async throws(APIError) -> HTTPServerResponse {
    let writer = try writable(request)
    let schema = target.type.builtInSchema(version: target.version)
    let accepted = PatchFormat.accepted(hasSchema: schema != nil, subresource: target.subresource)
    guard let format = PatchFormat(rawValue: mediaType(request)), accepted.contains(format) else {
      throw .unsupportedPatch(accepted)
    }
    let patch: ObjectPatch
    switch format {
    case .apply:
      let result = try await writer.apply(body(of: request, target))
      return try response(result.outcome == .created ? 201 : 200, result.object, encoder)
    case .merge: patch = .merge(try json(request))
    case .strategic: patch = .strategic(try json(request))
    case .json:
      let operations = try json(request)
      do {
        patch = .json(try JSONPatch(operations))
      } catch {
        throw .unreadablePatch(error)
      }
    }
    let patched = try await writer.patch(
      target.key, patch, subresource: target.subresource, version: target.version)
    return try response(200, patched, encoder)
  }

  func delete(
    _ target: RequestTargetObject, _ request: HTTPServerRequest, _ encoder: AnswerEncoder
  ) async throws(APIError) -> HTTPServerResponse {
    let writer = try writable(request)
    // Not `? nil :`, which would read as JSON's null.
    let body: JSONValue? = if request.body.isEmpty { Optional.none } else { try json(request) }
    let options = try DeleteOptions(request, body: body)
    let deletion = try await writer.beginDeletion(
      target.key, preconditions: options.preconditions, gracePeriodSeconds: options.gracePeriodSeconds,
      propagation: options.propagation)
    guard deletion.isRemoved else { return try response(200, deletion.object, encoder) }
    return try Self.response(
      200, encoder.contentType, encoder.bytes(of: Self.deleted(deletion.object, target.type)))
  }

  private func writable(_ request: HTTPServerRequest) throws(APIError) -> ObjectRegistry {
    guard let writer else { throw .methodNotAllowed }
    try RequestQuery.refuseDryRun(request)
    return writer
  }

  /// The object in the body, which must be what the path says it is.
  private func body(
    of request: HTTPServerRequest, _ target: RequestTargetObject
  ) throws(APIError) -> UnstructuredObject {
    let value = request.method == "PATCH" ? try json(request) : try decoded(request, target)
    guard let content = value.objectValue else {
      throw APIError(.badRequest, "the body of the request must be a JSON object")
    }
    var object: UnstructuredObject
    do {
      object = try UnstructuredObject(content: content)
    } catch {
      throw APIError(.badRequest, "the body of the request is not a Kubernetes object: \(error)", cause: error)
    }
    let expected = GroupVersionKind(group: target.type.gvk.group, version: target.version, kind: target.type.gvk.kind)
    guard object.gvk == expected else {
      throw APIError(
        .badRequest,
        "the kind of the object (\(object.apiVersion), \(object.kind)) does not match the URL "
          + "(\(expected.apiVersion), \(expected.kind))")
    }
    if let namespace = target.key.namespace {
      let own = object.metadata.namespace ?? ""
      guard own.isEmpty || own == namespace else {
        throw APIError(
          .badRequest, "the namespace of the provided object does not match the namespace sent on the request")
      }
      object.metadata.namespace = namespace
    }
    // A path without a name is a collection: the object brings its own.
    guard !target.key.name.isEmpty else { return object }
    if (object.metadata.name ?? "").isEmpty { object.metadata.name = target.key.name }
    guard let name = object.metadata.name, name == target.key.name else {
      throw APIError(
        .badRequest,
        "the name of the object (\(object.metadata.name ?? "")) does not match the name on the URL (\(target.key.name))"
      )
    }
    return object
  }

  private func decoded(
    _ request: HTTPServerRequest, _ target: RequestTargetObject
  ) throws(APIError) -> JSONValue {
    let hasProtobuf = target.type.builtInSchema(version: target.version) != nil
    switch mediaType(request) {
    case WatchFrame.Encoding.json.mediaType, "": return try json(request)
    case WatchFrame.Encoding.protobuf.mediaType where hasProtobuf:
      do {
        return .object(try SchemaObject(protobuf: request.body).unstructured.content)
      } catch {
        throw APIError(.badRequest, "the body of the request is not a Kubernetes object: \(error)", cause: error)
      }
    default:
      let encodings: [WatchFrame.Encoding] = hasProtobuf ? [.json, .protobuf] : [.json]
      throw .unsupportedMediaType(encodings.map(\.mediaType))
    }
  }

  private func json(_ request: HTTPServerRequest) throws(APIError) -> JSONValue {
    do {
      return try JSONValue(parsing: request.body)
    } catch {
      throw APIError(.badRequest, "the body of the request is not valid JSON: \(error)", cause: error)
    }
  }

  private func mediaType(_ request: HTTPServerRequest) -> String {
    let header = request.headers.first(name: "content-type") ?? ""
    return header.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
  }
}

/// metav1.DeleteOptions, from the body or the query.
struct DeleteOptions: Sendable {
  var preconditions = Preconditions()
  var gracePeriodSeconds: Int64?
  var propagation = DeletionPropagation.background

  init(_ request: HTTPServerRequest, body: JSONValue?) throws(APIError) {
    if let body {
      guard body.objectValue != nil else { throw APIError(.badRequest, "DeleteOptions must be a JSON object") }
      if body["dryRun"]?.arrayValue?.isEmpty == false { throw RequestQuery.noDryRun }
    }
    preconditions.uid = body?["preconditions"]?["uid"]?.stringValue
    preconditions.resourceVersion = body?["preconditions"]?["resourceVersion"]?.stringValue
    gracePeriodSeconds = try RequestQuery.integer(request, "gracePeriodSeconds")
    if let inBody = body?["gracePeriodSeconds"]?.integerValue { gracePeriodSeconds = inBody }
    let isOrphaning = body?["orphanDependents"]?.boolValue == true
    switch body?["propagationPolicy"]?.stringValue ?? request.query("propagationPolicy") {
    case nil, "": propagation = isOrphaning ? .orphan : .background
    case let value?:
      guard let policy = DeletionPropagation(rawValue: value) else {
        throw APIError(
          .badRequest,
          "propagationPolicy: Unsupported value: \"\(value)\": supported values: \"Background\", \"Orphan\"")
      }
      propagation = policy
    }
  }
}
#endif
