#if Networking && canImport(Glibc)
import EdgeHTTP
import EdgeIdentity
import EdgeJSON
import EdgePrimitives
import EdgeStore
import Logging
import NIOCore

/// Admits further members to the cluster of the member on this machine: what `cluster join` speaks to.
///
/// | route | answer |
/// |---|---|
/// | `GET /ca.crt` | the clients' authority, DER; its SHA-256 is the first part of a join token |
/// | `POST /join`, body `{"name", "peerURL"}` | both authorities with their keys, the tokens' secret, how to start |
///
/// `/join` needs `Authorization: Bearer <join token without its first part>`. As in K3s, whoever holds a token becomes a
/// full member and gets the cluster's keys: a token is worth as much as the keys, for as long as it is valid.
public struct ClusterJoinService: Sendable {
  private let certificates: ClusterCertificates
  private let tokens: JoinTokenIssuer
  private let store: EtcdStoreConfiguration
  private let group: any EventLoopGroup
  private let clock: any WallClock
  private let logger: Logger

  /// - Parameter member: a member of this machine, whose `tls/` is given out and whose client port is asked.
  public init(
    member: EtcdMember, group: any EventLoopGroup, clock: any WallClock = SystemWallClock(), logger: Logger
  ) throws {
    certificates = try .loadOrCreate(memberDirectory: member.configuration.directory)
    tokens = try certificates.tokens()
    store = try member.clientConfiguration()
    self.group = group
    self.clock = clock
    self.logger = logger
  }

  /// Serves until the task is cancelled.
  public func run(
    host: String, port: Int, onReady: @Sendable (_ host: String, _ port: Int) -> Void = { _, _ in }
  ) async throws {
    var configuration = HTTPServerConfiguration(host: host, port: port)
    configuration.maximumBodyBytes = 16 << 10
    configuration.maximumConnections = 64
    let tls = try TLSContexts.server(certificates.server, clientAuthorityPEM: nil, clientCertificates: .none)
    let server = HTTPServer(configuration: configuration, tls: tls, group: group, logger: logger) { request in
      await handle(request)
    }
    try await server.run(onReady: onReady)
  }

  func handle(_ request: HTTPServerRequest) async -> HTTPServerResponse {
    switch (request.method, request.path) {
    case ("GET", "/ca.crt"):
      return HTTPServerResponse(
        status: 200, headers: [("Content-Type", "application/octet-stream")],
        body: .bytes(certificates.clientAuthority.certificateDER))
    case ("POST", "/join"): return await join(request)
    case (_, "/ca.crt"), (_, "/join"): return .text(405, "method not allowed\n")
    default: return .text(404, "no such resource\n")
    }
  }

  private func join(_ request: HTTPServerRequest) async -> HTTPServerResponse {
    let body = try? JSONValue(parsing: request.body)
    guard let name = body?["name"]?.stringValue, let node = try? NodeName(name),
      let peerURL = body?["peerURL"]?.stringValue, EtcdEndpoint(peerURL)?.description == peerURL
    else { return .text(400, "the body must name the member and its peer URL\n") }
    let words = request.headers.first(name: "Authorization")?.split(separator: " ") ?? []
    guard words.count == 2, words[0].lowercased() == "bearer" else { return .text(401, "a join token is needed\n") }
    do {
      _ = try tokens.verify(bearer: String(words[1]), for: node, now: clock.now())
    } catch {
      logger.warning(
        "join refused", metadata: ["member": "\(name)", "address": "\(request.remoteAddress)", "reason": "\(error)"])
      return .text(401, "\(error)\n")
    }
    let cluster = EtcdCluster(configuration: store, group: group, logger: logger)
    let response = await admit(name: name, peerURL: peerURL, to: cluster)
    await cluster.close()
    return response
  }

  private func admit(name: String, peerURL: String, to cluster: EtcdCluster) async -> HTTPServerResponse {
    do {
      let admission = try await cluster.admit(name: name, peerURL: peerURL)
      let package = try JoinPackage(admission, certificates: certificates)
      logger.info("member admitted", metadata: ["member": "\(name)", "peerURL": "\(peerURL)"])
      return HTTPServerResponse(
        status: 200, headers: [("Content-Type", "application/json")], body: .bytes(package.json.serialized()))
    } catch let error as EtcdClusterError {
      return .text(error.code == .refused ? 409 : 503, "\(error)\n")
    } catch {
      logger.error("a member could not be admitted", metadata: ["member": "\(name)", "error": "\(error)"])
      return .text(500, "the member could not be admitted\n")
    }
  }
}
#endif
