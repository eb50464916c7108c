#if Networking
import NIOCore
import NIOHPACK

/// Encodes the headers of answers (RFC 7541). The two blocks that nearly every answer has are put into the peer's table at
/// their first use and take two bytes and one from then on; nothing else is put there, so their places are known.
struct AnswerHeadWriter {
  /// How many fields the table has, and which of them is which, counted from the first.
  private var insertedCount = 0
  private var contentType: Int?
  private var statusOK: Int?
  /// A peer whose table is smaller than usual gets literals only.
  private var mayInsert = true
  private var owesResize = false

  private static let usualTableBytes = 4096
  /// Where the dynamic table begins, and fields of the static one.
  private static let firstDynamic = 62
  private static let staticStatus200: UInt8 = 8
  private static let staticContentType: UInt8 = 31

  private static let grpcType: StaticString = "application/grpc"
  private static let grpcStatus: StaticString = "grpc-status"

  mutating func peerAllows(tableBytes: Int) {
    guard tableBytes < Self.usualTableBytes, mayInsert else { return }
    mayInsert = false
    owesResize = true
  }

  /// The headers before the first message.
  mutating func writeHead(to buffer: inout ByteBuffer) {
    begin(&buffer)
    buffer.writeInteger(0x80 | Self.staticStatus200)
    if mayInsert, let place = contentType {
      writeReference(place, to: &buffer)
      return
    }
    if mayInsert {
      contentType = insertedCount
      insertedCount += 1
      buffer.writeInteger(0x40 | Self.staticContentType)
    } else {
      // Without indexing; the name's number does not fit into the four bits of the first byte.
      buffer.writeMultipleIntegers(0x0f as UInt8, Self.staticContentType - 15)
    }
    buffer.writeInteger(UInt8(Self.grpcType.utf8CodeUnitCount))
    buffer.writeStaticString(Self.grpcType)
  }

  /// The trailers of a call that went well.
  mutating func writeOK(to buffer: inout ByteBuffer) {
    begin(&buffer)
    if mayInsert, let place = statusOK {
      writeReference(place, to: &buffer)
      return
    }
    buffer.writeInteger((mayInsert ? 0x40 : 0x00) as UInt8)
    if mayInsert {
      statusOK = insertedCount
      insertedCount += 1
    }
    buffer.writeInteger(UInt8(Self.grpcStatus.utf8CodeUnitCount))
    buffer.writeStaticString(Self.grpcStatus)
    buffer.writeMultipleIntegers(1 as UInt8, UInt8(ascii: "0"))
  }

  /// Any other fields, as literals that no table remembers.
  mutating func write(_ fields: HPACKHeaders, to buffer: inout ByteBuffer) {
    begin(&buffer)
    for (name, value, _) in fields {
      buffer.writeInteger(0 as UInt8)
      Self.write(text: name, to: &buffer)
      Self.write(text: value, to: &buffer)
    }
  }

  private mutating func begin(_ buffer: inout ByteBuffer) {
    guard owesResize else { return }
    owesResize = false
    // A table of no bytes (section 6.3): smaller than any that the peer may have.
    buffer.writeInteger(0x20 as UInt8)
  }

  private func writeReference(_ place: Int, to buffer: inout ByteBuffer) {
    buffer.writeInteger(0x80 | UInt8(Self.firstDynamic + insertedCount - 1 - place))
  }

  private static func write(text: String, to buffer: inout ByteBuffer) {
    // Section 5.1: seven bits of length, then more.
    var rest = text.utf8.count
    if rest < 127 {
      buffer.writeInteger(UInt8(rest))
    } else {
      buffer.writeInteger(127 as UInt8)
      rest -= 127
      while rest >= 0x80 {
        buffer.writeInteger(UInt8(truncatingIfNeeded: rest & 0x7f) | 0x80)
        rest >>= 7
      }
      buffer.writeInteger(UInt8(rest))
    }
    buffer.writeString(text)
  }
}
#endif
