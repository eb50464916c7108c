#if QUIC
import EdgeIdentity
import EdgePrimitives
import EdgeTransport
import EdgeTransportNIO
import Testing

@testable import EdgeTransportQUIC

@Suite("QUIC on bad networks and across addresses", .serialized, .timeLimit(.minutes(1)))
struct QUICMovesTests {
  /// Bytes that show where they belong.
  private static func lines(_ stream: Int, count: Int) -> [UInt8] {
    (0..<count).flatMap { Array("stream \(stream) line \($0)\n".utf8) }
  }

  private static func read(_ stream: FramedStream) async throws -> [UInt8] {
    var all: [UInt8] = []
    while let bytes = try await stream.read() { all += bytes }
    return all
  }

  /// Sends `payloads` on a stream each, over `carrier`, to an application that sends everything back.
  private static func echo(
    _ payloads: [[UInt8]], over carrier: any FrameCarrier, meanwhile: () async throws -> Void = {}
  ) async throws -> FramedSessionCounters {
    let session = FramedSession(credential: try QUICHarness.credential(1))
    let running = Task { await session.run(on: carrier) }
    try await withThrowingTaskGroup(of: Void.self) { transfers in
      for payload in payloads {
        transfers.addTask {
          let stream = try await session.openStream()
          async let received = Self.read(stream)
          for start in stride(from: 0, to: payload.count, by: 20_000) {
            try await stream.write(Array(payload[start..<min(start + 20_000, payload.count)]))
            try await Task.sleep(for: .milliseconds(10))
          }
          stream.finish()
          let isSame = try await received == payload
          #expect(isSame)
        }
      }
      try await meanwhile()
      try await transfers.waitForAll()
    }
    session.closeSession()
    _ = await running.value
    return session.counters
  }

  /// Serves framed sessions whose application sends everything back.
  private static func withEcho(
    _ configure: @escaping @Sendable (inout QUICFrameServer.Configuration) -> Void = { _ in },
    _ body: @escaping @Sendable (QUICHarness, FramedSessionService) async throws -> Void
  ) async throws {
    let service = FramedSessionService(logger: QUICHarness.logger)
    let setup = QUICHarness.Setup(
      configure: configure, serve: { await service.serve($0.carrier, of: $0.nodeName) })
    try await QUICHarness.with(setup) { harness in
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
          await service.run { session, _ in
            await withDiscardingTaskGroup { echoes in
              while let stream = try? await session.acceptStream() {
                echoes.addTask {
                  while let bytes = try? await stream.read() { try? await stream.write(bytes) }
                  stream.finish()
                }
              }
            }
          }
        }
        try await body(harness, service)
        tasks.cancelAll()
      }
    }
  }

  @Test(
    "where datagrams are lost, doubled, damaged and overtake each other, a framed session loses nothing and needs one connection",
    arguments: [1, 2, 3] as [UInt64])
  func lossy(_ seed: UInt64) async throws {
    try await Self.withEcho { harness, _ in
      let relay = try await DatagramRelay.start(
        to: harness.port, seed: seed, .init(lost: 50, doubled: 30, late: 100, damaged: 30))
      let payloads = (0..<3).map { Self.lines($0, count: 8000) }
      let carrier = try await harness.client(port: relay.port).connect()
      let counters = try await Self.echo(payloads, over: carrier)
      #expect(counters.resumptions == 0, "seed \(seed)")
      #expect(counters.streamBytesReceived == UInt64(payloads.reduce(0) { $0 + $1.count }))
      #expect(harness.server.statistics.accepted == 1 && harness.server.statistics.addressChanges == 0)
      await relay.stop()
    }
  }

  @Test(
    "in the middle of a transfer the client takes another socket, twice; the connection goes on without a handshake")
  func rebinds() async throws {
    try await Self.withEcho { harness, _ in
      let carrier = try await harness.client().connect()
      let counters = try await Self.echo((0..<3).map { Self.lines($0, count: 8000) }, over: carrier) {
        for _ in 0..<2 {
          try await Task.sleep(for: .milliseconds(50))
          let before = harness.server.statistics.addressChanges
          carrier.rebind()
          #expect(await soon { harness.server.statistics.addressChanges > before })
        }
      }
      #expect(counters.resumptions == 0)
      #expect(harness.server.statistics.accepted == 1 && harness.server.statistics.addressChanges == 2)
    }
  }

  @Test("a NAT that forgot the client gives it another address; neither end is told, and the connection goes on")
  func natForgets() async throws {
    try await Self.withEcho { harness, _ in
      let relay = try await DatagramRelay.start(to: harness.port)
      let carrier = try await harness.client(port: relay.port).connect()
      let counters = try await Self.echo((0..<3).map { Self.lines($0, count: 8000) }, over: carrier) {
        try await Task.sleep(for: .milliseconds(50))
        try await relay.changeAddress()
        #expect(await soon { harness.server.statistics.addressChanges == 1 })
      }
      #expect(counters.resumptions == 0 && harness.server.statistics.accepted == 1)
      await relay.stop()
    }
  }

  @Test("a session goes on over the next connection, and another node cannot take it along")
  func resumesOverNextCarrier() async throws {
    try await Self.withEcho { harness, _ in
      let session = FramedSession(credential: try QUICHarness.credential(2))
      let first = try await harness.client().connect()
      let running = Task { await session.run(on: first) }
      let stream = try await session.openStream()
      try await stream.write([1, 2, 3])
      #expect(try await stream.read() == [1, 2, 3])
      await first.close()
      _ = await running.value
      let thief = FramedSession(credential: try QUICHarness.credential(2))
      let end = await thief.run(on: try await harness.client("edge-2").connect())
      #expect(!end.leavesSessionAlive)
      let second = try await harness.client().connect()
      let again = Task { await session.run(on: second) }
      try await stream.write([4])
      #expect(try await stream.read() == [4])
      #expect(session.counters.resumptions == 1)
      session.closeSession()
      _ = await again.value
    }
  }

  @Test("FF-01: in the middle of a transfer a session goes from TLS to QUIC and back; nothing is lost or repeated")
  func changesKind() async throws {
    try await Self.withEcho { harness, service in
      let identity = try harness.authority.issueServerCertificate(
        commonName: "hub", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"], validity: .seconds(3600))
      let server = TLSFrameServer(
        configuration: .init(host: "127.0.0.1", port: 0),
        tls: try TLSContexts.frameServer(identity, authorityPEM: harness.authority.certificatePEM),
        group: QUICHarness.group, logger: QUICHarness.logger)
      let node = try harness.authority.issueClientCertificate(
        commonName: "system:node:edge-1", organizations: ["system:nodes"], validity: .seconds(3600))
      let tls = try TLSContexts.frameClient(authorityPEM: harness.authority.certificatePEM, identity: node)
      let (ports, portsIn) = AsyncStream<Int>.makeStream()
      let serving = Task { try await server.run(framedSessions: service, onReady: { _, port in portsIn.yield(port) }) }
      var iterator = ports.makeAsyncIterator()
      let port = try #require(await iterator.next())
      let overTLS = TLSFrameClient(
        configuration: .init(host: "127.0.0.1", port: port), tls: tls, group: QUICHarness.group)
      let overQUIC = try harness.client()

      let session = FramedSession(credential: try QUICHarness.credential(3))
      let payload = Self.lines(1, count: 20_000)
      let carriers = Task {
        var round = 0
        while session.close == nil {
          let carrier: any FrameCarrier =
            round % 2 == 0 ? try await overTLS.connect() : try await overQUIC.connect()
          let running = Task { await session.run(on: carrier) }
          try await Task.sleep(for: .milliseconds(40))
          // Given up, or simply followed by the next one.
          if round % 3 == 0 { session.detach() }
          round += 1
          if session.close != nil { _ = await running.value }
        }
        return round
      }
      let stream = try await session.openStream()
      async let received = Self.read(stream)
      for start in stride(from: 0, to: payload.count, by: 20_000) {
        try await stream.write(Array(payload[start..<min(start + 20_000, payload.count)]))
        try await Task.sleep(for: .milliseconds(10))
      }
      stream.finish()
      let isSame = try await received == payload
      #expect(isSame)
      session.closeSession()
      let rounds = try await carriers.value
      #expect(rounds > 3 && session.counters.resumptions > 2)
      #expect(harness.server.statistics.accepted > 0 && server.statistics.accepted > 0)
      serving.cancel()
      _ = await serving.result
    }
  }

  @Test("a server that has forgotten its connections says so, and the client is told at once")
  func restart() async throws {
    let shared = try QUICHarness.newServer()
    // What the first server says at its end goes nowhere.
    let setup = QUICHarness.Setup(
      configure: { $0.timing.closeTimeout = .milliseconds(100) },
      serve: { accepted in
        while let bytes = try? await accepted.carrier.receive() { try? await accepted.carrier.send(bytes) }
      })
    try await QUICHarness.with(setup, identity: shared) { first in
      try await QUICHarness.with(setup, identity: shared) { second in
        let relay = try await DatagramRelay.start(to: first.port)
        let carrier = try await first.client(port: relay.port).connect()
        try await carrier.send([1])
        #expect(try await carrier.receive() == [1])
        try relay.lead(to: second.port)
        try await carrier.send([2])
        let error = await #expect(throws: TransportError.self) { _ = try await carrier.receive() }
        #expect(error?.code == .connectionLost)
        #expect(second.server.statistics.resets >= 1)
        await relay.stop()
      }
    }
  }

  @Test("a server that stops closes its carriers in good order")
  func stops() async throws {
    let carrier = Shared<QUICClientCarrier?>(nil)
    try await QUICHarness.with(QUICHarness.Setup(serve: { _ = try? await $0.carrier.receive() })) { harness in
      let connected = try await harness.client().connect()
      carrier.withLock { $0 = connected }
      #expect(await soon { harness.server.statistics.connections == 1 })
    }
    let connected = try #require(carrier.withLock { $0 })
    #expect(try await connected.receive() == nil)
  }
}
#endif
