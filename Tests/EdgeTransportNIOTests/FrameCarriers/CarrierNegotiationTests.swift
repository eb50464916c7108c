#if Networking
import EdgeIdentity
import EdgePrimitives
import EdgeTransport
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import EdgeTransportNIO

@Suite("carrier negotiation", .serialized, .timeLimit(.minutes(1)))
struct CarrierNegotiationTests {
  /// Serves what it is told with one directory.
  private func withSessions(
    tls: @escaping @Sendable (inout TLSFrameServer.Configuration) -> Void = { _ in },
    _ body: @escaping @Sendable (FrameHarness, FramedSessionService) async throws -> Void
  ) async throws {
    let service = FramedSessionService(logger: TestHub.logger)
    let setup = FrameHarness.Setup(tls: tls, serve: { await service.serve($0, of: $1) })
    try await FrameHarness.with(setup) { try await body($0, service) }
  }

  @Test("an edge that offers nothing is served KubeEdge's messages by a hub that knows frames, as before")
  func kubeEdgePeer() async throws {
    try await withSessions { harness, service in
      let connection = try await harness.hub.client("edge-1").connect()
      #expect(connection.webSocket.subprotocol == nil)
      try await connection.send(message("plain"))
      var iterator = connection.inbound.makeAsyncIterator()
      #expect(try await iterator.next() == message("plain"))
      await connection.close()
      // Byte for byte: the answer to KubeEdge's upgrade names no subprotocol.
      let peer = try await harness.hub.rawConnection("edge-2")
      try await peer.send(harness.hub.upgradeRequest("edge-2"))
      #expect(await peer.eventually { String(decoding: $0, as: UTF8.self).contains("\r\n\r\n") })
      #expect(peer.text.hasPrefix("HTTP/1.1 101") && !peer.text.lowercased().contains("sec-websocket-protocol"))
      try await peer.channel.close()
      #expect(service.statistics == FramedSessionService.Statistics())
    }
  }

  @Test("frames are chosen among other offers, and a subprotocol that the hub does not know is none")
  func offers() async throws {
    try await withSessions { harness, _ in
      let some = try harness.hub.client("edge-1") { $0.subprotocols = ["other", FrameProtocol.webSocketSubprotocol] }
      let agreed = try await some.connect()
      #expect(agreed.webSocket.subprotocol == FrameProtocol.webSocketSubprotocol)
      _ = try agreed.webSocket.frameCarrier()
      await agreed.close()
      let unknown = try await harness.hub.client("edge-1") { $0.subprotocols = ["edge-frames.v2"] }.connect()
      #expect(unknown.webSocket.subprotocol == nil)
      try await unknown.send(message("a"))
      await unknown.close()
    }
  }

  @Test("a framed edge at a hub that knows no frames is told so, and may go on with KubeEdge's messages at once")
  func fallback() async throws {
    try await TestHub.with { hub in
      let client = try hub.client("edge-1") { $0.keepaliveInterval = .seconds(15) }
      await #expect {
        _ = try await client.connectFrames()
      } throws: { error in
        guard let error = error as? TransportError else { return false }
        return error.code == .framesNotSpoken && !error.isRetryable
      }
      guard case .kubeEdge(let connection) = try await client.connectPreferringFrames() else {
        Issue.record("frames at a hub that knows none")
        return
      }
      #expect(throws: TransportError.self) { try connection.webSocket.frameCarrier() }
      // KubeEdge's keepalive runs on it as on any other.
      var iterator = connection.inbound.makeAsyncIterator()
      #expect(try await iterator.next()?.operation == .keepalive)
      try await connection.send(message("fallen back"))
      #expect(try await iterator.next()?.id == "fallen back")
      await connection.close()
    }
  }

  @Test("a client of frames over TLS at a hub of WebSockets, and the other way round, are told or cut off")
  func wrongServer() async throws {
    try await withSessions { harness, _ in
      let lost = try harness.tlsClient {
        $0.host = "127.0.0.1"
        $0.port = harness.hub.port
      }
      await #expect { _ = try await lost.connect() } throws: {
        ($0 as? TransportError)?.code == .framesNotSpoken
      }
      let web = EdgeHubClient(
        configuration: EdgeHubConfiguration(
          host: FrameHarness.tlsHost, port: harness.tlsPort, nodeName: try NodeName("edge-1")),
        tls: try harness.hub.clientTLS("edge-1"), group: TestHub.group, logger: TestHub.logger)
      await #expect(throws: TransportError.self) { _ = try await web.connect() }
      #expect(await soon { harness.tlsServer.statistics.refused == 1 })
      #expect(harness.tlsServer.statistics.accepted == 0)
    }
  }

  @Test("a certificate of another authority or of no node gets no carrier over TLS")
  func strangers() async throws {
    try await withSessions { harness, _ in
      let stranger = try CertificateAuthority.create(commonName: "stranger", clock: SystemWallClock())
      let foreign = try harness.tlsClient(tls: try harness.frameTLS("edge-1", authority: stranger))
      await #expect {
        while try await foreign.connect().receive() != nil {}
      } throws: { error in
        guard let error = error as? TransportError else { return false }
        return error.code == .insecure || error.code == .connectionLost
      }
      #expect(await soon { harness.tlsServer.statistics.handshakesFailed == 1 })
      // Ours, but an administrator's.
      let identity = try harness.hub.authority.issueClientCertificate(
        commonName: "admin", organizations: ["system:masters"], validity: .seconds(3600))
      let admin = try harness.tlsClient(
        tls: try TLSContexts.frameClient(authorityPEM: harness.hub.authority.certificatePEM, identity: identity))
      let session = FramedSession(credential: try FrameHarness.credential(1))
      await session.run(on: try await admin.connect())
      #expect(session.close?.reason == .transport(.connectionRefused, frameType: 0))
      #expect(session.close?.text.contains("not a node's") == true)
      // And a client does not take a server of another authority.
      let wrong = try TLSContexts.frameClient(
        authorityPEM: stranger.certificatePEM,
        identity: try stranger.issueClientCertificate(
          commonName: "system:node:edge-1", organizations: ["system:nodes"], validity: .seconds(3600)))
      await #expect { _ = try await harness.tlsClient(tls: wrong).connect() } throws: {
        ($0 as? TransportError)?.code == .insecure
      }
      #expect(harness.tlsServer.statistics.accepted == 0 && harness.tlsServer.statistics.refused == 1)
    }
  }

  @Test("a session is its node's: another node, with its id and secret, is answered as if there were none")
  func foreignNode() async throws {
    try await withSessions { harness, service in
      let mine = FramedSession(credential: try FrameHarness.credential(1))
      let running = Task { await mine.run(on: try await harness.connect(.webSocket, "edge-1")) }
      let stream = try await mine.openStream()
      try await stream.write([1])
      let theirs = FramedSession(credential: try FrameHarness.credential(1))
      await theirs.run(on: try await harness.connect(.tls, "edge-2"))
      #expect(theirs.close?.reason == .transport(.sessionUnknown, frameType: 0))
      try await mine.flush()
      mine.closeSession()
      _ = try await running.value
      #expect(service.statistics.carriersClosed[.sessionUnknown] == 1)
    }
  }

  @Test("a full server refuses a node's connection, not its session; a node's connection too many replaces its oldest")
  func places() async throws {
    let bounds: @Sendable (inout TLSFrameServer.Configuration) -> Void = {
      $0.maximumConnections = 2
      $0.maximumConnectionsPerNode = 2
    }
    try await withSessions(tls: bounds) { harness, _ in
      let oldest = try await harness.connect(.tls, "edge-1")
      _ = try await harness.connect(.tls, "edge-1")
      let refused = FramedSession(credential: try FrameHarness.credential(2))
      let end = await refused.run(on: try await harness.connect(.tls, "edge-2"))
      #expect(end.leavesSessionAlive && refused.close == nil)
      _ = try await harness.connect(.tls, "edge-1")
      #expect(try await oldest.receive() == nil)
      #expect(await soon { harness.tlsServer.statistics.connections == 2 })
      #expect(harness.tlsServer.statistics.accepted == 3 && harness.tlsServer.statistics.refused == 1)
    }
  }

  @Test("a server that stops tells every carrier's session by a close in good order, and comes to its end")
  func stop() async throws {
    let ends = Shared<[FramedSession.ConnectionEnd]>([])
    let sessions = Shared<[FramedSession]>([])
    try await withThrowingTaskGroup(of: Void.self) { clients in
      let (connected, continuation) = AsyncStream<Void>.makeStream()
      try await withSessions { harness, _ in
        for (number, kind) in FrameHarness.Kind.allCases.enumerated() {
          let session = FramedSession(credential: try FrameHarness.credential(UInt64(number)))
          sessions.withLock { $0.append(session) }
          let carrier = try await harness.connect(kind)
          Task {
            let end = await session.run(on: carrier)
            ends.withLock { $0.append(end) }
            continuation.yield()
          }
          _ = try await session.openStream()
        }
      }
      var iterator = connected.makeAsyncIterator()
      for _ in FrameHarness.Kind.allCases { await iterator.next() }
    }
    #expect(ends.withLock { $0.allSatisfy(\.leavesSessionAlive) && $0.count == 2 })
    #expect(sessions.withLock { $0.allSatisfy { $0.close == nil } })
  }
}
#endif
