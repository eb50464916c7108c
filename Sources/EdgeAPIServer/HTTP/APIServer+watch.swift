#if Networking
import EdgeAPIModels
import EdgeHTTP
import EdgeJSON

extension APIServer {
  func watch(
    _ type: ResourceType, _ path: RequestRoute.ResourcePath, _ request: HTTPServerRequest
  ) async throws(APIError) -> HTTPServerResponse {
    var options = WatchOptions(namespace: path.namespace)
    (options.labelSelector, options.fieldSelector) = try RequestQuery.selectors(request)
    options.resourceVersion = request.query("resourceVersion")
    options.sendsBookmarks = try RequestQuery.flag(request, "allowWatchBookmarks")
    if try RequestQuery.flag(request, "sendInitialEvents") {
      throw APIError(.badRequest, "sendInitialEvents: Forbidden: streaming lists are not supported here")
    }
    let seconds = try RequestQuery.integer(request, "timeoutSeconds").flatMap { $0 > 0 ? $0 : nil }
    let duration = seconds.map { min(.seconds($0), configuration.maximumWatchDuration) }
    let stream = WatchStream(
      watch: try await source.watch(type.groupResource, options: options), catalog: catalog, type: type,
      version: path.version, duration: duration ?? configuration.maximumWatchDuration,
      bookmarkInterval: options.sendsBookmarks ? configuration.bookmarkInterval : nil)
    return HTTPServerResponse(
      status: 200, headers: [("Content-Type", "application/json"), ("Cache-Control", "no-cache, private")],
      body: .stream { writer in try await stream.run(writer) })
  }
}

/// One watch on its way to one client: a JSON object per line until the time is up.
///
/// One loop writes everything, so that a bookmark never overtakes an event it vouches for.
struct WatchStream: Sendable {
  let watch: ObjectWatch
  let catalog: ResourceCatalog
  let type: ResourceType
  let version: String
  let duration: Duration
  /// nil sends no bookmarks.
  let bookmarkInterval: Duration?

  private enum Step: Sendable {
    case event(ObjectEvent)
    case ended
    case refused(APIError)
    case bookmarkDue
    case timeUp
  }

  func run(_ writer: HTTPBodyWriter) async throws {
    try await withThrowingTaskGroup(of: Step.self) { group in
      group.addTask { await nextEvent() }
      group.addTask {
        try await Task.sleep(for: duration)
        return .timeUp
      }
      if let bookmarkInterval { group.addTask { try await due(after: bookmarkInterval) } }
      defer { group.cancelAll() }

      // Where the watch stands, while the client has not been told.
      var unsaid: String?
      while let step = try await group.next() {
        switch step {
        case .event(let event):
          if event.kind == .bookmark {
            unsaid = event.resourceVersion
          } else {
            try await writer.write(frame(event))
            unsaid = nil
          }
          group.addTask { await nextEvent() }
        case .bookmarkDue:
          if let at = unsaid { try await writer.write(bookmark(at)) }
          unsaid = nil
          if let bookmarkInterval { group.addTask { try await due(after: bookmarkInterval) } }
        case .timeUp, .ended:
          if bookmarkInterval != nil, let at = unsaid { try await writer.write(bookmark(at)) }
          return
        case .refused(let error):
          try await writer.write(Self.line("ERROR", error.status()))
          return
        }
      }
    }
  }

  private func nextEvent() async -> Step {
    do {
      return try await watch.next().map(Step.event) ?? .ended
    } catch {
      return .refused(error)
    }
  }

  private func due(after interval: Duration) async throws -> Step {
    try await Task.sleep(for: interval)
    return .bookmarkDue
  }

  private func frame(_ event: ObjectEvent) throws -> [UInt8] {
    Self.line(event.kind.rawValue, .object(try catalog.converted(event.object, to: version).content))
  }

  private func bookmark(_ resourceVersion: String) -> [UInt8] {
    let kind = GroupVersionKind(group: type.gvk.group, version: version, kind: type.gvk.kind)
    return Self.line(
      ObjectEvent.Kind.bookmark.rawValue,
      .object([
        "kind": .string(kind.kind), "apiVersion": .string(kind.apiVersion),
        "metadata": .object(["resourceVersion": .string(resourceVersion)]),
      ]))
  }

  private static func line(_ type: String, _ object: JSONValue) -> [UInt8] {
    JSONValue.object(["type": .string(type), "object": object]).serialized() + [UInt8(ascii: "\n")]
  }
}
#endif
