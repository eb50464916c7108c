#if Networking && SQLite && YAML
import ArgumentParser
import EdgeAPIClient
import EdgeAPIModels
import EdgeAPIModelsYAML
import EdgeAPIServer
import EdgeControlPlane
import EdgeHTTP
import EdgeIdentity
import EdgeJSON
import EdgePrimitives
import EdgeStore
import EdgeStoreSQLite
import EdgeTransportNIO
import Logging
import NIOCore
import NIOPosix
import Synchronization

struct CloudCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cloud", abstract: "Run the cloud: API, controllers, hub and bootstrap.",
    discussion: """
      Objects live in DATA-DIR/cloud.db. On the first start the cloud makes its own certificate authority. \
      DATA-DIR/admin.kubeconfig is what apply, get and delete use; DATA-DIR/join-token lets nodes join for a day; \
      DATA-DIR/endpoints.json names the addresses in use.
      """)

  @Option(help: "Directory of the database, the authority and the credentials.")
  var dataDir = "kubeedge-cloud"
  @Option(help: "Address to listen on.")
  var listen = "127.0.0.1"
  @Option(help: "Port of the HTTPS API; 0 takes any free one.")
  var apiPort = 6443
  @Option(help: "Port of the hub (WebSocket over mutual TLS); 0 takes any free one.")
  var hubPort = 10_000
  @Option(help: "Port of the bootstrap endpoints where nodes join; 0 takes any free one.")
  var bootstrapPort = 10_002
  @Option(
    help: ArgumentHelp(
      "Further name or IP address by which nodes reach this cloud (repeatable).", valueName: "name-or-ip"))
  var advertise: [String] = []
  @Option(help: "Seconds for which the join token written at the start is good.")
  var tokenLifetime = 86_400
  @OptionGroup var log: LogOptions

  func run() async throws {
    let logger = log.makeLogger("cloud")
    let group = MultiThreadedEventLoopGroup.singleton
    try Terminal.makeDirectory(dataDir)
    let authority = try CertificateAuthority.loadOrCreate(directory: dataDir)
    let tokens = try JoinTokenIssuer.loadOrCreate(directory: dataDir, authority: authority)
    let certificate = try serverCertificate(from: authority)
    let administratorToken = try loadOrCreateAdministratorToken()

    let store = try SQLiteStore.open(path: "\(dataDir)/cloud.db")
    let registry = ObjectRegistry(store: store)
    let view = ClusterView(source: registry, logger: logger)
    let api = APIServer(
      registry: registry, authenticator: APIAuthenticator(administratorToken: administratorToken), logger: logger)
    let apiServer = HTTPServer(
      configuration: HTTPServerConfiguration(host: listen, port: apiPort),
      tls: try TLSContexts.server(
        certificate, clientAuthorityPEM: authority.certificatePEM, clientCertificates: .optional),
      group: group, logger: logger, handler: api.handle)
    let claims = try ClaimLog(directory: dataDir)
    let bootstrap = BootstrapService(
      authority: authority, tokens: tokens, claims: claims, logger: logger,
      nodeExists: { view.object(ObjectKey(resource: .nodes, namespace: nil, name: $0.rawValue)) != nil })
    let nodeJobs: NodeJobHandler = { report in
      logger.notice(
        "a node reports on a job",
        metadata: [
          "node": "\(report.node)", "job": "\(report.job)", "action": "\(report.action)",
          "outcome": "\(report.outcome)",
          "reason": "\(report.reason)",
        ])
    }
    let nodeJobService = NodeJobService(logger: logger, handler: nodeJobs)
    let bootstrapServer = HTTPServer(
      configuration: HTTPServerConfiguration(host: listen, port: bootstrapPort),
      tls: try TLSContexts.server(
        certificate, clientAuthorityPEM: authority.certificatePEM, clientCertificates: .optional),
      group: group, logger: logger,
      handler: { request in
        if let answer = await nodeJobService.handle(request) { answer } else { await bootstrap.handle(request) }
      })
    var hubConfiguration = HubServiceConfiguration()
    hubConfiguration.nodeJobs = nodeJobs
    hubConfiguration.clusterAuthorityPEM = authority.certificatePEM
    hubConfiguration.serviceAccountTokens = try ServiceAccountTokenIssuer.loadOrCreate(directory: dataDir)
    let hub = HubService(
      server: HubServer(
        configuration: HubConfiguration(host: listen, port: hubPort),
        tls: try TLSContexts.hub(certificate, authorityPEM: authority.certificatePEM),
        group: group, logger: logger),
      registry: registry, view: view, store: store, configuration: hubConfiguration, logger: logger)
    let controllers = ControlPlane(registry: registry, view: view, logger: logger)

    let serving = ServingEndpoints(count: 3) { endpoints in
      try announce(endpoints, authority: authority, administratorToken: administratorToken, tokens: tokens)
    }
    let ready: @Sendable (String, String, Int) -> Void = { name, host, port in
      do {
        try serving.add(name, Endpoint(host: host, port: port))
      } catch {
        logger.critical("the addresses cannot be written down", metadata: ["error": "\(error)"])
      }
    }
    defer { logger.info("stopped") }
    try await runUntilStopped(
      [
        CancellableService { await view.run() },
        CancellableService { await releaseDeleted(view, claims) },
        CancellableService { try await controllers.run() },
        CancellableService { try await hub.run { ready("hub", $0, $1) } },
        CancellableService { try await bootstrapServer.run { ready("bootstrap", $0, $1) } },
        CancellableService { try await apiServer.run { ready("api", $0, $1) } },
      ], logger: logger)
    await store.close()
  }

  /// Whose node is deleted loses its name: it may join again as another.
  private func releaseDeleted(_ view: ClusterView, _ claims: ClaimLog) async {
    let (deleted, continuation) = AsyncStream<NodeName>.makeStream()
    let observer = view.observe { change in
      guard change.key.resource == .nodes, change.new == nil, let node = try? NodeName(change.key.name) else { return }
      continuation.yield(node)
    }
    defer { view.removeObserver(observer) }
    for await node in deleted { await claims.release(node) }
  }

  private func serverCertificate(from authority: CertificateAuthority) throws -> KeyAndCertificate {
    var names = ["localhost", Terminal.hostname]
    var addresses = ["127.0.0.1"]
    if listen == "0.0.0.0" || listen == "::" {
      // Nodes may come by any of them, and an EdgeCore checks the address that it was given.
      let own = (try? System.enumerateDevices())?.compactMap { $0.address?.ipAddress } ?? []
      addresses += own.filter { !$0.hasPrefix("fe80:") }
    }
    for name in [listen] + advertise where name != "0.0.0.0" && name != "::" {
      if (try? SocketAddress(ipAddress: name, port: 0)) != nil { addresses.append(name) } else { names.append(name) }
    }
    return try authority.issueServerCertificate(
      commonName: "KubeEdge", dnsNames: Array(Set(names)).sorted(), ipAddresses: Array(Set(addresses)).sorted())
  }

  private func loadOrCreateAdministratorToken() throws -> String {
    let path = "\(dataDir)/admin-token"
    if let stored = try? Terminal.read(path, limit: 4096) {
      let token = String(decoding: stored, as: UTF8.self).filter { !$0.isWhitespace }
      if !token.isEmpty { return token }
    }
    let entropy = SystemEntropy()
    let token = (0..<4).map { _ in String(entropy.next() | 1 << 63, radix: 16) }.joined()
    try Terminal.replace(path, with: token + "\n", mode: 0o600)
    return token
  }

  /// Writes down how to reach this cloud and says that it serves.
  private func announce(
    _ endpoints: [String: Endpoint], authority: CertificateAuthority, administratorToken: String,
    tokens: JoinTokenIssuer
  ) throws {
    guard let api = endpoints["api"] else { return }
    let server = "https://\(api)"
    let configuration = try ClientConfiguration(
      server: server, authorityPEM: authority.certificatePEM, credential: .bearerToken(administratorToken))
    try Terminal.replace(
      "\(dataDir)/admin.kubeconfig", with: KubernetesYAML.encode(configuration.kubeconfig(name: "kubeedge-topology")),
      mode: 0o600)
    try Terminal.replace(
      "\(dataDir)/join-token", with: tokens.mint(lifetime: .seconds(tokenLifetime)) + "\n", mode: 0o600)
    let addresses = JSONObject(endpoints.sorted { $0.key < $1.key }.map { ($0, .string("\($1)")) })
    try Terminal.replace("\(dataDir)/endpoints.json", with: JSONValue.object(addresses).text + "\n")
    printReady(server)
  }
}

/// Collects the addresses of several listeners and acts when the last one serves.
private final class ServingEndpoints: Sendable {
  private let count: Int
  private let endpoints = Mutex<[String: Endpoint]>([:])
  private let complete: @Sendable ([String: Endpoint]) throws -> Void

  init(count: Int, complete: @escaping @Sendable ([String: Endpoint]) throws -> Void) {
    self.count = count
    self.complete = complete
  }

  func add(_ name: String, _ endpoint: Endpoint) throws {
    let all = endpoints.withLock { endpoints in
      endpoints[name] = endpoint
      return endpoints
    }
    if all.count == count { try complete(all) }
  }
}
#endif
