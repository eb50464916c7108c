#if Networking
import EdgeAPIModels
import EdgeHTTP
import EdgeJSON

extension APIServer {
  func watch(
    _ path: RequestRoute.ResourcePath, _ request: HTTPServerRequest, _ encoder: AnswerEncoder
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
      watch: try await source.watch(encoder.type.groupResource, options: options), encoder: encoder,
      duration: duration ?? configuration.maximumWatchDuration,
      bookmarkInterval: options.sendsBookmarks ? configuration.bookmarkInterval : nil)
    return HTTPServerResponse(
      status: 200, headers: [("Content-Type", encoder.watchContentType), ("Cache-Control", "no-cache, private")],
      body: .stream { writer in try await stream.run(writer) })
  }
}

/// One watch on its way to one client: a frame for each event until the time is up.
///
/// One loop writes everything, so that a bookmark never overtakes an event it vouches for.
struct WatchStream: Sendable {
  let watch: ObjectWatch
  let encoder: AnswerEncoder
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
      var isFirst = true
      while let step = try await group.next() {
        switch step {
        case .event(let event):
          if event.kind == .bookmark {
            unsaid = event.resourceVersion
          } else {
            try await writer.write(encoder.frame(event, isFirst: isFirst))
            (unsaid, isFirst) = (nil, false)
          }
          group.addTask { await nextEvent() }
        case .bookmarkDue:
          if let at = unsaid {
            try await writer.write(encoder.bookmark(at: at, isFirst: isFirst))
            (unsaid, isFirst) = (nil, false)
          }
          if let bookmarkInterval { group.addTask { try await due(after: bookmarkInterval) } }
        case .timeUp, .ended:
          if bookmarkInterval != nil, let at = unsaid {
            try await writer.write(encoder.bookmark(at: at, isFirst: isFirst))
          }
          return
        case .refused(let error):
          try await writer.write(encoder.frame(error))
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
}
#endif
