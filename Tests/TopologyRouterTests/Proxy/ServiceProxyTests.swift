#if Networking
import EdgePrimitives
import NIOCore
import NIOPosix
import Testing
import TopologyRouter
import TopologyRouterProxy

@Suite struct ServiceProxyTests {
  @Test("connections go to the endpoints of the chosen pool only, taking turns")
  func staysInPool() async throws {
    try await ProxyFixture.run { fixture in
      let (first, second) = (try await echo("first", fixture), try await echo("second", fixture))
      let foreign = try await echo("foreign", fixture)
      let listener = try await fixture.serve(
        fixture.table([("n1", first.port), ("n2", second.port), ("n3", foreign.port)]))
      var counts: [String: Int] = [:]
      for _ in 0..<8 { counts[try await name(at: listener, fixture), default: 0] += 1 }
      #expect(counts == ["first": 4, "second": 4])
      #expect(fixture.proxy.lastDecision(for: Sample.service)?.scope == .pool(try PoolName("hangzhou")))
    }
  }

  @Test("a change of endpoints is obeyed by the next connection, and open ones finish")
  func followsChanges() async throws {
    try await ProxyFixture.run { fixture in
      let (old, new) = (try await echo("old", fixture), try await echo("new", fixture))
      let listener = try await fixture.serve(fixture.table([("n1", old.port)]))
      let open = try await TestClient.connect(to: listener.listenPort, on: fixture.group)
      #expect(try await open.name() == "old")

      fixture.proxy.update(try fixture.table([("n2", new.port)]))
      #expect(try await name(at: listener, fixture) == "new")

      try await open.send(Array("still here".utf8))
      try await open.finishSending()
      #expect(String(decoding: try await open.received(), as: UTF8.self) == "old\nstill here")
    }
  }

  @Test("without an endpoint the client is closed at once, counted, and the decision tells why")
  func closesWithoutEndpoint() async throws {
    try await ProxyFixture.run { fixture in
      let foreign = try await echo("foreign", fixture)
      let listener = try await fixture.serve(fixture.table([("n3", foreign.port)]))
      #expect(try await name(at: listener, fixture) == "")
      #expect(fixture.proxy.statistics(for: Sample.service)?.withoutEndpoint == 1)
      #expect(fixture.proxy.lastDecision(for: Sample.service)?.scope == .none(.noneInTopology))
      #expect(fixture.proxy.lastTarget(for: Sample.service) == nil)
    }
  }

  @Test("an endpoint that refuses is passed over for another of the decision, never for one outside it")
  func triesOthersOfTheDecision() async throws {
    try await ProxyFixture.run { fixture in
      let (dead, alive) = (try await echo("dead", fixture), try await echo("alive", fixture))
      let foreign = try await echo("foreign", fixture)
      try await dead.stop()
      let both = try fixture.table([("n1", dead.port), ("n2", alive.port), ("n3", foreign.port)])
      let listener = try await fixture.serve(both)
      for _ in 0..<4 { #expect(try await name(at: listener, fixture) == "alive") }
      #expect(fixture.proxy.statistics(for: Sample.service)?.connectFailures ?? 0 >= 1)

      fixture.proxy.update(try fixture.table([("n1", dead.port), ("n3", foreign.port)]))
      #expect(try await name(at: listener, fixture) == "")
      #expect(fixture.proxy.statistics(for: Sample.service)?.unreachable == 1)
    }
  }

  @Test("a half-closed client still gets everything back, and every byte is counted")
  func relaysHalfClosed() async throws {
    try await ProxyFixture.run { fixture in
      let server = try await echo("echo", fixture)
      let listener = try await fixture.serve(fixture.table([("n1", server.port)]))
      let client = try await TestClient.connect(to: listener.listenPort, on: fixture.group)
      let payload = [UInt8](repeating: UInt8(ascii: "x"), count: 4 << 20)
      try await client.send(payload)
      try await client.finishSending()
      #expect(try await client.received() == Array("echo\n".utf8) + payload)
      let statistics = try #require(fixture.proxy.statistics(for: Sample.service))
      #expect(statistics.bytesToEndpoints == payload.count)
      #expect(statistics.bytesFromEndpoints == payload.count + 5)
    }
  }

  @Test("beyond the maximum of connections a client is closed at once; a closed one makes room")
  func boundsConnections() async throws {
    var configuration = ServiceProxyConfiguration()
    configuration.maximumConnections = 1
    try await ProxyFixture.run(configuration: configuration) { fixture in
      let server = try await echo("echo", fixture)
      let listener = try await fixture.serve(fixture.table([("n1", server.port)]))
      let first = try await TestClient.connect(to: listener.listenPort, on: fixture.group)
      #expect(try await first.name() == "echo")
      #expect(try await name(at: listener, fixture) == "")
      #expect(fixture.proxy.statistics(for: Sample.service)?.overLimit == 1)
      try await first.finishSending()
      _ = try await first.received()
      #expect(try await name(at: listener, fixture) == "echo")
    }
  }

  @Test("a connection without traffic is closed after the idle timeout")
  func closesIdleConnections() async throws {
    var configuration = ServiceProxyConfiguration()
    configuration.idleTimeout = .milliseconds(400)
    try await ProxyFixture.run(configuration: configuration) { fixture in
      let server = try await echo("echo", fixture)
      let listener = try await fixture.serve(fixture.table([("n1", server.port)]))
      let client = try await TestClient.connect(to: listener.listenPort, on: fixture.group)
      #expect(try await client.received() == Array("echo\n".utf8))
      #expect(fixture.proxy.statistics(for: Sample.service)?.relayed == 1)
    }
  }

  @Test("a service that comes back is found at the same port; in between nobody listens there")
  func keepsPorts() async throws {
    try await ProxyFixture.run { fixture in
      let server = try await echo("echo", fixture)
      let table = try fixture.table([("n1", server.port)])
      let before = try await fixture.serve(table)
      var without = table
      without.apply(.serviceRemoved(Sample.service))
      fixture.proxy.update(without)
      for await listeners in fixture.changes where listeners.isEmpty { break }
      await #expect(throws: (any Error).self) {
        try await TestClient.connect(to: before.listenPort, on: fixture.group)
      }
      #expect(try await fixture.serve(table) == before)
      #expect(try await name(at: before, fixture) == "echo")
    }
  }

  @Test("a cancelled proxy stops listening and cuts what does not finish in time")
  func stops() async throws {
    var configuration = ServiceProxyConfiguration()
    configuration.drainTimeout = .milliseconds(100)
    let (client, listener) = try await ProxyFixture.run(configuration: configuration) { fixture in
      let server = try await echo("echo", fixture)
      let listener = try await fixture.serve(fixture.table([("n1", server.port)]))
      let client = try await TestClient.connect(to: listener.listenPort, on: fixture.group)
      #expect(try await client.name() == "echo")
      return (client, listener)
    }
    #expect(try await client.received() == Array("echo\n".utf8))
    await #expect(throws: (any Error).self) {
      try await TestClient.connect(to: listener.listenPort, on: MultiThreadedEventLoopGroup.singleton)
    }
  }

  private func echo(_ name: String, _ fixture: ProxyFixture) async throws -> NamedEchoServer {
    try await NamedEchoServer.start(name, on: fixture.group)
  }

  private func name(at listener: ServicePortListener, _ fixture: ProxyFixture) async throws -> String {
    try await TestClient.nameOfPeer(at: listener.listenPort, on: fixture.group)
  }
}
#endif
