#if Networking
import EdgeGRPC
import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import Testing

@Suite struct HostilePeerTests {
  let log = Echo.Log()
  let path = "/test.Echo/Immediate"

  private func withPeer(
    configuration: GRPCServerConfiguration = .init(),
    _ body: @Sendable @escaping (RawPeer, Int) async throws -> Void
  ) async throws {
    try await Echo.withServer(Echo.services(log), configuration: configuration) { port, _ in
      let peer = try await RawPeer.connect(port)
      try await body(peer, port)
      await peer.close()
    }
  }

  @Test("gzip is taken; another compression is UNIMPLEMENTED, with what there is; marked without a name is INTERNAL")
  func compression() async throws {
    try await withPeer { [path] peer, _ in
      // "hello" as gzip writes it.
      let hello: [UInt8] = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 72, 205, 201, 201, 7, 0, 134, 166, 16, 54, 5, 0, 0, 0,
      ]
      peer.send([
        (1, RawPeer.headers(path, [("grpc-encoding", "gzip")])),
        (1, RawPeer.data([1, 0, 0, 0, UInt8(hello.count)] + hello, endStream: true)),
      ])
      #expect(await peer.wait { $0.headers.last?["grpc-status"] == "0" })
      #expect(await peer.wait { $0.data == [0, 0, 0, 0, 5] + Array("hello".utf8) })
      peer.send([
        (3, RawPeer.headers(path, [("grpc-encoding", "snappy")])), (3, RawPeer.data([1, 0, 0, 0, 1, 9])),
      ])
      #expect(await peer.wait { $0.headers.last?["grpc-status"] == "12" })
      #expect(await peer.wait { $0.headers.last?["grpc-accept-encoding"] == "identity,gzip" })
      peer.send([(5, RawPeer.headers(path)), (5, RawPeer.data([1, 0, 0, 0, 1, 9]))])
      #expect(await peer.wait { $0.headers.last?["grpc-status"] == "13" })
      peer.send([
        (7, RawPeer.headers(path, [("grpc-encoding", "gzip")])), (7, RawPeer.data([1, 0, 0, 0, 1, 9])),
      ])
      #expect(
        await peer.wait {
          $0.headers.last?["grpc-message"]?.hasPrefix("grpc: failed to decompress the message") == true
        })
    }
  }

  @Test("A small message that becomes a huge one is RESOURCE_EXHAUSTED before it is there")
  func bomb() async throws {
    var configuration = GRPCServerConfiguration()
    configuration.maximumMessageBytes = 1 << 20
    try await withPeer(configuration: configuration) { [path] peer, _ in
      peer.send([
        (1, RawPeer.headers(path, [("grpc-encoding", "gzip")])),
        (1, RawPeer.data([1, 0, 0, UInt8(Self.zeros.count >> 8), UInt8(Self.zeros.count & 255)] + Self.zeros)),
      ])
      #expect(await peer.wait { $0.headers.last?["grpc-status"] == "8" })
    }
  }

  /// 2 MiB of zeros, near enough: the longest match of the last zero, again and again, in the fixed code.
  private static let zeros: [UInt8] = {
    var bits: [UInt8] = []
    // One block, the fixed code; a literal 0; then lengths of 258 at distance 1.
    bits += [1, 1, 0]
    bits += [0, 0, 1, 1, 0, 0, 0, 0]
    for _ in 0..<8_000 { bits += [1, 1, 0, 0, 0, 1, 0, 1] + [0, 0, 0, 0, 0] }
    var bytes: [UInt8] = [31, 139, 8, 0, 0, 0, 0, 0, 0, 255]
    for start in stride(from: 0, to: bits.count, by: 8) {
      bytes.append(
        bits[start..<min(bits.count, start + 8)].enumerated().reduce(0) { $0 | $1.element << UInt8($1.offset) })
    }
    return bytes
  }()

  @Test("What is no gRPC gets an HTTP status")
  func notGRPC() async throws {
    try await withPeer { [path] peer, _ in
      peer.send([(1, RawPeer.headers(path, endStream: true, [("content-type", "application/json")]))])
      #expect(await peer.wait { $0.headers.last?[":status"] == "415" })
      peer.send([(3, RawPeer.headers(path, endStream: true, [(":method", "GET")]))])
      #expect(await peer.wait { $0.headers.last?[":status"] == "405" })
    }
  }

  @Test("An unary call without a whole request, with two, or with a bad timeout is answered and does no harm")
  func malformed() async throws {
    try await withPeer { [path] peer, _ in
      peer.send([(1, RawPeer.headers(path, endStream: true))])
      #expect(await peer.wait { $0.headers.count == 1 && $0.headers[0]["grpc-status"] == "13" })
      peer.send([(3, RawPeer.headers(path)), (3, RawPeer.data([0, 0, 0, 0, 9, 1]))])
      #expect(await peer.wait { $0.headers.count == 2 && $0.headers[1]["grpc-status"] == "13" })
      peer.send([(5, RawPeer.headers(path)), (5, RawPeer.data([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]))])
      #expect(await peer.wait { $0.headers.count == 3 && $0.headers[2]["grpc-status"] == "13" })
      peer.send([(7, RawPeer.headers(path, [("grpc-timeout", "1x")])), (7, RawPeer.data([0, 0, 0, 0, 0]))])
      #expect(await peer.wait { $0.headers.count == 4 && $0.headers[3]["grpc-status"] == "13" })
      peer.send([(9, RawPeer.headers(path)), (9, RawPeer.data([0, 0xFF, 0xFF, 0xFF, 0xFF], endStream: false))])
      #expect(await peer.wait { $0.headers.count == 5 && $0.headers[4]["grpc-status"] == "8" })
      #expect(await peer.wait { $0.resets.contains(.noError) })
      peer.send([(11, RawPeer.headers(path)), (11, RawPeer.data([0, 0, 0, 0, 1, 42]))])
      #expect(await peer.wait { $0.headers.count == 7 && $0.headers[6]["grpc-status"] == "0" })
    }
  }

  @Test("Streams that are opened and reset without end cost the peer its connection")
  func rapidReset() async throws {
    try await withPeer(configuration: .with { $0.maximumResets = 100 }) { peer, port in
      var frames: [(Int, HTTP2Frame.FramePayload)] = []
      for number in 0..<300 {
        frames.append((2 * number + 1, RawPeer.headers("/test.Echo/Forever")))
        frames.append((2 * number + 1, .rstStream(.cancel)))
      }
      peer.send(frames)
      #expect(await peer.wait { $0.isClosed })
      let other = try await Echo.connect(port)
      #expect(try await other.unary(Echo.immediate, [1]) == [1])
      await other.close()
    }
  }

  @Test("Pings that come too often end with ENHANCE_YOUR_CALM; calls in between forgive them")
  func pings() async throws {
    try await withPeer { [path] peer, _ in
      for number in 0..<6 {
        peer.send([(0, .ping(HTTP2PingData(withInteger: 5), ack: false))])
        peer.send([(2 * number + 1, RawPeer.headers(path)), (2 * number + 1, RawPeer.data([0, 0, 0, 0, 0]))])
        #expect(await peer.wait { $0.headers.count == 2 * (number + 1) })
      }
      #expect(await peer.wait { $0.pingAnswers == 6 && !$0.isClosed })
      for _ in 0..<6 { peer.send([(0, .ping(HTTP2PingData(withInteger: 5), ack: false))]) }
      #expect(await peer.wait { $0.isClosed })
      #expect(await peer.wait { $0.goAways.contains { $0.code == .enhanceYourCalm && $0.text == "too_many_pings" } })
    }
  }

  @Test("A ping beside a call that is not answered is answered all the same, and so is one without a call")
  func pingBesideCall() async throws {
    try await withPeer { peer, _ in
      peer.send([
        (1, RawPeer.headers("/test.Echo/Forever")), (1, RawPeer.data([0, 0, 0, 0, 0])),
        (0, .ping(HTTP2PingData(withInteger: 5), ack: false)),
      ])
      #expect(await peer.wait { $0.pingAnswers == 1 && $0.headers.isEmpty })
      peer.send([(1, .rstStream(.cancel)), (0, .ping(HTTP2PingData(withInteger: 6), ack: false))])
      #expect(await peer.wait { $0.pingAnswers == 2 })
    }
  }

  @Test("A peer that connects and says nothing is closed; so is one connection too many")
  func silent() async throws {
    try await withPeer(
      configuration: .with {
        $0.handshakeTimeout = .milliseconds(200)
        $0.maximumConnections = 2
      }
    ) { peer, port in
      let silent = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(host: "127.0.0.1", port: port).get()
      try await Task.sleep(for: .milliseconds(50))
      let third = try await RawPeer.connect(port)
      #expect(await third.wait { $0.isClosed })
      try await silent.closeFuture.get()
      #expect(await peer.wait { !$0.isClosed })
    }
  }

  @Test("More headers than the limit end the connection")
  func headers() async throws {
    try await withPeer(configuration: .with { $0.maximumHeaderBytes = 4_096 }) { [path] peer, _ in
      // The limit holds from when the peer has acknowledged it; until then HTTP/2's own of 64 KiB does.
      peer.send([(0, .ping(HTTP2PingData(withInteger: 1), ack: false))])
      #expect(await peer.wait { $0.pingAnswers == 1 })
      peer.send([(1, RawPeer.headers(path, [("x-long", String(repeating: "x", count: 9_000))]))])
      #expect(await peer.wait { $0.isClosed })
    }
  }

  @Test("Unfinished requests beyond the connection's bound are refused")
  func buffered() async throws {
    try await withPeer(configuration: .with { $0.maximumBufferedRequestBytes = 100_000 }) { [path] peer, _ in
      let part: [UInt8] = [0, 0, 0x10, 0, 0] + [UInt8](repeating: 1, count: 15_000)
      for number in 0..<10 {
        let id = 2 * number + 1
        peer.send([(id, RawPeer.headers(path)), (id, RawPeer.data(part, endStream: false))])
      }
      #expect(await peer.wait { $0.headers.contains { $0["grpc-status"] == "8" } })
    }
  }

  @Test("Frames that break the rules of streams end the connection; those that break one stream end that")
  func rules() async throws {
    let request: @Sendable (Int) -> [(Int, HTTP2Frame.FramePayload)] = { [path] id in
      [(id, RawPeer.headers(path)), (id, RawPeer.data([0, 0, 0, 0, 1, 42]))]
    }
    try await withPeer { peer, _ in
      // No :scheme, and a header of HTTP/1.
      peer.send([(1, .headers(.init(headers: [":method": "POST", ":path": "/test.Echo/Immediate"], endStream: true)))])
      #expect(await peer.wait { $0.resets == [.protocolError] })
      peer.send([(3, RawPeer.headers("/test.Echo/Immediate", [("connection", "close")]))])
      #expect(await peer.wait { $0.resets.count == 2 })
      peer.send(request(5))
      #expect(await peer.wait { $0.headers.last?["grpc-status"] == "0" })
    }
    for bytes in [
      FrameTests.frame(8, 0, [0, 0, 0, 0]), FrameTests.frame(8, 0, [0x7f, 0xff, 0xff, 0xff]),
      FrameTests.frame(8, 9, [0, 0, 0, 1]), FrameTests.frame(3, 9, [0, 0, 0, 8]), FrameTests.frame(0, 9, [1]),
      FrameTests.frame(1, flags: 5, 2, [0x82]), FrameTests.frame(4, 0, [0, 4, 0xff, 0, 0, 0]),
    ] {
      try await Echo.withServer(Echo.services(log), configuration: .init()) { port, _ in
        #expect(await RawBytes.isClosed(after: FrameTests.opening + bytes, port), "\(bytes.prefix(16))")
      }
    }
  }
}
#endif
