#if QUIC
import EdgeIdentity
import EdgePrimitives
import EdgeTransport
import EdgeTransportNIO
import NIOCore
import NIOPosix
import Testing

@testable import EdgeTransport
@testable import EdgeTransportQUIC

@Suite("hostile peers of QUIC", .serialized, .timeLimit(.minutes(1)))
struct QUICHostileTests {
  /// Runs `body` beside a connection of another node that must not notice anything.
  private func withBystander(
    _ configure: @escaping @Sendable (inout QUICFrameServer.Configuration) -> Void = { _ in },
    admit: @escaping @Sendable (HubAdmission) -> AdmissionDecision = NodeAdmission.certificateBound,
    _ body: @escaping @Sendable (QUICHarness) async throws -> Void
  ) async throws {
    let setup = QUICHarness.Setup(
      configure: configure, admit: admit,
      serve: { accepted in
        while let bytes = try? await accepted.carrier.receive() { try? await accepted.carrier.send(bytes) }
      })
    try await QUICHarness.with(setup) { harness in
      let bystander = try await harness.client("bystander").connect()
      try await bystander.send([1])
      #expect(try await bystander.receive() == [1])
      try await body(harness)
      try await bystander.send([2])
      #expect(try await bystander.receive() == [2])
      await bystander.close()
    }
  }

  private static func changing(
    _ change: @escaping @Sendable (inout QUICFrameServer.Configuration) -> Void
  ) -> @Sendable (inout QUICFrameServer.Configuration) -> Void { change }

  /// The first datagram of a client that nobody answers.
  private func initialDatagram(_ harness: QUICHarness) async throws -> [UInt8] {
    let relay = try await DatagramRelay.start(to: harness.port)
    relay.cut()
    let connecting = Task { [client = try harness.client(port: relay.port)] in try await client.connect() }
    #expect(await soon { !relay.seen.isEmpty })
    connecting.cancel()
    _ = await connecting.result
    await relay.stop()
    return try #require(relay.seen.first)
  }

  private static let unknownVersion: [UInt8] =
    [0xC0, 0x1A, 0x2A, 0x3A, 0x4A, 8] + Array(repeating: 5, count: 8) + [0] + Array(repeating: 0, count: 1185)

  @Test("random, truncated, lengthened and broken datagrams leave nothing behind", arguments: [7] as [UInt64])
  func garbage(_ seed: UInt64) async throws {
    try await withBystander(Self.changing { $0.timing.handshakeTimeout = .milliseconds(500) }) { harness in
      let good = try await initialDatagram(harness)
      let raw = try await RawDatagrams(to: harness.port)
      var random = SeededNumbers(source: SeededEntropy(seed: seed))
      for round in 0..<1500 {
        var bytes: [UInt8]
        switch round % 5 {
        case 0:
          bytes = (0..<Int.random(in: 0...1500, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        case 1: bytes = Array(good.prefix(Int.random(in: 1..<good.count, using: &random)))
        case 2:
          bytes = good
          for _ in 0..<Int.random(in: 1...8, using: &random) {
            bytes[Int.random(in: 0..<48, using: &random)] = UInt8.random(in: 0...255, using: &random)
          }
        case 3:
          // Lengths of ids and tokens, and of the packet, as large as they can be said.
          bytes = good
          let at = Int.random(in: 5..<40, using: &random)
          for index in at..<min(at + 8, bytes.count) { bytes[index] = 0xFF }
        default:
          // A short header for a connection that nobody has.
          bytes =
            [0x41] + (0..<Int.random(in: 0...60, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
        try await raw.send(bytes)
      }
      #expect(await soon { harness.server.statistics.datagramsDropped > 300 }, "seed \(seed)")
      #expect(await soon { harness.server.statistics.resets > 0 })
      // Whatever looked like a beginning is over after its time.
      try await Task.sleep(for: .milliseconds(700))
      #expect(harness.server.statistics.connections == 1)
      #expect(harness.server.statistics.accepted == 1)
      await raw.close()
    }
  }

  @Test("an unknown version is answered with the known one, in fewer bytes than were sent; a short one is not answered")
  func versions() async throws {
    try await withBystander { harness in
      let raw = try await RawDatagrams(to: harness.port)
      try await raw.send(Array(Self.unknownVersion.prefix(1199)))
      try await raw.send(Self.unknownVersion)
      #expect(await soon { !raw.received.isEmpty })
      let answer = try #require(raw.received.first)
      #expect(answer.count < 60 && answer[0] & 0x80 != 0 && Array(answer[1..<5]) == [0, 0, 0, 0])
      // The ids are exchanged, version 1 is offered.
      #expect(
        Array(answer[5..<15]) == [0, 8] + Array(repeating: 5, count: 8) && Array(answer[15..<19]) == [0, 0, 0, 1])
      #expect(harness.server.statistics.versionNegotiations == 1)
      await raw.close()
    }
  }

  @Test("a flood of first datagrams takes a bounded number of places; who shows its address still gets in")
  func flood() async throws {
    try await withBystander(
      Self.changing {
        $0.maximumHandshakes = 8
        $0.handshakesWithoutRetry = 4
        $0.timing.handshakeTimeout = .seconds(2)
      }
    ) { harness in
      let good = try await initialDatagram(harness)
      let raw = try await RawDatagrams(to: harness.port)
      for number in 0..<200 {
        // Another id each time; that the rest does not decrypt is found out later.
        var bytes = good
        bytes[6] = UInt8(number)
        bytes[7] = 0xEE
        try await raw.send(bytes)
      }
      let client = try await harness.client().connect()
      try await client.send([9])
      #expect(try await client.receive() == [9])
      await client.close()
      await raw.close()
    }
    // Every one has to show its address.
    try await withBystander(Self.changing { $0.handshakesWithoutRetry = 0 }) { harness in
      let good = try await initialDatagram(harness)
      let raw = try await RawDatagrams(to: harness.port)
      try await raw.send(good)
      #expect(await soon { harness.server.statistics.retries == 2 })
      #expect(await soon { !raw.received.isEmpty })
      #expect(try #require(raw.received.first).count < 200)
      // The token is bound to the address and to the id: the same datagram with another's token is refused.
      #expect(harness.server.statistics.accepted == 1 && harness.server.statistics.handshakesCut == 0)
      await raw.close()
    }
  }

  @Test(
    "a client that begins and falls silent is given up after the handshake's time, and one too many replaces the oldest"
  )
  func silentHandshakes() async throws {
    try await withBystander(
      Self.changing {
        $0.timing.handshakeTimeout = .milliseconds(400)
        $0.maximumHandshakes = 2
      }
    ) { harness in
      for _ in 0..<3 {
        let datagram = try await initialDatagram(harness)
        let raw = try await RawDatagrams(to: harness.port)
        try await raw.send(datagram)
        #expect(await soon { !raw.received.isEmpty })
        await raw.close()
      }
      #expect(await soon { harness.server.statistics.handshakesCut == 3 })
      #expect(harness.server.statistics.connections == 1)
    }
  }

  @Test("a foreign certificate, none of a node, another protocol and another server's name are told apart")
  func wrongIdentities() async throws {
    try await withBystander { harness in
      let foreign = try CertificateAuthority.create(commonName: "foreign", clock: SystemWallClock())
      // Our end is ready before the server has judged our certificate.
      let stranger = try await harness.client(credentials: harness.credentials("edge-1", issuer: foreign)).connect()
      let refusal = await #expect(throws: TransportError.self) { _ = try await stranger.receive() }
      #expect(refusal?.code == .insecure, "\(String(describing: refusal))")
      #expect(await soon { harness.server.statistics.handshakesFailed == 1 })

      let nobody = try await harness.client(credentials: harness.credentials("x", commonName: "somebody")).connect()
      #expect(try await lastWord(nobody)?.reason == .transport(.connectionRefused, frameType: 0))
      #expect(harness.server.statistics.refused == 1)

      let other = try harness.client(credentials: harness.credentials("edge-1", protocol: "h3"))
      let unspoken = await #expect(throws: TransportError.self) { _ = try await other.connect() }
      #expect(unspoken?.code == .framesNotSpoken, "\(String(describing: unspoken))")
      #expect(await soon { harness.server.statistics.handshakesFailed == 2 })

      let misled = try harness.client { $0.serverHostname = "elsewhere.example" }
      let insecure = await #expect(throws: TransportError.self) { _ = try await misled.connect() }
      #expect(insecure?.code == .insecure, "\(String(describing: insecure))")
      #expect(await soon { harness.server.statistics.handshakesFailed == 3 })
      let named = try await harness.client { $0.serverHostname = "localhost" }.connect()
      await named.close()
      #expect(await soon { harness.server.statistics.connections == 1 })
    }
  }

  @Test("a node too many is told that its session lives; a node's connection too many pushes out its oldest")
  func places() async throws {
    try await withBystander(
      Self.changing {
        $0.maximumConnections = 3
        $0.maximumConnectionsPerNode = 2
      }
    ) { harness in
      let first = try await harness.client().connect()
      let second = try await harness.client().connect()
      #expect(await soon { harness.server.statistics.connections == 3 })
      let tooMany = try await harness.client("edge-2").connect()
      #expect(try await lastWord(tooMany)?.reason == .transport(.sessionDetached, frameType: 0))
      let third = try await harness.client().connect()
      #expect(try await first.receive() == nil)
      for carrier in [second, third] {
        try await carrier.send([3])
        #expect(try await carrier.receive() == [3])
        await carrier.close()
      }
    }
    let picky: @Sendable (HubAdmission) -> AdmissionDecision = {
      $0.nodeName.rawValue == "edge-3" ? .refuse(status: 403, reason: "no") : .accept
    }
    try await withBystander(admit: picky) { harness in
      let refused = try await harness.client("edge-3").connect()
      #expect(try await lastWord(refused)?.reason == .transport(.connectionRefused, frameType: 0))
    }
  }

  @Test("nobody there is a time-out; a connect that is cancelled ends")
  func nobody() async throws {
    try await QUICHarness.with(QUICHarness.Setup(serve: { _ in })) { harness in
      let relay = try await DatagramRelay.start(to: harness.port)
      relay.cut()
      let client = try harness.client(port: relay.port) { $0.timing.handshakeTimeout = .milliseconds(300) }
      let error = await #expect(throws: TransportError.self) { _ = try await client.connect() }
      #expect(error?.code == .timedOut && error?.isRetryable == true)
      let patient = try harness.client(port: relay.port)
      let connecting = Task { try await patient.connect() }
      try await Task.sleep(for: .milliseconds(50))
      connecting.cancel()
      let cancelled = await #expect(throws: TransportError.self) { _ = try await connecting.value }
      #expect(cancelled?.code == .cancelled)
      await relay.stop()
    }
  }

  @Test("a peer that takes nothing is cut off after the write timeout, and what waited for it was bounded")
  func takesNothing() async throws {
    let sent = Shared(0)
    let error = Shared<TransportError?>(nil)
    let setup = QUICHarness.Setup(
      configure: { $0.timing.writeTimeout = .milliseconds(300) },
      serve: { accepted in
        let block = [UInt8](repeating: 7, count: 64 << 10)
        do throws(TransportError) {
          while true {
            try await accepted.carrier.send(block)
            sent.withLock { $0 += block.count }
          }
        } catch let failure {
          error.withLock { $0 = failure }
        }
      })
    try await QUICHarness.with(setup) { harness in
      // Nobody receives at this end.
      let carrier = try await harness.client("stuck").connect()
      #expect(await soon { error.withLock { $0 } != nil })
      #expect(error.withLock { $0 }?.code == .timedOut)
      #expect(sent.withLock { $0 } < 2 << 20)
      // It learns of it with what it had not read.
      var received = 0
      let end = await #expect(throws: TransportError.self) {
        while let bytes = try await carrier.receive() { received += bytes.count }
      }
      #expect(end?.code == .connectionLost && received <= sent.withLock { $0 })
    }
  }

  @Test("garbage on the stream ends a session with its code, over QUIC as over any carrier")
  func brokenFrames() async throws {
    let service = FramedSessionService(logger: QUICHarness.logger)
    let setup = QUICHarness.Setup(serve: { await service.serve($0.carrier, of: $0.nodeName) })
    try await QUICHarness.with(setup) { harness in
      for bytes in [Array("GET / HTTP/1.1\r\n\r\n".utf8), [0xBA, 0x7C, 0x51, 0] + [UInt8](repeating: 0xFF, count: 8)] {
        let carrier = try await harness.client().connect()
        try await carrier.send(bytes)
        guard case .transport(.frameEncodingError, _)? = try await lastWord(carrier)?.reason else {
          Issue.record("\(bytes)")
          continue
        }
      }
      #expect(await soon { service.statistics.carriers == 0 && service.statistics.sessions == 0 })
    }
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
}

/// A UDP socket for peers that do not keep to the rules.
final class RawDatagrams: Sendable {
  private let channel: any Channel
  private let server: SocketAddress
  private let answers = Shared<[[UInt8]]>([])

  init(to port: Int) async throws {
    server = try SocketAddress(ipAddress: "127.0.0.1", port: port)
    channel = try await DatagramBootstrap(group: QUICHarness.group)
      .channelInitializer { [answers] channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            RawHandler { datagram in answers.withLock { $0.append(datagram) } })
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
  }

  var received: [[UInt8]] { answers.withLock { $0 } }
  func send(_ bytes: [UInt8]) async throws {
    try await channel.writeAndFlush(AddressedEnvelope(remoteAddress: server, data: ByteBuffer(bytes: bytes)))
  }
  func close() async { try? await channel.close() }
}

private final class RawHandler: ChannelInboundHandler {
  typealias InboundIn = AddressedEnvelope<ByteBuffer>
  private let received: ([UInt8]) -> Void

  init(_ received: @escaping ([UInt8]) -> Void) { self.received = received }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received(Array(unwrapInboundIn(data).data.readableBytesView))
  }
}

/// Numbers that a seed decides, for the standard library's `random(in:using:)`.
private struct SeededNumbers: RandomNumberGenerator {
  let source: SeededEntropy

  func next() -> UInt64 { source.next() }
}
#endif
