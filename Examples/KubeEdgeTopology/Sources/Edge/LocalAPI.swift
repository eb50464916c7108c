#if Networking && SQLite && YAML
import EdgeAPIServer
import EdgeHTTP
import EdgeJSON
import EdgeNodeAgent
import Logging

/// The node's own HTTP API, on loopback only: `/status` about the node, and the objects it holds, read-only, under the
/// paths of the Kubernetes API.
struct LocalAPI: Sendable {
  private let agent: NodeAgent
  private let objects: APIServer

  init(agent: NodeAgent, logger: Logger) {
    self.agent = agent
    objects = APIServer(
      source: CachedObjects(cache: agent.cache), writer: nil, authenticator: .unsafeTrustingEverybody, logger: logger)
  }

  @Sendable
  func handle(_ request: HTTPServerRequest) async -> HTTPServerResponse {
    guard request.path == "/status" else { return await objects.handle(request) }
    return HTTPServerResponse(
      status: 200, headers: [("Content-Type", "application/json")],
      body: .bytes(agent.statusDocument().serialized(.pretty)))
  }
}
#endif
