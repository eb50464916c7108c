#if Networking
import EdgePrimitives
import EdgeTransport
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import EdgeTransport
@testable import EdgeTransportNIO

/// Peers that break the rules of frames, over real sockets with good certificates. Every rule stands in EdgeTransportTests
/// (`broken rules of framed sessions`, `malformed frames`); here is shown what becomes of the carrier and of the others.
@Suite("hostile peers of framed sessions", .serialized, .timeLimit(.minutes(1)))
struct HostileFramesTests {
  private static let eight = [UInt8](repeating: 0xFF, count: 8)
  private static let long = [UInt8](repeating: 0x61, count: 1000)

  private static func stream(_ id: UInt64, at offset: UInt64 = 0, _ data: [UInt8], isFinal: Bool = false) -> [UInt8] {
    bytes(.stream(StreamFrame(stream: StreamID(rawValue: id), offset: offset, isFinal: isFinal, data: data[...])))
  }

  private static func bytes(_ frames: Frame...) -> [UInt8] {
    var bytes: [UInt8] = []
    for frame in frames { frame.append(to: &bytes) }
    return bytes
  }

  /// Windows of 4000 bytes, 1000 on a stream, 4 streams of a kind.
  private static let broken: [(String, [UInt8], FramingErrorCode)] = [
    ("a frame of unknown type", [0x18], .frameEncodingError),
    ("a frame of QUIC's that a carrier has not", [0x06, 0, 1, 0], .frameEncodingError),
    ("an oversized length", [0x0A, 1] + eight, .frameEncodingError),
    ("an oversized datagram", [0x31] + eight, .frameEncodingError),
    ("a frame type in a longer form", [0x40, 0x01], .protocolViolation),
    ("a stream without a length", [0x08, 1, 7], .frameEncodingError),
    ("more than 2^60 streams", [0x12] + eight, .frameEncodingError),
    ("a stream over the limit", stream(16, [1]), .streamLimitError),
    ("the last stream there can be", stream(Varint.maximum - 1, [1]), .streamLimitError),
    ("more than a stream's window", stream(2, long + [1]), .flowControlError),
    (
      "more than the session's window", [2, 6, 10, 14, 0].flatMap { stream($0, long) }, .flowControlError
    ),
    ("bytes after the end", stream(2, [1], isFinal: true) + stream(2, at: 1, [2]), .finalSizeError),
    ("a gap", stream(2, at: 5, [1]), .protocolViolation),
    ("other bytes at the same place", stream(2, [1, 2, 3]) + stream(2, [1, 2, 4]), .protocolViolation),
    ("a stream that was never opened", stream(5, [1]), .streamStateError),
    ("a forged acknowledgement", bytes(.acknowledgement(.init(largest: 1000, firstRange: 1000))), .protocolViolation),
    (
      "an acknowledgement with a hole",
      bytes(.acknowledgement(.init(largest: 9, firstRange: 0, furtherRanges: [.init(gap: 0, length: 0)]))),
      .protocolViolation
    ),
    ("compressed bytes that were not agreed on", [0xBA, 0x7C, 0x51, 3, 2, 0, 9, 1, 7], .protocolViolation),
    (
      "a second greeting",
      bytes(
        .hello(SessionHello(id: SessionID(high: 1, low: 2), secret: [], attempt: 9, parameters: SessionParameters()))),
      .protocolViolation
    ),
  ]

  /// What stands for a greeting.
  private static let greetings: [(String, [UInt8], FramingErrorCode)] = [
    ("no greeting but another frame", [0x01], .protocolViolation),
    ("a greeting that is too long", [0xBA, 0x7C, 0x51, 0] + eight, .frameEncodingError),
    ("a greeting of another version", [0xBA, 0x7C, 0x51, 0, 1, 2], .versionUnsupported),
    ("garbage", Array("GET / HTTP/1.1\r\n\r\n".utf8), .frameEncodingError),
    (
      "a forged resumption",
      bytes(
        .resume(
          SessionResumption(
            id: SessionID(high: 6, low: 6), secret: Array(repeating: 1, count: 32), attempt: 3, maxData: 1 << 40,
            maxStreamsBidirectional: 9, maxStreamsUnidirectional: 9, openedBidirectional: 0, openedUnidirectional: 0,
            streams: []))), .sessionUnknown
    ),
  ]

  private static func hello(_ number: UInt64) throws -> [UInt8] {
    let credential = try FrameHarness.credential(number)
    return bytes(
      .hello(
        SessionHello(
          id: credential.id, secret: credential.secret, attempt: 1, parameters: FramedSessionConfiguration().parameters
        )))
  }

  /// What a peer is told last, when its carrier ends.
  private func lastWord(_ carrier: any FrameCarrier) async throws -> SessionClose? {
    var reader = FrameReader(maximumFrameBytes: 65_527)
    var last: SessionClose?
    while let piece = try await carrier.receive() {
      reader.append(piece)
      while let frame = try reader.next() {
        if case .connectionClose(let close) = frame { last = close }
      }
    }
    return last
  }

  private static func small(_ change: (inout FramedSessionDirectory.Configuration) -> Void = { _ in })
    -> FramedSessionDirectory.Configuration
  {
    var configuration = FramedSessionDirectory.Configuration()
    configuration.session.sessionWindowBytes = 4000
    configuration.session.streamWindowBytes = 1000
    configuration.session.peerStreams = 4
    change(&configuration)
    return configuration
  }

  /// Runs `body` beside a session of another node that must not notice anything.
  private func withBystander(
    _ configuration: FramedSessionDirectory.Configuration = small(),
    tls: @escaping @Sendable (inout TLSFrameServer.Configuration) -> Void = { _ in },
    hub: @escaping @Sendable (inout HubConfiguration) -> Void = { _ in },
    _ body: @escaping @Sendable (FrameHarness, FramedSessionService) async throws -> Void
  ) async throws {
    let service = FramedSessionService(configuration: configuration, logger: TestHub.logger)
    let setup = FrameHarness.Setup(hub: hub, tls: tls, serve: { await service.serve($0, of: $1) })
    try await FrameHarness.with(setup) { harness in
      let bystander = FramedSession(credential: try FrameHarness.credential(999))
      let carrier = try await harness.connect(.tls, "bystander")
      let running = Task { await bystander.run(on: carrier) }
      let stream = try await bystander.openStream()
      try await stream.write(Array("before ".utf8))
      let server = try await service.directory.nextSession().session
      let accepted = try await server.acceptStream()
      #expect(try await accepted.read() == Array("before ".utf8))
      try await body(harness, service)
      try await stream.write(Array("after".utf8))
      #expect(try await accepted.read() == Array("after".utf8))
      #expect(bystander.close == nil && bystander.counters.resumptions == 0)
      bystander.closeSession()
      _ = await running.value
    }
  }

  @Test(
    "a broken rule ends that session with its code, told over the socket and counted; others do not notice",
    arguments: FrameHarness.Kind.allCases)
  func brokenRules(_ kind: FrameHarness.Kind) async throws {
    try await withBystander { harness, service in
      var expected: [FramingErrorCode: Int] = [:]
      for (number, (name, bytes, code)) in Self.broken.enumerated() {
        let carrier = try await harness.connect(kind, "hostile")
        try await carrier.send(try Self.hello(UInt64(number)) + bytes)
        let close = try await lastWord(carrier)
        guard case .transport(code, _)? = close?.reason else {
          Issue.record("\(name): \(String(describing: close))")
          continue
        }
        expected[code, default: 0] += 1
      }
      for (name, bytes, code) in Self.greetings {
        let carrier = try await harness.connect(kind, "hostile")
        try await carrier.send(bytes)
        let close = try await lastWord(carrier)
        guard case .transport(code, _)? = close?.reason else {
          Issue.record("\(name): \(String(describing: close))")
          continue
        }
        expected[code, default: 0] += 1
      }
      let counted = expected
      #expect(await soon { service.statistics.carriersClosed == counted && service.statistics.carriers == 1 })
      #expect(service.statistics.sessions == 1)
    }
  }

  @Test("text, and a message over the bound, close a WebSocket of frames with 1003 and 1009")
  func webSocketRules() async throws {
    try await withBystander { harness, service in
      for (first, payload, code) in [
        (UInt8(0x81), Array("{}".utf8), 1003), (0x82, [UInt8](repeating: 0, count: 60_000), 1009),
      ] {
        let peer = try await harness.hub.rawConnection("hostile")
        try await peer.send(
          harness.hub.upgradeRequest(
            "hostile", extra: "Sec-WebSocket-Protocol: \(FrameProtocol.webSocketSubprotocol)\r\n"))
        #expect(await peer.eventually { String(decoding: $0, as: UTF8.self).contains("\r\n\r\n") })
        #expect(peer.text.contains(FrameProtocol.webSocketSubprotocol))
        // Five fragments of 60,000 bytes are a message of more than 256 KiB.
        let isLong = payload.count > 10
        try await peer.sendFrame(isLong ? first & 0x0F : first, payload)
        if isLong { for _ in 0..<4 { try? await peer.sendFrame(0x00, payload) } }
        try await peer.channel.closeFuture.get()
        #expect(peer.bytes.suffix(4) == [0x88, 2, UInt8(code >> 8), UInt8(code & 0xFF)], "\(code)")
      }
      #expect(await soon { service.statistics.carriersLost == 2 })
    }
  }

  @Test("who never greets, or greets a byte at a time, is closed after its time, and keeps nothing")
  func noGreeting() async throws {
    try await withBystander(Self.small { $0.greetingTimeout = .milliseconds(500) }) { harness, service in
      try await withThrowingTaskGroup(of: Void.self) { peers in
        for kind in FrameHarness.Kind.allCases {
          peers.addTask {
            let silent = try await harness.connect(kind, "silent")
            #expect(try await lastWord(silent) == nil)
            await silent.close()
          }
          peers.addTask {
            let slow = try await harness.connect(kind, "slow")
            let hello = try Self.hello(1)
            let trickling = Task {
              for byte in hello {
                try await slow.send([byte])
                try await Task.sleep(for: .milliseconds(20))
              }
            }
            #expect(try await lastWord(slow) == nil)
            trickling.cancel()
            await slow.close()
          }
        }
        try await peers.waitForAll()
      }
      #expect(await soon { service.statistics.carriers == 1 && service.statistics.carriersLost == 4 })
      #expect(service.statistics.sessions == 1)
    }
  }

  @Test("no TLS, half a TLS handshake and garbage are cut off and counted; a handshake too many replaces the oldest")
  func noTLS() async throws {
    let bounds: @Sendable (inout TLSFrameServer.Configuration) -> Void = {
      $0.handshakeTimeout = .milliseconds(300)
      $0.maximumHandshakes = 2
    }
    try await withBystander(tls: bounds) { harness, _ in
      func raw() async throws -> RawPeer {
        try await RawPeer(
          try await ClientBootstrap(group: TestHub.group)
            .connect(host: FrameHarness.tlsHost, port: harness.tlsPort).get())
      }
      for garbage in [Array("GET / HTTP/1.1\r\n\r\n".utf8), [UInt8](repeating: 0xA5, count: 4096)] {
        let peer = try await raw()
        try await peer.send(garbage)
        try await peer.channel.closeFuture.get()
      }
      #expect(await soon { harness.tlsServer.statistics.handshakesFailed == 2 })
      let silent = try await raw()
      // The head of a ClientHello of 512 bytes, and nothing after it.
      let slow = try await raw()
      try await slow.send([22, 3, 1, 2, 0, 1])
      try await silent.channel.closeFuture.get()
      try await slow.channel.closeFuture.get()
      #expect(await soon { harness.tlsServer.statistics.handshakesCut == 2 })
      var peers: [RawPeer] = []
      for _ in 0..<3 { peers.append(try await raw()) }
      try await peers[0].channel.closeFuture.get()
      #expect(await soon { harness.tlsServer.statistics.handshakesCut >= 3 })
      for peer in peers { try? await peer.channel.close() }
      #expect(harness.tlsServer.statistics.connections == 1)
    }
  }

  @Test(
    "a half-open link is found, by ping over WebSocket and by the session's keepalive over TLS; the session lives on")
  func halfOpen() async throws {
    let configuration = Self.small {
      $0.session.keepalive = .milliseconds(200)
      $0.session.answerTimeout = .seconds(1)
    }
    try await withBystander(configuration) { harness, service in
      var carriers: [any FrameCarrier] = []
      for (number, kind) in FrameHarness.Kind.allCases.enumerated() {
        let carrier = try await harness.connect(kind, "silent")
        try await carrier.send(try Self.hello(UInt64(number)))
        // It reads nothing more and answers nothing; TCP says nothing either.
        carriers.append(carrier)
      }
      #expect(await soon { service.statistics.carriers == 1 })
      #expect(service.statistics.carriersClosed == [.sessionDetached: 2] && service.statistics.carriersLost == 0)
      #expect(service.statistics.sessions == 3)
      for carrier in carriers { await carrier.close() }
    }
    let impatient: @Sendable (inout HubConfiguration) -> Void = {
      $0.timing.pingInterval = .milliseconds(50)
      $0.timing.pingTimeout = .milliseconds(200)
    }
    try await withBystander(hub: impatient) { harness, service in
      let peer = try await harness.hub.rawConnection("silent")
      try await peer.send(
        harness.hub.upgradeRequest("silent", extra: "Sec-WebSocket-Protocol: \(FrameProtocol.webSocketSubprotocol)\r\n")
      )
      try await peer.channel.closeFuture.get()
      #expect(await soon { service.statistics.carriersLost == 1 })
    }
  }

  @Test("a peer that takes nothing is cut off after the write timeout, and what waited for it was bounded")
  func takesNothing() async throws {
    let sent = Shared(0)
    let error = Shared<TransportError?>(nil)
    let setup = FrameHarness.Setup(
      hub: {
        $0.timing.writeTimeout = .milliseconds(300)
        // It is looked for when a ping is due or its answer; who takes nothing does not answer either.
        $0.timing.pingInterval = .milliseconds(100)
        $0.timing.pingTimeout = .seconds(1)
      },
      tls: { $0.timing.writeTimeout = .milliseconds(300) },
      serve: { carrier, _ in
        let block = [UInt8](repeating: 7, count: 64 << 10)
        do throws(TransportError) {
          while true {
            try await carrier.send(block)
            sent.withLock { $0 += block.count }
          }
        } catch let failure {
          error.withLock { $0 = failure }
        }
      })
    try await FrameHarness.with(setup) { harness in
      for kind in FrameHarness.Kind.allCases {
        sent.withLock { $0 = 0 }
        error.withLock { $0 = nil }
        // Nobody receives at this end, so that its queue fills and it stops reading its socket.
        let carrier = try await harness.connect(kind, "stuck")
        try await FrameHarness.setReceiveBuffer(of: carrier, 1 << 20)
        #expect(await soon { error.withLock { $0 } != nil })
        #expect(error.withLock { $0 }?.code == .timedOut, "\(kind)")
        #expect(sent.withLock { $0 } < 32 << 20)
        await FrameHarness.cut(carrier)
      }
    }
  }
}
#endif
