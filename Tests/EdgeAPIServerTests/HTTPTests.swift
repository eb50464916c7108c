#if Networking
import EdgeAPIClient
import EdgeAPIModels
import EdgeAPIServer
import EdgeHTTP
import EdgeIdentity
import EdgeJSON
import EdgePrimitives
import EdgeStore
import Logging
import NIOCore
import NIOPosix
import Testing

/// An API server on a TLS socket of its own, for the time of one test.
struct RunningServer: Sendable {
  static let token = "correct-horse-battery-staple"

  let registry: ObjectRegistry
  let store: MemoryStore
  let authority: CertificateAuthority
  let port: Int

  var server: String { "https://127.0.0.1:\(port)" }

  func client(_ credential: ClientConfiguration.Credential = .bearerToken(token)) throws -> KubeClient {
    try KubeClient(
      configuration: ClientConfiguration(
        server: server, authorityPEM: authority.certificatePEM, credential: credential),
      group: .singletonMultiThreadedEventLoopGroup)
  }

  /// For requests that the client would never make.
  func http() throws -> HTTPClient {
    try HTTPClient(
      host: "127.0.0.1", port: port, tls: TLSContexts.client(authorityPEM: authority.certificatePEM),
      group: .singletonMultiThreadedEventLoopGroup)
  }

  func send(_ method: String, _ target: String, _ body: String = "", _ headers: [(String, String)] = []) async throws
    -> (status: Int, body: JSONValue)
  {
    var fields = headers
    if !headers.contains(where: { $0.0 == "Authorization" }) {
      fields.append(("Authorization", "Bearer \(Self.token)"))
    }
    let response = try await http().send(
      HTTPClientRequest(method: method, target: target, headers: HTTPHeaderList(fields), body: Array(body.utf8)))
    return (response.status, (try? JSONValue(parsing: response.body)) ?? .string(response.text))
  }

  static func with(
    isWritable: Bool = true, bookmarkInterval: Duration = .seconds(60),
    _ body: @escaping @Sendable (RunningServer) async throws -> Void
  ) async throws {
    let authority = try CertificateAuthority.create()
    let identity = try authority.issueServerCertificate(
      commonName: "api", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"])
    let tls = try TLSContexts.server(
      identity, clientAuthorityPEM: authority.certificatePEM, clientCertificates: .optional)
    let store = MemoryStore()
    let registry = ObjectRegistry(store: store)
    var configuration = APIServerConfiguration()
    configuration.bookmarkInterval = bookmarkInterval
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    let api = APIServer(
      source: registry, writer: isWritable ? registry : nil,
      authenticator: APIAuthenticator(administratorToken: token), configuration: configuration, logger: logger)
    let http = HTTPServer(
      configuration: HTTPServerConfiguration(), tls: tls, group: .singletonMultiThreadedEventLoopGroup, logger: logger,
      handler: api.handle)
    let (ports, ready) = AsyncStream.makeStream(of: Int.self)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await http.run { _, port in ready.yield(port) } }
      group.addTask {
        for await port in ports {
          try await body(RunningServer(registry: registry, store: store, authority: authority, port: port))
          return
        }
      }
      // Whichever ends first, the test or a server that could not start, ends the other.
      defer { group.cancelAll() }
      try await group.next()
    }
  }
}

/// The refusal that `body` must end with.
func clientRefusal<Result>(_ body: () async throws -> Result) async -> KubeClientError? {
  do {
    _ = try await body()
    return nil
  } catch {
    return error as? KubeClientError
  }
}

@Suite("The API over HTTPS", .timeLimit(.minutes(1)))
struct HTTPTests {
  @Test("objects are created, read, listed, patched, applied and deleted through the client")
  func lifeCycle() async throws {
    try await RunningServer.with { server in
      let client = try server.client()
      let created = try await client.create(Sample.deployment("web"))
      #expect(created.metadata.generation == 1)
      let key = Sample.key(.deployments, "web")
      #expect(try await client.get(key) == created)
      #expect(await clientRefusal { try await client.create(Sample.deployment("web")) }?.code == .alreadyExists)

      let patched = try await client.patch(key, ["spec": ["replicas": 3]])
      #expect(patched["spec", "replicas"] == 3)
      var stale = created
      stale["spec", "replicas"] = 5
      #expect(await clientRefusal { try await client.update(stale) }?.code == .conflict)
      let status = try await client.patch(key, ["status": ["replicas": 3]], subresource: .status)
      #expect(status["status", "replicas"] == 3)
      #expect(try await client.apply(Sample.deployment("web", replicas: 2)).outcome == .configured)
      #expect(try await client.apply(Sample.deployment("web", replicas: 2)).outcome == .unchanged)
      #expect(try await client.apply(Sample.deployment("api")).outcome == .created)

      let page = try await client.list(.deployments, KubeClient.Query(namespace: "default"), limit: 1)
      #expect(page.items.compactMap(\.metadata.name) == ["api"])
      let rest = try await client.list(
        .deployments, KubeClient.Query(namespace: "default"), limit: 1, continue: page.continueToken)
      #expect(rest.items.compactMap(\.metadata.name) == ["web"])
      #expect(rest.continueToken == nil)

      #expect(try await client.delete(key) == nil)
      #expect(await clientRefusal { try await client.get(key) }?.code == .notFound)
    }
  }

  @Test("a bound pod comes back from its deletion with a timestamp, and goes by force")
  func gracefulDeletion() async throws {
    try await RunningServer.with { server in
      let client = try server.client()
      try await client.create(Sample.pod("web", node: "edge-1"))
      let key = Sample.key(.pods, "web")
      #expect(try await client.delete(key)?.metadata.deletionTimestamp != nil)
      #expect(await clientRefusal { try await client.delete(key, uid: "other") }?.code == .conflict)
      #expect(try await client.delete(key, gracePeriodSeconds: 0) == nil)
    }
  }

  @Test("a device written in v1alpha2 is served in both versions, as object, list and watch")
  func versions() async throws {
    try await RunningServer.with { server in
      let client = try server.client()
      let alpha = try await client.create(Sample.object(Sample.alphaDevice))
      #expect(alpha.apiVersion == "devices.kubeedge.io/v1alpha2")
      let key = Sample.key(.devices, "sensor-01")
      #expect(try await client.get(key)["spec", "protocol", "protocolName"] == "modbus")
      let list = try await client.list(.devices, KubeClient.Query(version: "v1alpha2"))
      #expect(list.items.first?["spec", "protocol", "modbus", "slaveID"] == 1)
      struct Seen: Error {}
      await #expect(throws: Seen.self) {
        try await client.watch(.devices, KubeClient.Query(version: "v1alpha2")) { event in
          #expect(event.object["spec", "protocol", "common", "tcp", "ip"] == "127.0.0.1")
          throw Seen()
        }
      }
    }
  }

  @Test("a watch streams events as they happen and ends when its time is up")
  func watch() async throws {
    try await RunningServer.with { server in
      let client = try server.client()
      let list = try await client.list(.configMaps)
      try await client.create(Sample.configMap("c"))
      try await client.delete(Sample.key(.configMaps, "c"))
      var told: [String] = []
      try await client.watch(.configMaps, from: list.resourceVersion, timeout: .seconds(1)) { event in
        told.append("\(event.kind.rawValue) \(event.object.metadata.name ?? "")")
        if told.count == 2 { try await server.registry.create(Sample.configMap("late")) }
      }
      #expect(told == ["ADDED c", "DELETED c", "ADDED late"])
    }
  }

  @Test("a watch that sees nothing is told by bookmarks how far it has come")
  func bookmarks() async throws {
    try await RunningServer.with(bookmarkInterval: .milliseconds(20)) { server in
      let client = try server.client()
      let query = KubeClient.Query(labelSelector: try LabelSelector(parsing: "on=yes"))
      let start = try await client.list(.configMaps).resourceVersion
      let hidden = try await server.registry.create(Sample.configMap("hidden"))
      var told: [KubeClient.WatchEvent] = []
      try await client.watch(.configMaps, query, from: start, timeout: .seconds(1)) { told.append($0) }
      #expect(told.map(\.kind) == [.bookmark])
      #expect(told.first?.object.metadata.resourceVersion == hidden.metadata.resourceVersion)
    }
  }

  @Test("a watch from a compacted version ends with expired")
  func expiredWatch() async throws {
    try await RunningServer.with { server in
      for index in 0..<4 { try await server.registry.create(Sample.configMap("c\(index)")) }
      try await server.store.compact(upTo: Revision(rawValue: 5))
      let client = try server.client()
      let error = await clientRefusal { try await client.watch(.configMaps, from: "2") { _ in } }
      #expect(error?.code == .expired && error?.httpStatus == 410)
    }
  }

  @Test("a wrong token, none, and a node's certificate are refused; an administrator's certificate is let in")
  func credentials() async throws {
    try await RunningServer.with { server in
      let wrong = await clientRefusal { try await server.client(.bearerToken("wrong-secret")).list(.pods) }
      #expect(wrong?.code == .unauthorized && wrong?.message == "Unauthorized")
      #expect(await clientRefusal { try await server.client(.none).list(.pods) }?.code == .unauthorized)
      let node = try server.authority.issueClientCertificate(
        commonName: "system:node:edge-1", organizations: ["system:nodes"])
      let refused = await clientRefusal { try await server.client(.certificate(node)).list(.pods) }
      #expect(refused?.code == .forbidden)
      #expect(refused?.message.contains("User \"system:node:edge-1\" cannot list resource \"pods\"") == true)
      let administrator = try server.authority.issueClientCertificate(
        commonName: "admin", organizations: ["system:masters"])
      #expect(try await server.client(.certificate(administrator)).list(.pods).items.isEmpty)
      #expect(try await server.client(.none).isReady())
    }
  }

  @Test("a server of another authority is not talked to")
  func foreignServer() async throws {
    try await RunningServer.with { server in
      let stranger = try CertificateAuthority.create()
      let client = try KubeClient(
        configuration: ClientConfiguration(
          server: server.server, authorityPEM: stranger.certificatePEM,
          credential: .bearerToken(RunningServer.token)),
        group: .singletonMultiThreadedEventLoopGroup)
      #expect(await clientRefusal { try await client.list(.pods) }?.code == .tls)
    }
  }

  @Test("bad requests are refused with a Status that says what is wrong")
  func badRequests() async throws {
    try await RunningServer.with { server in
      let maps = "/api/v1/namespaces/default/configmaps"
      let json = [("Content-Type", "application/json")]
      let table: [(String, String, String, [(String, String)], Int, String)] = [
        ("POST", maps, "{\"kind\":", json, 400, "not valid JSON"),
        ("POST", maps, "[1]", json, 400, "must be a JSON object"),
        ("POST", maps, #"{"kind":"ConfigMap"}"#, json, 400, "apiVersion"),
        (
          "POST", maps, #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"}}"#, json, 400,
          "does not match the URL"
        ),
        ("POST", maps, "kind: ConfigMap", [("Content-Type", "application/yaml")], 415, "application/json"),
        (
          "POST", maps + "?dryRun=All", #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"}}"#, json, 400,
          "dryRun"
        ),
        ("PATCH", maps + "/x", "{}", json, 415, "application/strategic-merge-patch+json"),
        ("GET", maps + "?labelSelector=a%20in", "", [], 400, ""),
        ("GET", maps + "?limit=many", "", [], 400, "limit"),
        ("GET", maps, "", [("Accept", "application/yaml")], 406, "application/json"),
        (
          "POST", maps, #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"}}"#,
          json + [("Accept", "application/yaml")], 406, "application/json"
        ),
        ("GET", "/apis/example.com/v1/gadgets", "", [], 404, "gadgets.example.com"),
        ("GET", "/api/v1/namespaces/default/nodes", "", [], 404, "could not find"),
        ("GET", "/nothing/here", "", [], 404, "could not find"),
        ("GET", "/api/v1/namespaces/default/configmaps/a%2Fb", "", [], 404, "could not find"),
        ("DELETE", maps, "", [], 405, "does not allow this method"),
        ("DELETE", maps + "/x?propagationPolicy=Foreground", "", [], 400, "Foreground"),
      ]
      for (method, target, body, headers, status, text) in table {
        let answer = try await server.send(method, target, body, headers)
        #expect(answer.status == status, "\(method) \(target)")
        #expect(answer.body["kind"] == "Status" && answer.body["status"] == "Failure", "\(method) \(target)")
        #expect(answer.body["code"] == .integer(Int64(status)))
        #expect(answer.body["message"]?.stringValue?.contains(text) == true || text.isEmpty, "\(answer.body)")
      }
      #expect(try await server.registry.list(.configMaps).items.isEmpty)
    }
  }

  @Test("an invalid object is refused with the fields as causes")
  func invalid() async throws {
    try await RunningServer.with { server in
      var pod = Sample.pod("web")
      pod["spec", "containers"] = []
      let error = await clientRefusal { try await server.client().create(pod) }
      #expect(error?.code == .invalid && error?.httpStatus == 422)
      #expect(error?.causes.map(\.field) == ["spec.containers"])
    }
  }

  @Test("an oversized body is refused without being read to the end")
  func oversized() async throws {
    try await RunningServer.with { server in
      let big = Sample.configMap("big", ["a": String(repeating: "x", count: 4 << 20)])
      let error = await clientRefusal { try await server.client().create(big) }
      #expect(error?.code == .tooLarge)
    }
  }

  @Test("a read-only server answers reads and refuses writes")
  func readOnly() async throws {
    try await RunningServer.with(isWritable: false) { server in
      try await server.registry.create(Sample.configMap("c"))
      let client = try server.client()
      #expect(try await client.list(.configMaps).items.count == 1)
      #expect(await clientRefusal { try await client.create(Sample.configMap("d")) }?.code == .methodNotAllowed)
    }
  }

  @Test("discovery tells groups, versions and resources; health and version need no credential")
  func discovery() async throws {
    try await RunningServer.with { server in
      let groups = try await server.send("GET", "/apis")
      let names = groups.body["groups"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
      #expect(names.contains("apps") && names.contains("devices.kubeedge.io"))
      let resources = try await server.send("GET", "/apis/devices.kubeedge.io/v1alpha2")
      let plural = resources.body["resources"]?.arrayValue?.compactMap { $0["name"]?.stringValue }
      #expect(plural == ["devicemodels", "devices"])
      #expect(try await server.send("GET", "/apis/none.example/v1").status == 404)
      let http = try server.http()
      for path in ["/healthz", "/readyz", "/livez"] {
        #expect(try await http.send(HTTPClientRequest(target: path)).text == "ok")
      }
      #expect(try await http.send(HTTPClientRequest(target: "/version")).status == 200)
      #expect(try await http.send(HTTPClientRequest(target: "/api")).status == 401)
    }
  }
}
#endif
