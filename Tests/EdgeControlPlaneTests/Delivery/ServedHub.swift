#if Networking && canImport(Glibc)
import EdgeAPIServer
import EdgeIdentity
import EdgePrimitives
import EdgeStore
import EdgeTransport
import EdgeTransportNIO
import NIOCore
import NIOPosix
import NIOSSL

@testable import EdgeControlPlane
@testable import EdgeNodeAgent

/// A `HubService` on a free port of the loopback, with mutual TLS, and nodes for it.
struct ServedHub: Sendable {
  let cluster: Cluster
  let service: HubService
  let port: Int
  let events: RecordedEvents
  private let authority: CertificateAuthority

  static let group = MultiThreadedEventLoopGroup.singleton

  /// What a test changes.
  struct Setup: Sendable {
    var sockets: @Sendable (inout HubConfiguration) -> Void = { _ in }
    var service: @Sendable (inout HubServiceConfiguration) -> Void = { _ in }
  }

  static func with(
    _ setup: Setup = Setup(), _ body: @escaping @Sendable (ServedHub) async throws -> Void
  ) async throws {
    let authority = try CertificateAuthority.create(commonName: "test", clock: SystemWallClock())
    let identity = try authority.issueServerCertificate(
      commonName: "hub", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"], validity: .seconds(3600))
    var socketConfiguration = HubConfiguration(host: "127.0.0.1", port: 0)
    setup.sockets(&socketConfiguration)
    var configuration = HubServiceConfiguration()
    configuration.metricsInterval = .milliseconds(20)
    setup.service(&configuration)
    let events = RecordedEvents()
    let cluster = Cluster()
    let server = HubServer(
      configuration: socketConfiguration, tls: try TLSContexts.hub(identity, authorityPEM: authority.certificatePEM),
      group: group, logger: events.logger)
    let service = HubService(
      server: server, registry: cluster.registry, view: cluster.view, store: cluster.store,
      configuration: configuration, logger: events.logger)
    try await cluster.run { cluster in
      try await withThrowingTaskGroup(of: Void.self) { group in
        let (ready, continuation) = AsyncStream<Int>.makeStream()
        group.addTask { try await service.run { continuation.yield($1) } }
        var ports = ready.makeAsyncIterator()
        let port = await ports.next() ?? 0
        try await body(
          ServedHub(cluster: cluster, service: service, port: port, events: events, authority: authority))
        group.cancelAll()
      }
    }
  }

  func tls(_ node: String) throws -> NIOSSLContext {
    let identity = try authority.issueClientCertificate(
      commonName: "system:node:\(node)", organizations: ["system:nodes"], validity: .seconds(3600))
    return try TLSContexts.edge(authorityPEM: authority.certificatePEM, identity: identity)
  }

  func connect(_ node: String, certificateOf owner: String? = nil) async throws -> EdgeConnection {
    var configuration = EdgeHubConfiguration(host: "127.0.0.1", port: port, nodeName: try NodeName(node))
    configuration.keepaliveInterval = nil
    return try await EdgeHubClient(
      configuration: configuration, tls: try tls(owner ?? node), group: Self.group, logger: quiet
    ).connect()
  }

  /// Why the hub does not let it in.
  func refusal(_ node: String, certificateOf owner: String? = nil) async throws -> TransportError? {
    do {
      await (try await connect(node, certificateOf: owner)).close()
      return nil
    } catch let error as TransportError {
      return error
    }
  }

  /// A WebSocket that says of itself what the test wants.
  func connectRaw(_ node: String, headers: [(String, String)]) async throws -> WebSocketConnection {
    var configuration = WebSocketClient.Configuration(host: "127.0.0.1", port: port, path: "/p/\(node)/events")
    configuration.headers = headers.map { (name: $0.0, value: $0.1) }
    return try await WebSocketClient(configuration: configuration, tls: try tls(node), group: Self.group).connect()
  }

  /// A node that runs while `body` does; it is connected when `body` begins.
  func connected(_ node: FarNode, _ body: @Sendable () async throws -> Void) async throws {
    let connection = try await connect(node.name.rawValue)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await node.run() }
      group.addTask { try? await node.session.run(over: connection) }
      _ = await node.caughtUp.next()
      try await body()
      await connection.close()
      group.cancelAll()
    }
  }
}
#endif
