#if Networking
import EdgeAPIModels
import EdgeHTTP
import EdgeJSON
import EdgePrimitives
import Logging

/// The Kubernetes HTTP API over an ``ObjectSource``: get, list, watch, and with a registry create, update, patch, apply
/// and delete; health, version and discovery.
///
/// It is a handler for ``HTTPServer``, so that a process may serve it on a socket of its own or beside other routes:
///
/// ```swift
/// let api = APIServer(registry: registry, authenticator: APIAuthenticator(administratorToken: token), logger: logger)
/// let server = HTTPServer(configuration: .init(port: 6443), tls: tls, group: group, logger: logger, handler: api.handle)
/// ```
///
/// Objects are answered in JSON, those of built-in kinds also in protobuf, and as a `Table` when a client asks for one.
/// Health, version and nothing else answer without a credential; nodes are refused (403) because they talk to
/// the hub, not to this API.
public struct APIServer: Sendable {
  let source: any ObjectSource
  let writer: ObjectRegistry?
  let catalog: ResourceCatalog
  let authenticator: APIAuthenticator
  let configuration: APIServerConfiguration
  let logger: Logger

  /// A server over any source.
  /// - Parameter writer: nil makes the API read-only: writes are answered 405.
  public init(
    source: any ObjectSource, writer: ObjectRegistry?, authenticator: APIAuthenticator,
    catalog: ResourceCatalog = .standard, configuration: APIServerConfiguration = APIServerConfiguration(),
    logger: Logger
  ) {
    self.source = source
    self.writer = writer
    self.authenticator = authenticator
    self.catalog = catalog
    self.configuration = configuration
    self.logger = logger
  }

  /// A server that reads from and writes to one registry.
  public init(
    registry: ObjectRegistry, authenticator: APIAuthenticator,
    configuration: APIServerConfiguration = APIServerConfiguration(), logger: Logger
  ) {
    self.init(
      source: registry, writer: registry, authenticator: authenticator, catalog: registry.catalog,
      configuration: configuration, logger: logger)
  }

  /// Answers one request; refusals are answers, too.
  @Sendable
  public func handle(_ request: HTTPServerRequest) async -> HTTPServerResponse {
    do {
      let route = RequestRoute(path: request.path)
      let identity = try authenticator.identity(of: request)
      try authorize(identity, request, route)
      return try await respond(to: request, route)
    } catch {
      log(error, request)
      return Self.response(to: error)
    }
  }

  private func respond(to request: HTTPServerRequest, _ route: RequestRoute) async throws(APIError)
    -> HTTPServerResponse
  {
    let isRead = request.method == "GET" || request.method == "HEAD"
    switch route {
    case .unknown: throw .pathNotFound
    case .collection(let path): return try await collection(path, request)
    case .object(let path, let name, let subresource): return try await object(path, name, subresource, request)
    case _ where !isRead: throw .methodNotAllowed
    case .health: return try await health()
    case .version: return Self.json(200, Discovery.version)
    case .coreVersions: return Self.json(200, Discovery.coreVersions(catalog))
    case .groups: return Self.json(200, Discovery.groups(catalog))
    case .group(let group):
      guard let answer = Discovery.group(group, catalog) else { throw .pathNotFound }
      return Self.json(200, answer)
    case .resources(let group, let version):
      guard let answer = Discovery.resources(group, version, catalog, isWritable: writer != nil) else {
        throw .pathNotFound
      }
      return Self.json(200, answer)
    }
  }

  private func health() async throws(APIError) -> HTTPServerResponse {
    try await writer?.checkHealth()
    return .text(200, "ok")
  }

  /// Only administrators pass to the objects.
  private func authorize(
    _ identity: APIIdentity, _ request: HTTPServerRequest, _ route: RequestRoute
  ) throws(APIError) {
    var verb: String { (try? RequestInfo(method: request.method, target: request.target))?.verb ?? "" }
    switch (route, identity) {
    case (.health, _), (.version, _), (_, .administrator): return
    case (_, .anonymous): throw .unauthorized
    case (.collection(let path), _), (.object(let path, _, _), _):
      throw APIError(
        .forbidden,
        "\(path.resource) is forbidden: User \"\(identity)\" cannot \(verb) resource \"\(path.resource)\" "
          + "in API group \"\(path.group)\" "
          + (path.namespace.map { "in the namespace \"\($0)\"" } ?? "at the cluster scope"),
        details: .init(group: path.group, kind: path.resource))
    default:
      throw APIError(.forbidden, "forbidden: User \"\(identity)\" cannot \(verb) this path")
    }
  }

  /// Refused credentials and failures are worth an operator's eye; other refusals are a client's daily life. Headers are
  /// never logged.
  private func log(_ error: APIError, _ request: HTTPServerRequest) {
    let level: Logger.Level =
      switch error.code {
      case .unauthorized, .forbidden: .warning
      case _ where error.httpStatus >= 500: .error
      default: .debug
      }
    var metadata: Logger.Metadata = [
      "method": "\(request.method)", "path": "\(request.path)", "peer": "\(request.remoteAddress)",
      "status": "\(error.httpStatus)", "reason": "\(error.message)",
    ]
    if let cause = error.cause { metadata["cause"] = "\(cause)" }
    logger.log(level: level, "request refused", metadata: metadata)
  }
}

/// Limits of the API server.
public struct APIServerConfiguration: Sendable {
  /// A watch without `timeoutSeconds` ends after this long, so that forgotten ones do not stay for ever; clients resume.
  public var maximumWatchDuration: Duration = .seconds(3600)
  /// How often a watch that allows bookmarks gets one when it has something new to say.
  public var bookmarkInterval: Duration = .seconds(60)
  /// What the ages in tables are counted against.
  public var clock: any WallClock = SystemWallClock()

  public init() {}
}

extension RequestRoute {
  /// - Parameter path: as sent. It is split before it is decoded, so that `%2F` cannot forge a segment.
  init(path: String) {
    let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
      .map { PercentEncoding.decodedSegment($0) }
    if segments.contains(where: { $0.contains("/") }) {
      self = .unknown
    } else {
      self.init(segments: segments)
    }
  }
}
#endif
