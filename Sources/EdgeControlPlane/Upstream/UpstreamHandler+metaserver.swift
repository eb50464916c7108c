#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeHTTP
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import Logging

extension UpstreamHandler {
  /// Answers what clients of EdgeCore's MetaServer ask for. EdgeCore waits ten seconds for it; what is refused it looks for
  /// among what the node holds.
  func handleApplication(_ message: EdgeMessage) async -> EdgeMessage? {
    guard let content = try? value(in: message) else { return nil }
    if message.resource == "watchapp/sync" {
      return applicationResponse(message, synchronizeWatches(content))
    }
    guard var application = content.objectValue else { return nil }
    do throws(Rejection) {
      guard let request = MetaServerRequest(content) else { throw Rejection(.badRequest, "not a request") }
      application["RespBody"] = .string(Base64.encode(try await answer(request)))
      application["Status"] = "Approved"
    } catch {
      logger.debug(
        "a request of a metaserver was refused",
        metadata: [
          "node": "\(node)", "key": "\(application["Key"]?.stringValue ?? "")", "reason": "\(error.message)",
        ])
      error.write(to: &application)
    }
    application["ReqBody"] = .null
    var answer = applicationResponse(message, .object(application))
    answer.route.resource = "ignore/Application/ignore"
    return answer
  }

  /// Why a request cannot be served, as the API says it.
  private struct Rejection: Error {
    let status: JSONValue

    init(status: JSONValue) { self.status = status }

    init(_ code: APIError.Code, _ message: String) { status = APIError(code, message).status() }

    var message: String { status["message"]?.stringValue ?? "" }

    func write(to application: inout JSONObject) {
      application["Status"] = "Rejected"
      application["Reason"] = .string(message)
      application["Error"] = ["ErrStatus": status]
    }
  }

  private func answer(_ request: MetaServerRequest) async throws(Rejection) -> [UInt8] {
    try authorize(request)
    if request.verb == "watch" {
      try watch(request)
      return []
    }
    guard let httpRequest = request.httpRequest else {
      throw Rejection(.badRequest, "\(request.verb) of \(request.key) is not understood")
    }
    let api = APIServer(registry: registry, authenticator: .unsafeTrustingEverybody, logger: logger)
    let response = await api.handle(httpRequest)
    guard case .bytes(let bytes) = response.body else {
      throw Rejection(.badRequest, "\(request.verb) of \(request.key) has no end")
    }
    guard (200..<300).contains(response.status) else {
      throw Rejection(status: (try? JSONValue(parsing: bytes)) ?? ["code": .integer(Int64(response.status))])
    }
    return bytes
  }

  private func authorize(_ request: MetaServerRequest) throws(Rejection) {
    let isRead = ["get", "list", "watch"].contains(request.verb)
    switch metaServer {
    case .unrestricted: return
    case .reads where isRead:
      guard let target = request.target, target.group.isEmpty, target.plural == "secrets" else { return }
      // The node holds those that its pods read, and its clients find them there.
      throw refusal(of: request, "a node holds the Secrets that its pods read, and reaches no others")
    case .reads: throw refusal(of: request, "this hub lets nodes read and watch")
    case .none: throw refusal(of: request, "this hub serves no requests of metaservers")
    }
  }

  private func refusal(of request: MetaServerRequest, _ reason: String) -> Rejection {
    Rejection(.forbidden, "node \"\(node)\" cannot \(request.verb) \(request.key): \(reason)")
  }

  private func watch(_ request: MetaServerRequest) throws(Rejection) {
    guard let target = request.target,
      let type = registry.catalog.type(group: target.group, version: target.version, plural: target.plural)
    else { throw Rejection(.notFound, "there is nothing to watch at \(request.key)") }
    let selectors: (labels: LabelSelector?, fields: FieldSelector?)
    do {
      selectors = try request.selectors()
    } catch {
      throw Rejection(.badRequest, "\(error)")
    }
    let watch = MetaServerWatches.Watch(
      resource: type.groupResource, namespace: type.isNamespaced ? target.namespace : nil, labels: selectors.labels,
      fields: selectors.fields)
    guard watches.add(request.id, watch) else {
      throw Rejection(.tooManyRequests, "node \"\(node)\" has \(MetaServerWatches.maximum) watches already")
    }
    watched(type.groupResource)
  }

  /// - Parameter content: all watches of the node by their id.
  /// - Returns: those that it cannot have.
  private func synchronizeWatches(_ content: JSONValue) -> JSONValue {
    let wanted = content.objectValue ?? [:]
    watches.keep(Set(wanted.keys))
    var refused = JSONObject()
    for (id, value) in wanted where !watches.contains(id) {
      do throws(Rejection) {
        guard let request = MetaServerRequest(value), request.verb == "watch" else {
          throw Rejection(.badRequest, "not a watch")
        }
        try authorize(request)
        try watch(request)
      } catch {
        guard var application = value.objectValue else { continue }
        error.write(to: &application)
        refused[id] = .object(application)
      }
    }
    return .object(refused)
  }

  private func applicationResponse(_ message: EdgeMessage, _ content: JSONValue) -> EdgeMessage {
    var answer = answer(message, content: content)
    answer.route.source = "dynamiccontroller"
    answer.route.operation = MessageOperation("applicationResponse")
    return answer
  }
}
#endif
