#if Networking
import EdgeIdentity
import EdgePrimitives
import EdgeTransport
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Testing

@testable import EdgeTransportNIO

/// Both ends over real sockets with mutual TLS.
@Suite("hub and edge", .serialized, .timeLimit(.minutes(1)))
struct HubTests {
  @Test(
    "messages of every size come back unchanged and in order, wherever sessions run",
    arguments: [SessionExecution.sharedPool, .eventLoop])
  func echo(_ execution: SessionExecution) async throws {
    try await TestHub.with(TestHub.Setup(configure: { $0.sessionExecution = execution })) { hub in
      let connection = try await hub.client("edge-1").connect()
      let sizes = [0, 10, 200, 70_000, 1_000_000, 10, 3]
      let sent = sizes.enumerated().map { index, size in
        message("\(index)", content: MessageContent(text: String(repeating: "x", count: size)))
      }
      async let sending: Void = { for message in sent { try await connection.send(message) } }()
      var received: [EdgeMessage] = []
      for try await message in connection.inbound {
        received.append(message)
        if received.count == sent.count { break }
      }
      try await sending
      #expect(received == sent)
      #expect(hub.server.connectedNodes == [try NodeName("edge-1")])
      await connection.close()
      #expect(await soon { hub.server.statistics.sessions == 0 })
    }
  }

  @Test("a flood is neither lost nor reordered while the receiver is slow: both ends wait")
  func backpressure() async throws {
    let count = 2000
    let received = Shared<[String]>([])
    let slow: @Sendable (HubConnection) async -> Void = { connection in
      do {
        for try await message in connection.inbound {
          let count = received.withLock { ids in
            ids.append(message.id)
            return ids.count
          }
          if count % 300 == 0 { try await Task.sleep(for: .milliseconds(5)) }
        }
      } catch {}
    }
    try await TestHub.with(TestHub.Setup(handleSession: slow)) { hub in
      let connection = try await hub.client("edge-1").connect()
      let content = MessageContent(text: String(repeating: "y", count: 1500))
      for index in 0..<count { try await connection.send(message("\(index)", content: content)) }
      #expect(await soon { received.withLock { $0.count } == count })
      await connection.close()
      let isInOrder = received.withLock { $0 == (0..<count).map(String.init) }
      #expect(isInOrder)
    }
  }

  @Test("FF-02: a newer session takes over at once, and the old one's end does not touch it")
  func takeover() async throws {
    try await TestHub.with { hub in
      let old = try await hub.client("edge-1").connect()
      let new = try await hub.client("edge-1").connect()
      await #expect { for try await _ in old.inbound {} } throws: { ($0 as? TransportError)?.code == .takenOver }
      await old.close()
      try await new.send(message("still here"))
      var iterator = new.inbound.makeAsyncIterator()
      #expect(try await iterator.next()?.id == "still here")
      #expect(hub.server.connectedNodes.count == 1)
      #expect(hub.server.statistics.takenOver == 1)
    }
  }

  @Test("a node that claims another's name is refused with 403 and words, and counted")
  func foreignName() async throws {
    try await TestHub.with { hub in
      await #expect {
        _ = try await hub.client("edge-1", certificateOf: "edge-2").connect()
      } throws: { error in
        guard let error = error as? TransportError else { return false }
        return error.code == .refused && error.status == 403 && error.message.contains("edge-1") && !error.isRetryable
      }
      #expect(hub.server.statistics.refused == 1 && hub.server.statistics.accepted == 0)
    }
  }

  @Test("a certificate of another authority, or none, does not get past TLS")
  func foreignAuthority() async throws {
    try await TestHub.with { hub in
      let stranger = try CertificateAuthority.create(commonName: "stranger", clock: SystemWallClock())
      let configuration = EdgeHubConfiguration(host: "127.0.0.1", port: hub.port, nodeName: try NodeName("edge-1"))
      for tls in [
        try hub.clientTLS("edge-1", authority: stranger),
        try TLSContexts.client(authorityPEM: hub.authority.certificatePEM),
      ] {
        let client = EdgeHubClient(
          configuration: configuration, tls: tls, group: TestHub.group, logger: TestHub.logger)
        await #expect { _ = try await client.connect() } throws: { error in
          guard let error = error as? TransportError else { return false }
          return error.code == .insecure || error.code == .connectionLost
        }
      }
      // Neither got as far as a request, and yet the hub has noticed.
      #expect(await soon { hub.server.statistics.refused == 2 })
      // And the edge does not accept a hub of another authority.
      let wrong = try TLSContexts.client(authorityPEM: stranger.certificatePEM)
      let client = EdgeHubClient(
        configuration: configuration, tls: wrong, group: TestHub.group, logger: TestHub.logger)
      await #expect { _ = try await client.connect() } throws: { ($0 as? TransportError)?.code == .insecure }
      #expect(hub.server.statistics.accepted == 0)
    }
  }

  @Test("a full hub answers 503 with Retry-After, but lets a node take over its own session")
  func full() async throws {
    try await TestHub.with(TestHub.Setup(configure: { $0.maximumSessions = 1 })) { hub in
      _ = try await hub.client("edge-1").connect()
      await #expect { _ = try await hub.client("edge-2").connect() } throws: { error in
        guard let error = error as? TransportError else { return false }
        return error.status == 503 && error.retryAfter == .seconds(5) && error.isRetryable
      }
      _ = try await hub.client("edge-1").connect()
    }
  }

  @Test("whoever comes beyond the rate of admission is told when to come back")
  func admissionRate() async throws {
    try await TestHub.with(
      TestHub.Setup(configure: {
        $0.sessionsPerSecond = 1
        $0.sessionBurst = 1
      })
    ) { hub in
      let first = try await hub.client("edge-1").connect()
      await #expect { _ = try await hub.client("edge-2").connect() } throws: { error in
        guard let error = error as? TransportError else { return false }
        return error.status == 503 && error.retryAfter != nil && error.isRetryable
      }
      await first.close()
    }
  }

  @Test("a handshake too many pushes out the oldest, never the one that has something to say")
  func handshakesBounded() async throws {
    try await TestHub.with(TestHub.Setup(configure: { $0.maximumHandshakes = 2 })) { hub in
      let idle = try await hub.rawConnection("idle-1")
      let second = try await hub.rawConnection("idle-2")
      let connection = try await hub.client("edge-1").connect()
      try await idle.channel.closeFuture.get()
      #expect(hub.server.statistics.handshakesCut == 1)
      await connection.close()
      try await second.channel.close()
    }
  }

  @Test("an edge says that it is alive as soon as it is connected, and again and again")
  func keepalive() async throws {
    let received = Shared<[EdgeMessage]>([])
    try await TestHub.with(
      TestHub.Setup(handleSession: { connection in
        do {
          for try await message in connection.inbound { received.withLock { $0.append(message) } }
        } catch {}
      })
    ) { hub in
      let connection = try await hub.client("edge-1", configure: { $0.keepaliveInterval = .milliseconds(20) }).connect()
      #expect(await soon { received.withLock { $0.count } >= 3 })
      let message = try #require(received.withLock { $0.first })
      #expect(message.route.source == "websocket" && message.route.group == "resource")
      #expect(message.operation == .keepalive && message.resource == "node" && message.content.stringValue == "ping")
      #expect(Set(received.withLock { $0.map(\.id) }).count >= 3)
      await connection.close()
    }
  }

  @Test(
    "a subprotocol that both ends know is agreed on, and anything passes over it; else KubeEdge's messages are spoken")
  func subprotocol() async throws {
    let agreed = Shared<[String?]>([])
    try await TestHub.with(
      TestHub.Setup(
        configure: { $0.subprotocols = ["frames.v2", "frames.v1"] },
        handleSession: { connection in
          agreed.withLock { $0.append(connection.webSocket.subprotocol) }
          do {
            for try await message in connection.webSocket.inbound { try await connection.webSocket.send(message) }
          } catch {}
        })
    ) { hub in
      let framed = try await hub.client("edge-1", configure: { $0.subprotocols = ["frames.v1", "other"] }).connect()
      #expect(framed.webSocket.subprotocol == "frames.v1")
      let bytes = WebSocketMessage(.binary, bytes: [0xFF, 0, 0xFE])
      try await framed.webSocket.send(bytes)
      var iterator = framed.webSocket.inbound.makeAsyncIterator()
      #expect(try await iterator.next() == bytes)
      await framed.close()
      let plain = try await hub.client("edge-2").connect()
      #expect(plain.webSocket.subprotocol == nil)
      await plain.close()
      #expect(agreed.withLock { $0 } == ["frames.v1", nil])
    }
  }

  @Test("TLS is HTTP/1.1 by ALPN and nothing else, and only 1.2 and 1.3", arguments: [["h2", "http/1.1"], []])
  func alpn(_ offered: [String]) async throws {
    try await TestHub.with { hub in
      var configuration = TLSConfiguration.makeClientConfiguration()
      configuration.certificateVerification = .none
      configuration.applicationProtocols = offered
      configuration.maximumTLSVersion = .tlsv12
      let identity = try hub.authority.issueClientCertificate(
        commonName: "system:node:edge-1", organizations: ["system:nodes"])
      configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(identity.certificatePEM.utf8))
        .map { .certificate($0) }
      configuration.privateKey = .privateKey(
        try NIOSSLPrivateKey(bytes: Array(identity.privateKeyPEM.utf8), format: .pem))
      let chosen = Shared<String?>(nil)
      let context = try NIOSSLContext(configuration: configuration)
      let channel = try await ClientBootstrap(group: TestHub.group)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandlers([
              NIOSSLClientHandler(context: context, serverHostname: nil),
              HandshakeObserver { version in chosen.withLock { $0 = version } },
            ])
          }
        }
        .connect(host: "127.0.0.1", port: hub.port).get()
      #expect(await soon { chosen.withLock { $0 } != nil })
      #expect(chosen.withLock { $0 } == (offered.isEmpty ? "none" : "http/1.1"))
      try await channel.close()
    }
  }

  @Test("a stopping hub tells its nodes and ends their sessions in good order")
  func gracefulStop() async throws {
    let edge = Shared<EdgeConnection?>(nil)
    try await TestHub.with { hub in
      let connection = try await hub.client("edge-1").connect()
      edge.withLock { $0 = connection }
    }
    let connection = try #require(edge.withLock { $0 })
    for try await _ in connection.inbound {}
    await #expect { try await connection.send(message("late")) } throws: { ($0 as? TransportError)?.code == .closed }
  }

  @Test("nobody listening is unreachable, at once")
  func unreachable() async throws {
    let port = Shared(0)
    try await TestHub.with { hub in port.withLock { $0 = hub.port } }
    let stranger = try CertificateAuthority.create(commonName: "x", clock: SystemWallClock())
    let client = EdgeHubClient(
      configuration: EdgeHubConfiguration(
        host: "127.0.0.1", port: port.withLock { $0 }, nodeName: try NodeName("edge-1")),
      tls: try TLSContexts.client(authorityPEM: stranger.certificatePEM), group: TestHub.group, logger: TestHub.logger)
    await #expect { _ = try await client.connect() } throws: { ($0 as? TransportError)?.code == .unreachable }
  }

  @Test("a reconnecting link finds the hub again after its connection was cut in the middle of a message")
  func reconnect() async throws {
    try await TestHub.with { hub in
      let link = try hub.client("edge-1").reconnectingLink(
        backoff: Backoff(base: .milliseconds(5), cap: .milliseconds(20), minimum: .milliseconds(1)))
      let served = Shared(0)
      await withTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
          await link.run { connection in
            try await connection.send(message("hello"))
            for try await _ in connection.inbound {
              let count = served.withLock { count in
                count += 1
                return count
              }
              if count == 1 { connection.webSocket.link.channel.close(promise: nil) }
            }
          }
        }
        #expect(await soon { served.withLock { $0 } >= 2 })
        tasks.cancelAll()
      }
    }
  }
}

private final class HandshakeObserver: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private let completed: @Sendable (String) -> Void

  init(_ completed: @escaping @Sendable (String) -> Void) { self.completed = completed }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted(let name) = event as? TLSUserEvent { completed(name ?? "none") }
  }
  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
#endif
