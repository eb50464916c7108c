#if Networking
import EdgeIdentity
import EdgePrimitives
import EdgeTransport
import NIOCore
import NIOPosix
import Testing

@testable import EdgeTransportNIO

/// Both ends over real sockets with mutual TLS.
@Suite("hub and edge", .serialized, .timeLimit(.minutes(1)))
struct HubTests {
  @Test("messages of every size come back unchanged and in order")
  func echo() async throws {
    try await TestHub.with { hub in
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
#endif
