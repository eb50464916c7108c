#if Networking
import NIOCore

/// The nine bytes before each frame (RFC 9113, section 4.1).
struct FrameHeader {
  var length: Int
  var kind: UInt8
  var flags: UInt8
  var stream: StreamID

  static let byteCount = 9
  static let pingByteCount = byteCount + 8

  enum Kind {
    static let data: UInt8 = 0x0
    static let headers: UInt8 = 0x1
    static let priority: UInt8 = 0x2
    static let reset: UInt8 = 0x3
    static let settings: UInt8 = 0x4
    static let pushPromise: UInt8 = 0x5
    static let ping: UInt8 = 0x6
    static let goAway: UInt8 = 0x7
    static let windowUpdate: UInt8 = 0x8
    static let continuation: UInt8 = 0x9
  }

  enum Flag {
    static let acknowledgement: UInt8 = 0x1
    static let endStream: UInt8 = 0x1
    static let endHeaders: UInt8 = 0x4
    static let padded: UInt8 = 0x8
    static let priority: UInt8 = 0x20
  }

  init(_ kind: UInt8, flags: UInt8 = 0, _ stream: StreamID, length: Int) {
    self.length = length
    self.kind = kind
    self.flags = flags
    self.stream = stream
  }

  /// The header that `buffer` begins with; nil while it is not complete.
  @inline(__always)
  init?(peekingAt buffer: ByteBuffer) {
    guard buffer.readableBytes >= Self.byteCount else { return nil }
    let (first, rest) = buffer.withUnsafeReadableBytes { bytes in
      // Sound: nine bytes are there.
      (
        UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)), bytes[8]
      )
    }
    length = Int(first >> 40)
    kind = UInt8(truncatingIfNeeded: first >> 32)
    flags = UInt8(truncatingIfNeeded: first >> 24)
    stream = StreamID(rawValue: UInt32(truncatingIfNeeded: first & 0x7f_ffff) << 8 | UInt32(rest))
  }
}

extension ByteBuffer {
  @inline(__always)
  mutating func write(_ header: FrameHeader) {
    let first =
      UInt64(truncatingIfNeeded: header.length) << 40 | UInt64(header.kind) << 32 | UInt64(header.flags) << 24
      | UInt64(header.stream.rawValue >> 8)
    writeMultipleIntegers(first, UInt8(truncatingIfNeeded: header.stream.rawValue))
  }

  mutating func writeReset(_ stream: StreamID, _ code: HTTP2Code) {
    write(FrameHeader(FrameHeader.Kind.reset, stream, length: 4))
    writeInteger(code.rawValue)
  }

  mutating func writeWindowUpdate(_ stream: StreamID, _ increment: Int) {
    write(FrameHeader(FrameHeader.Kind.windowUpdate, stream, length: 4))
    writeInteger(UInt32(truncatingIfNeeded: increment))
  }

  mutating func writePing(_ payload: UInt64, isAnswer: Bool) {
    write(
      FrameHeader(
        FrameHeader.Kind.ping, flags: isAnswer ? FrameHeader.Flag.acknowledgement : 0, .connection, length: 8))
    writeInteger(payload)
  }

  mutating func writeGoAway(lastStream: StreamID, _ code: HTTP2Code, _ text: String = "") {
    write(FrameHeader(FrameHeader.Kind.goAway, .connection, length: 8 + text.utf8.count))
    writeInteger(lastStream.rawValue)
    writeInteger(code.rawValue)
    writeString(text)
  }
}
#endif
