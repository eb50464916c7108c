import Testing

@testable import EdgeTransport

@Suite("malformed frames")
struct MalformedFrameTests {
  static let compressed: [UInt8] = [0xBA, 0x7C, 0x51, 0x03]
  static let eight: [UInt8] = Array(repeating: 0xFF, count: 8)

  /// Bytes, and the code of RFC 9000 for them.
  static let cases: [(String, [UInt8], FramingErrorCode)] = [
    ("an unknown type", [0x18], .frameEncodingError),
    ("CRYPTO, which the carrier's TLS has", [0x06, 0, 1, 0], .frameEncodingError),
    ("a connection id, which a carrier has none of", [0x19, 0], .frameEncodingError),
    ("a type in a longer form", [0x40, 0x01], .protocolViolation),
    ("a STREAM type in a longer form", [0x40, 0x0A, 1, 1, 7], .protocolViolation),
    ("STREAM without a length", [0x08, 1, 7], .frameEncodingError),
    ("DATAGRAM without a length", [0x30, 7], .frameEncodingError),
    ("a length beyond the longest frame", [0x0A, 1, 0x9D, 0x7F, 0x3E, 0x7D], .frameEncodingError),
    ("the longest length there is", [0x0A, 1] + eight, .frameEncodingError),
    ("a datagram of that length", [0x31] + eight, .frameEncodingError),
    ("a stream beyond 2^62 - 1", [0x0E, 1] + eight + [1, 7], .frameEncodingError),
    ("a compressed length beyond the longest frame", compressed + [1, 0, 9] + eight, .frameEncodingError),
    ("more bytes out of a frame than a frame may have", compressed + [1, 0] + eight, .frameEncodingError),
    ("a compressed stream beyond 2^62 - 1", compressed + [1] + eight + [1, 7], .frameEncodingError),
    ("a first range below 0", [0x02, 3, 0, 0, 4], .frameEncodingError),
    ("a further range below 0", [0x02, 9, 0, 1, 3, 3, 2], .frameEncodingError),
    ("a gap below 0", [0x02, 9, 0, 1, 3, 6, 0], .frameEncodingError),
    ("more ranges than fit", [0x02, 9, 0] + eight + [3], .frameEncodingError),
    ("more than 2^60 streams", [0x12] + eight, .frameEncodingError),
    ("more than 2^60 blocked streams", [0x17] + eight, .frameEncodingError),
    ("a reason beyond the longest frame", [0x1D, 0] + eight, .frameEncodingError),
  ]

  @Test("a malformed frame is refused with the code of RFC 9000", arguments: cases)
  func refused(_ name: String, _ bytes: [UInt8], _ code: FramingErrorCode) {
    let error = #expect(throws: FramingError.self) { try Frame.decode(bytes[...]) }
    #expect(error?.code == code, "\(name)")
    for piece in 1..<bytes.count + 1 {
      #expect(readFrames(bytes, pieces: { piece }).error?.code == code, "\(name), in pieces of \(piece)")
    }
  }

  @Test("a frame whose length is only known at its end is refused when it has become too long")
  func endless() {
    let ranges = [0x02, 0x7F, 0xFF, 0, 0x7F, 0xFF, 0] + [UInt8](repeating: 0, count: 40_000)
    let read = readFrames(ranges, maximumFrameBytes: 30_000) { 1000 }
    #expect(read.error?.code == .frameEncodingError && read.pending < 32_000)
  }

  // MARK: Greetings

  static func greeting(_ body: [UInt8], type: UInt64 = FrameType.hello) -> [UInt8] {
    var bytes: [UInt8] = []
    Varint.append(type, to: &bytes)
    Varint.append(UInt64(body.count), to: &bytes)
    return bytes + body
  }

  static let id: [UInt8] = Array(1...16)
  static let secret: [UInt8] = [32] + Array(repeating: 9, count: 32)
  static let start: [UInt8] = [1] + id + [0] + secret

  static let greetings: [(String, [UInt8], FramingErrorCode)] = [
    ("another version", greeting([2]), .versionUnsupported),
    ("nothing", greeting([]), .frameEncodingError),
    ("half an id", greeting([1] + id.prefix(8)), .frameEncodingError),
    ("a secret that is too short", greeting([1] + id + [0, 15] + Array(repeating: 9, count: 15)), .frameEncodingError),
    (
      "a secret that is too long", greeting([1] + id + [0, 0x40, 65] + Array(repeating: 9, count: 65)),
      .frameEncodingError
    ),
    ("a secret beyond the end", greeting([1] + id + [0, 32, 9]), .frameEncodingError),
    ("a parameter that comes twice", greeting(start + [4, 1, 1, 4, 1, 1]), .transportParameterError),
    ("a parameter beyond the end", greeting(start + [4, 2, 1]), .transportParameterError),
    ("a parameter with a rest", greeting(start + [4, 2, 1, 1]), .transportParameterError),
    ("a list that is cut", greeting(start + [0xBA, 0x7C, 0x51, 1, 1, 0x41]), .transportParameterError),
    (
      "a list that ends in the next parameter", greeting(start + [0xBA, 0x7C, 0x51, 1, 2, 1, 0x44, 1, 1]),
      .transportParameterError
    ),
    ("frames of less than 1200 bytes", greeting(start + [3, 1, 1]), .transportParameterError),
    ("more than 2^60 streams", greeting(start + [8, 8] + eight), .transportParameterError),
    ("a resumption that ends too early", greeting(start + [1, 1, 1], type: FrameType.resume), .frameEncodingError),
    (
      "streams that are not there", greeting(start + [1, 1, 1, 0, 0, 5, 0, 0, 0], type: FrameType.resume),
      .frameEncodingError
    ),
    (
      "streams out of order", greeting(start + [1, 1, 1, 0, 0, 2, 4, 0, 0, 0, 0, 0], type: FrameType.resume),
      .frameEncodingError
    ),
    (
      "a stream that comes twice", greeting(start + [1, 1, 1, 0, 0, 2, 4, 0, 0, 4, 0, 0], type: FrameType.resume),
      .frameEncodingError
    ),
  ]

  @Test("a malformed greeting is refused with its code", arguments: greetings)
  func refusedGreeting(_ name: String, _ bytes: [UInt8], _ code: FramingErrorCode) {
    let error = #expect(throws: FramingError.self) { try Frame.decode(bytes[...]) }
    #expect(error?.code == code, "\(name)")
  }

  @Test("parameters of a later version are passed over")
  func unknownParameters() throws {
    let unknown: [UInt8] = [0x7B, 0xBD, 3, 1, 2, 3, 0x25, 0]
    guard case .hello(let hello) = try Frame.decode(Self.greeting(Self.start + unknown + [4, 1, 9])[...])?.frame else {
      Issue.record("no hello")
      return
    }
    #expect(hello.parameters.initialMaxData == 9 && hello.secret.count == 32)
    let resumption = Self.start + [1, 1, 1, 0, 0, 0]
    let short = try Frame.decode(Self.greeting(resumption, type: FrameType.resume)[...])?.frame
    #expect(short != nil)
    #expect(try Frame.decode(Self.greeting(resumption + unknown, type: FrameType.resume)[...])?.frame == short)
  }

  @Test("a secret is right or wrong, and neither its start nor its end decides alone")
  func secrets() throws {
    let id = SessionID(high: 1, low: 2)
    let right = try #require(SessionCredential(id: id, secret: Array(repeating: 7, count: 32)))
    #expect(right.matches(right))
    for wrong in [
      [UInt8](repeating: 7, count: 31), [UInt8](repeating: 7, count: 33), [6] + [UInt8](repeating: 7, count: 31),
      [UInt8](repeating: 7, count: 31) + [6],
    ] {
      #expect(try #require(SessionCredential(id: id, secret: wrong)).matches(right) == false)
    }
    #expect(SessionCredential(id: id, secret: Array(repeating: 7, count: 15)) == nil)
  }
}
