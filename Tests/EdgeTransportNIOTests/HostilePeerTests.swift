#if Networking
import EdgePrimitives
import EdgeTransport
import NIOCore
import Testing

@testable import EdgeTransportNIO

/// Peers that break the rules, byte by byte.
@Suite("hostile peers", .serialized, .timeLimit(.minutes(1)))
struct HostilePeerTests {
  /// The close code in the last bytes of an unmasked close frame.
  private func closeCode(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= 4, bytes[bytes.count - 4] == 0x88, bytes[bytes.count - 3] == 2 else { return nil }
    return Int(bytes[bytes.count - 2]) << 8 | Int(bytes[bytes.count - 1])
  }

  private func upgraded(_ hub: TestHub, _ node: String) async throws -> RawPeer {
    let peer = try await hub.rawConnection(node)
    try await peer.send(hub.upgradeRequest(node))
    try #require(await peer.eventually { String(decoding: $0, as: UTF8.self).contains("\r\n\r\n") })
    #expect(peer.text.hasPrefix("HTTP/1.1 101") && peer.text.contains("URb0pAhLcZr5Dh4AbU6G6SvyUno="))
    return peer
  }

  @Test("fragments with an empty last one, as gorilla sends them, are one message; binary is taken too")
  func fragments() async throws {
    try await TestHub.with { hub in
      let peer = try await upgraded(hub, "edge-1")
      let wire = message("fragmented").encoded()
      try await peer.sendFrame(0x01, Array(wire[..<20]))
      try await peer.sendFrame(0x89, Array("are you there".utf8))
      try await peer.sendFrame(0x00, Array(wire[20...]))
      try await peer.sendFrame(0x80, [])
      #expect(await peer.eventually { String(decoding: $0, as: UTF8.self).contains("fragmented") })
      #expect(peer.text.contains("are you there"))
      try await peer.sendFrame(0x82, message("as-binary").encoded())
      #expect(await peer.eventually { String(decoding: $0, as: UTF8.self).contains("as-binary") })
      try await peer.channel.close()
    }
  }

  @Test("an upgrade and the first message in one segment lose nothing")
  func pipelinedFirstMessage() async throws {
    try await TestHub.with { hub in
      let peer = try await hub.rawConnection("edge-1")
      let payload = message("early").encoded()
      let frame: [UInt8] = [0x81, 0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF), 0, 0, 0, 0]
      try await peer.send(Array(hub.upgradeRequest("edge-1").utf8) + frame + payload)
      #expect(await peer.eventually { String(decoding: $0, as: UTF8.self).contains("early") })
      try await peer.channel.close()
    }
  }

  @Test("each broken rule closes with its code; other sessions do not notice")
  func brokenRules() async throws {
    try await TestHub.with(TestHub.Setup(configure: { $0.limits.maximumBytes = 1000 })) { hub in
      let bystander = try await hub.client("bystander").connect()
      let cases: [(name: String, bytes: [UInt8], code: Int)] = [
        ("not JSON", [0x81, 0x84, 0, 0, 0, 0] + Array("nope".utf8), 1007),
        ("empty message", [0x81, 0x80, 0, 0, 0, 0], 1007),
        ("unmasked", [0x81, 0x02] + Array("{}".utf8), 1002),
        ("reserved bit", [0xC1, 0x80, 0, 0, 0, 0], 1002),
        ("continuation of nothing", [0x80, 0x80, 0, 0, 0, 0], 1002),
        ("fragmented ping", [0x09, 0x80, 0, 0, 0, 0], 1002),
        ("unknown opcode", [0x83, 0x80, 0, 0, 0, 0], 1002),
        ("two gigabytes announced", [0x81, 0xFF, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0], 1009),
        ("2^63 announced", [0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1002),
        ("over the limit", [0x81, 0xFE, 0x04, 0x00, 0, 0, 0, 0] + [UInt8](repeating: 0x20, count: 1024), 1009),
      ]
      for (index, hostile) in cases.enumerated() {
        let peer = try await upgraded(hub, "edge-\(index)")
        try await peer.send(hostile.bytes)
        #expect(await peer.eventually { closeCode($0) != nil }, "\(hostile.name)")
        #expect(closeCode(peer.bytes) == hostile.code, "\(hostile.name)")
        try await peer.channel.closeFuture.get()
      }
      try await bystander.send(message("unharmed"))
      var iterator = bystander.inbound.makeAsyncIterator()
      #expect(try await iterator.next()?.id == "unharmed")
      #expect(await soon { hub.server.statistics.sessions == 1 })
    }
  }

  @Test(
    "a request that is no proper upgrade gets an HTTP error in clear words",
    arguments: [
      ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "426"),
      ("Node_id: edge-1\r\n", "400"), ("Node_id: Not_A_Name\r\nConnectionuse: msg\r\n", "400"),
      ("Node_id: edge-1\r\nConnectionuse: str\r\n", "400"), ("Connectionuse: msg\r\n", "400"),
      ("Node_id: edge-1\r\nConnectionuse: shr\r\n", "400"),
      ("Node_id: edge-1\r\nConnectionuse: msg\r\nOrigin: https://elsewhere\r\n", "403"),
    ])
  func badUpgrades(_ request: String, _ status: String) async throws {
    try await TestHub.with { hub in
      let peer = try await hub.rawConnection("edge-1")
      let whole =
        request.hasPrefix("GET")
        ? request
        : "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
          + "Sec-WebSocket-Key: G2fWd81p3T6PmByRBKUlrg==\r\n\(request)\r\n"
      try await peer.send(whole)
      try await peer.channel.closeFuture.get()
      #expect(peer.text.hasPrefix("HTTP/1.1 \(status) "), "\(peer.text)")
      #expect(hub.server.statistics.accepted == 0)
    }
  }

  @Test("a header without end is cut off, a handshake without end too")
  func slowLoris() async throws {
    try await TestHub.with(TestHub.Setup(configure: { $0.upgradeTimeout = .milliseconds(200) })) { hub in
      let big = try await hub.rawConnection("edge-1")
      // The hub may hang up while this is still being written.
      try? await big.send("GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 40_000))
      try await big.channel.closeFuture.get()
      let slow = try await hub.rawConnection("edge-1")
      try await slow.send("GET / HTTP/1.1\r\n")
      try await slow.channel.closeFuture.get()
      #expect(await soon { hub.server.statistics.handshakesCut >= 1 })
    }
  }

  @Test("a half-open link is found by ping, from either end, and its senders are told")
  func halfOpen() async throws {
    let ended = Shared<TransportError.Code?>(nil)
    try await TestHub.with(
      TestHub.Setup(
        configure: {
          $0.timing.pingInterval = .milliseconds(50)
          $0.timing.pingTimeout = .milliseconds(100)
        },
        handleSession: { connection in
          do throws(TransportError) {
            for try await _ in connection.inbound {}
          } catch {
            ended.withLock { $0 = error.code }
          }
        }
      )
    ) { hub in
      // It reads, but never answers a ping.
      let silent = try await upgraded(hub, "edge-1")
      #expect(await soon { ended.withLock { $0 } == .timedOut })
      try await silent.channel.closeFuture.get()
      // One that does answer lives on.
      ended.withLock { $0 = nil }
      let alive = try await hub.client("edge-2").connect()
      try await Task.sleep(for: .milliseconds(400))
      #expect(hub.server.statistics.sessions == 1 && ended.withLock { $0 } == nil)
      await alive.close()
    }
  }

  @Test("a peer that stops reading suspends the sender and is dropped by ping; the hub's memory stays bounded")
  func stuckReader() async throws {
    let outcome = Shared<TransportError.Code?>(nil)
    let accepted = Shared(0)
    try await TestHub.with(
      TestHub.Setup(
        configure: {
          $0.timing.pingInterval = .milliseconds(100)
          $0.timing.pingTimeout = .milliseconds(200)
        },
        handleSession: { connection in
          let content = MessageContent(text: String(repeating: "z", count: 100_000))
          do throws(TransportError) {
            for index in 0..<10_000 {
              try await connection.send(message("\(index)", content: content))
              accepted.withLock { $0 += 1 }
            }
          } catch {
            outcome.withLock { $0 = error.code }
          }
        }
      )
    ) { hub in
      let peer = try await upgraded(hub, "edge-1")
      try await peer.channel.setOption(.autoRead, value: false).get()
      #expect(await soon { outcome.withLock { $0 } == .timedOut })
      // What the peer read before it stopped, and what the kernel's buffers and ours took: far from the gigabyte offered.
      #expect(accepted.withLock { $0 } < 2000)
    }
  }

  @Test("a TCP connection that is cut in the middle of a message is a lost connection")
  func cut() async throws {
    let ended = Shared<TransportError.Code?>(nil)
    try await TestHub.with(
      TestHub.Setup(handleSession: { connection in
        do throws(TransportError) {
          for try await _ in connection.inbound {}
        } catch {
          ended.withLock { $0 = error.code }
        }
      })
    ) { hub in
      let peer = try await upgraded(hub, "edge-1")
      let wire = message("half").encoded()
      try await peer.sendFrame(0x01, Array(wire[..<20]))
      try await peer.channel.close()
      #expect(await soon { ended.withLock { $0 } == .connectionLost })
      #expect(await soon { hub.server.statistics.sessions == 0 })
    }
  }

  @Test("an edge that stops the KubeEdge way, with a zero message and no close frame, is borne and the message dropped")
  func kubeEdgeStop() async throws {
    let ids = Shared<[String]>([])
    try await TestHub.with(
      TestHub.Setup(handleSession: { connection in
        do { for try await message in connection.inbound { ids.withLock { $0.append(message.id) } } } catch {}
      })
    ) { hub in
      let peer = try await upgraded(hub, "edge-1")
      try await peer.sendFrame(0x81, message("last").encoded())
      try await peer.sendFrame(
        0x81, Array(#"{"header":{"msg_id":"","timestamp":0},"route":{},"content":null}"#.utf8) + [0x0A])
      try await peer.channel.close()
      #expect(await soon { hub.server.statistics.sessions == 0 })
      #expect(await soon { ids.withLock { $0 } == ["last"] })
    }
  }

  @Test("a peer that takes nothing is cut off after the write timeout, though it still talks; others go on")
  func takesNothing() async throws {
    let outcome = Shared<TransportError?>(nil)
    try await TestHub.with(
      TestHub.Setup(
        configure: {
          $0.timing.pingInterval = .milliseconds(100)
          $0.timing.pingTimeout = .seconds(60)
          $0.timing.writeTimeout = .milliseconds(300)
        },
        handleSession: { connection in
          guard connection.nodeName.rawValue == "stuck" else { return await TestHub.echo(connection) }
          let content = MessageContent(text: String(repeating: "z", count: 100_000))
          do throws(TransportError) {
            for index in 0..<10_000 { try await connection.send(message("\(index)", content: content)) }
          } catch {
            outcome.withLock { $0 = error }
          }
        })
    ) { hub in
      let stuck = try await upgraded(hub, "stuck")
      try await stuck.channel.setOption(.autoRead, value: false).get()
      let bystander = try await hub.client("bystander").connect()
      var iterator = bystander.inbound.makeAsyncIterator()
      for round in 0..<1000 where outcome.withLock({ $0 }) == nil {
        try await stuck.sendFrame(0x8A, [])
        try await bystander.send(message("\(round)"))
        #expect(try await iterator.next()?.id == "\(round)")
        try await Task.sleep(for: .milliseconds(10))
      }
      #expect(outcome.withLock { $0 }?.code == .timedOut)
      #expect(outcome.withLock { $0 }?.message.contains("takes") == true)
      await bystander.close()
      try await stuck.channel.close()
    }
  }

  @Test("a message that is begun and never ended is cut off, though its bytes keep coming")
  func endlessMessage() async throws {
    let ended = Shared<TransportError.Code?>(nil)
    try await TestHub.with(
      TestHub.Setup(
        configure: {
          $0.timing.messageTimeout = .milliseconds(200)
          $0.timing.pingInterval = .milliseconds(50)
        },
        handleSession: { connection in
          do throws(TransportError) { for try await _ in connection.inbound {} } catch {
            ended.withLock { $0 = error.code }
          }
        })
    ) { hub in
      let slow = try await upgraded(hub, "edge-1")
      try await slow.send([0x81, 0xFF, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0])
      for _ in 0..<2000 where ended.withLock({ $0 }) == nil {
        try? await slow.send([0x20])
        try await Task.sleep(for: .milliseconds(5))
      }
      #expect(ended.withLock { $0 } == .timedOut)
      try await slow.channel.closeFuture.get()
    }
  }

  @Test("control words are answered \"ack\" and not delivered; what follows them is")
  func controlWords() async throws {
    try await TestHub.with { hub in
      let peer = try await upgraded(hub, "edge-1")
      for word in [MessageOperation.config, .ping, .pong] {
        var control = message("c-\(word)")
        control.route.operation = word
        try await peer.sendFrame(0x81, control.encoded())
        #expect(
          await peer.eventually { String(decoding: $0, as: UTF8.self).contains(#""parent_msg_id":"c-\#(word)""#) })
      }
      #expect(peer.text.contains(#""operation":"response","resource":"default/pod/a"},"content":"ack"}"#))
      try await peer.sendFrame(0x81, message("after").encoded())
      #expect(await peer.eventually { String(decoding: $0, as: UTF8.self).contains("after") })
      #expect(!peer.text.contains(#""msg_id":"c-ping""#))
      try await peer.channel.close()
    }
  }

  @Test("what came before a broken rule in the same segment is still answered before the close")
  func answeredBeforeClose() async throws {
    try await TestHub.with { hub in
      let peer = try await upgraded(hub, "edge-1")
      let wire = message("before").encoded()
      let head: [UInt8] = [0x81, 0x80 | 126, UInt8(wire.count >> 8), UInt8(wire.count & 0xFF), 0, 0, 0, 0]
      try await peer.send(head + wire + [0xC1, 0x80, 0, 0, 0, 0])
      #expect(await peer.eventually { closeCode($0) == 1002 })
      #expect(peer.text.contains(#""msg_id":"before""#))
      try await peer.channel.closeFuture.get()
    }
  }
}
#endif
