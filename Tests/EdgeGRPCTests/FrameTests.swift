#if Networking
import NIOCore
import NIOHPACK
import Testing

@testable import EdgeGRPC

@Suite struct FrameTests {
  static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  static func frame(_ kind: UInt8, flags: UInt8 = 0, _ stream: UInt32, _ payload: [UInt8] = []) -> [UInt8] {
    var buffer = ByteBuffer()
    buffer.write(FrameHeader(kind, flags: flags, StreamID(rawValue: stream), length: payload.count))
    return Array(buffer.readableBytesView) + payload
  }

  static let opening = preface + frame(FrameHeader.Kind.settings, 0)

  private func read(_ bytes: [UInt8], piece: Int = .max) throws(ConnectionFailure) -> [FrameReader.Frame] {
    var reader = FrameReader(maximumBlockBytes: 1_000)
    var frames: [FrameReader.Frame] = []
    var start = 0
    while start < bytes.count {
      let end = start + min(piece, bytes.count - start)
      reader.append(ByteBuffer(bytes: bytes[start..<end]))
      while let frame = try reader.next() { frames.append(frame) }
      reader.compact()
      start = end
    }
    return frames
  }

  private func failure(_ bytes: [UInt8]) -> HTTP2Code? {
    do throws(ConnectionFailure) { _ = try read(Self.opening + bytes) } catch { return error.code }
    return nil
  }

  @Test("Frames are the same whatever pieces they come in; padding, priorities and continuations are taken off")
  func splits() throws {
    let one = StreamID(rawValue: 1)
    let bytes =
      Self.preface + Self.frame(4, 0, [0, 4, 0, 0, 0, 9]) + Self.frame(4, flags: 1, 0)
      + Self.frame(1, flags: 0x29, 1, [2, 0x80, 0, 0, 0, 7, 0x82, 0, 0])
      + Self.frame(9, 1, [0x83]) + Self.frame(9, flags: 4, 1, [0x84])
      + Self.frame(0, flags: 8, 1, [3, 65, 66, 0, 0, 0]) + Self.frame(0, flags: 1, 1)
      + Self.frame(0xee, 5, [1, 2, 3]) + Self.frame(2, 3, [0, 0, 0, 0, 1]) + Self.frame(3, 1, [0, 0, 0, 8])
      + Self.frame(6, 0, [0, 0, 0, 0, 0, 0, 0, 5]) + Self.frame(8, 1, [0x80, 0, 0, 6])
      + Self.frame(7, 0, [UInt8](repeating: 0, count: 8))
    let expected: [FrameReader.Frame] = [
      .settings(ByteBuffer(bytes: [0, 4, 0, 0, 0, 9])), .settingsAnswer,
      .headers(one, block: ByteBuffer(bytes: [0x82, 0x83, 0x84]), endsStream: true),
      .data(one, ByteBuffer(bytes: [65, 66]), flowBytes: 6, endsStream: false),
      .data(one, ByteBuffer(), flowBytes: 0, endsStream: true), .ignored, .ignored, .reset(one),
      .ping(5, isAnswer: false), .windowUpdate(one, increment: 6), .goAway,
    ]
    for piece in 1...bytes.count { #expect(try read(bytes, piece: piece) == expected) }
  }

  @Test("What RFC 9113 forbids ends the connection with the code it names")
  func violations() {
    let long = [UInt8](repeating: 0, count: 16_385)
    #expect(failure(Self.frame(0, 1, long)) == .frameSizeError)
    #expect(failure(Self.frame(0, 0, [1])) == .protocolError)
    #expect(failure(Self.frame(0, flags: 8, 1, [9, 1])) == .protocolError)
    #expect(failure(Self.frame(0, flags: 8, 1)) == .protocolError)
    #expect(failure(Self.frame(1, flags: 4, 0)) == .protocolError)
    #expect(failure(Self.frame(1, flags: 0x24, 1, [0, 0])) == .frameSizeError)
    #expect(failure(Self.frame(2, 1, [0])) == .frameSizeError)
    #expect(failure(Self.frame(3, 1, [0])) == .frameSizeError)
    #expect(failure(Self.frame(3, 0, [0, 0, 0, 0])) == .protocolError)
    #expect(failure(Self.frame(4, 1)) == .protocolError)
    #expect(failure(Self.frame(4, 0, [0, 1])) == .frameSizeError)
    #expect(failure(Self.frame(4, flags: 1, 0, [0])) == .frameSizeError)
    #expect(failure(Self.frame(5, 1, [0, 0, 0, 2])) == .protocolError)
    #expect(failure(Self.frame(6, 0, [0])) == .frameSizeError)
    #expect(failure(Self.frame(6, 1, long.dropLast(16_377))) == .protocolError)
    #expect(failure(Self.frame(7, 0, [0])) == .frameSizeError)
    #expect(failure(Self.frame(8, 0, [0])) == .frameSizeError)
    #expect(failure(Self.frame(9, 1)) == .protocolError)
    // A header block that is interrupted, goes on for another stream, is too long, or comes in too many pieces.
    #expect(failure(Self.frame(1, 1) + Self.frame(6, 0, [0, 0, 0, 0, 0, 0, 0, 0])) == .protocolError)
    #expect(failure(Self.frame(1, 1) + Self.frame(9, 3)) == .protocolError)
    #expect(failure(Self.frame(1, flags: 4, 1, [UInt8](repeating: 0x82, count: 1_001))) == .enhanceYourCalm)
    #expect(failure(Self.frame(1, 1) + (0..<17).flatMap { _ in Self.frame(9, 1) }) == .enhanceYourCalm)
  }

  @Test("A peer that speaks something else is found out at its first byte; one that begins without SETTINGS too")
  func prefaces() throws {
    #expect(throws: ConnectionFailure.self) { try read(Array("GET / HTTP/1.1\r\n\r\n".utf8)) }
    #expect(throws: ConnectionFailure.self) { try read([0x16]) }
    #expect(throws: ConnectionFailure.self) { try read(Self.preface + Self.frame(1, flags: 4, 1)) }
    #expect(throws: ConnectionFailure.self) { try read(Self.preface + Self.frame(4, flags: 1, 0)) }
    #expect(try read(Array(Self.preface.dropLast())) == [])
  }

  @Test("Random bytes after the opening never do more than fail; a mutated conversation neither")
  func garbage() {
    var random = SystemRandomNumberGenerator()
    let seed = UInt64.random(in: 0 ... .max, using: &random)
    var state = seed
    func next() -> UInt8 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 33)
    }
    let talk =
      Self.opening + Self.frame(1, flags: 4, 1, [0x82, 0x83, 0x84]) + Self.frame(0, flags: 1, 1, [0, 0, 0, 0, 0])
      + Self.frame(8, 0, [0, 0, 0, 1])
    for _ in 0..<2_000 {
      _ = failure((0..<Int(next())).map { _ in next() })
      var bytes = talk
      for _ in 0..<3 { bytes[Int(next()) % bytes.count] = next() }
      do throws(ConnectionFailure) {
        _ = try read(bytes, piece: 1 + Int(next() % 32))
      } catch {
        #expect(!error.reason.isEmpty, "seed \(seed)")
      }
    }
  }

  @Test("Headers that repeat themselves are known by their bytes until another block changes the table")
  func heads() throws {
    var encoder = HPACKEncoder(allocator: ByteBufferAllocator())
    func encode(_ path: String, _ more: [(String, String)] = []) throws -> ByteBuffer {
      try encoder.beginEncoding(allocator: ByteBufferAllocator())
      try encoder.append(headers: HPACKHeaders([(":method", "POST"), (":scheme", "http"), (":path", path)] + more))
      return try encoder.endEncoding()
    }
    var reader = RequestHeadReader(maximumHeaderBytes: 8_000)
    let paths = ["/a/A", "/b/B"]
    for path in paths { #expect(try reader.read(encode(path)).headers.path == path) }
    let first = try reader.read(encode("/a/A"))
    #expect(try reader.read(encode("/a/A")) === first)
    #expect(try reader.read(encode("/b/B")).headers.path == "/b/B")
    for number in 0..<300 {
      // Each moves all that the table has, and in the end out of it.
      let head = try reader.read(encode("/a/A", [("x-number", "\(number)")]))
      #expect(head.headers.path == "/a/A" && head.fields.first(name: "x-number") == "\(number)")
      for path in paths { #expect(try reader.read(encode(path)).headers.path == path) }
    }
  }

  @Test("Header blocks that cannot be decoded, or decode to more than the limit, end the connection")
  func badHeads() throws {
    var reader = RequestHeadReader(maximumHeaderBytes: 200)
    #expect(throws: ConnectionFailure.self) { try reader.read(ByteBuffer(bytes: [0xff, 0xff, 0xff, 0xff])) }
    #expect(throws: ConnectionFailure.self) { try reader.read(ByteBuffer(bytes: [0xbe])) }
    // References take a byte each, what they stand for takes more.
    #expect(throws: ConnectionFailure.self) {
      try reader.read(ByteBuffer(bytes: [UInt8](repeating: 0x82, count: 100)))
    }
  }

  @Test("Requests that HTTP/2 does not allow are known")
  func malformed() {
    let good: [(String, String)] = [(":method", "POST"), (":scheme", "http"), (":path", "/a/A"), ("te", "trailers")]
    #expect(RequestHead(HPACKHeaders(good)).isWellFormed)
    for index in 0..<3 {
      var bad = good
      bad.append(bad.remove(at: index))
      #expect(!RequestHead(HPACKHeaders(bad)).isWellFormed, "a pseudo-header behind others")
      bad = good
      bad.insert(bad[index], at: 0)
      #expect(!RequestHead(HPACKHeaders(bad)).isWellFormed, "twice")
      bad.removeAll { $0.0 == good[index].0 }
      #expect(!RequestHead(HPACKHeaders(bad)).isWellFormed, "missing")
    }
    for more in [
      ("connection", "close"), ("te", "gzip"), ("X-Upper", "a"), (":status", "200"), ("a b", "c"), ("a", "b\nc"),
    ] {
      #expect(!RequestHead(HPACKHeaders(good + [more])).isWellFormed, "\(more)")
    }
  }

  @Test("Answers' headers are what a decoder reads, at first, repeated, and for a peer with a small table")
  func answers() throws {
    for tables in [[4096], [4096, 0], [64], [65_536]] {
      var writer = AnswerHeadWriter()
      var decoder = HPACKDecoder(allocator: ByteBufferAllocator(), maxDynamicTableSize: tables[0])
      var lengths: [Int] = []
      for table in tables {
        writer.peerAllows(tableBytes: table)
        decoder.maxDynamicTableLength = table
        for _ in 0..<3 {
          var head = ByteBuffer()
          writer.writeHead(to: &head)
          lengths.append(head.readableBytes)
          #expect(try decoder.decodeHeaders(from: &head) == [":status": "200", "content-type": "application/grpc"])
          var trailers = ByteBuffer()
          writer.writeOK(to: &trailers)
          #expect(try decoder.decodeHeaders(from: &trailers) == ["grpc-status": "0"])
          var other = ByteBuffer()
          let fields: HPACKHeaders = ["grpc-status": "5", "grpc-message": String(repeating: "m", count: 400)]
          writer.write(fields, to: &other)
          #expect(try decoder.decodeHeaders(from: &other) == fields)
        }
      }
      #expect(lengths[0] > 10 && (tables[0] < 4096 || lengths[2] == 2))
    }
  }

  @Test("Settings are applied, and refused where their values are out of bounds")
  func settings() throws {
    var settings = PeerSettings()
    try settings.apply(
      ByteBuffer(bytes: [0, 1, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0, 5, 0, 0, 0x80, 0, 0x12, 0x34, 1, 2, 3, 4]))
    #expect(settings.headerTableBytes == 0 && settings.streamWindow == 65_536 && settings.maximumFrameBytes == 32_768)
    for bad in [[0, 2, 0, 0, 0, 2], [0, 4, 0x80, 0, 0, 0], [0, 5, 0, 0, 0, 1], [0, 5, 1, 0, 0, 0]] as [[UInt8]] {
      var settings = PeerSettings()
      #expect(throws: ConnectionFailure.self) { try settings.apply(ByteBuffer(bytes: bad)) }
    }
  }

  @Test("Events are counted within their stretch of time")
  func rates() {
    var rate = EventRate(maximum: 2, window: .seconds(1))
    let start = NIODeadline.now()
    let answers = [0, 100, 200, 999, 1_000, 1_500, 2_000].map { rate.note(at: start + .milliseconds($0)) }
    #expect(answers == [true, true, false, false, true, true, true])
  }
}
#endif
