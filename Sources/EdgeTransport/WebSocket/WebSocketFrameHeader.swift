/// The header of one frame (RFC 6455 5.2), read but not judged.
struct WebSocketFrameHeader {
  var fin = false
  /// The three bits in their places, 0x70.
  var reservedBits: UInt8 = 0
  var opcode: UInt8 = 0
  var length: UInt64 = 0
  /// Whether the length stands in as few octets as it can; also false when its top bit is set.
  var isLengthMinimal = true
  /// The first octet of the wire in the top bits; nil when the frame is not masked.
  var maskKey: UInt32?

  var isControl: Bool { opcode >= 8 }

  /// The header at the start of `bytes` and its length; nil when its rest is missing.
  static func read(_ bytes: UnsafeRawBufferPointer) -> (WebSocketFrameHeader, count: Int)? {
    guard bytes.count >= 2 else { return nil }
    let (first, second) = (bytes[0], bytes[1])
    let isMasked = second & 0x80 != 0
    var count = 2
    switch second & 0x7F {
    case 126: count = 4
    case 127: count = 10
    default: break
    }
    guard bytes.count >= count + (isMasked ? 4 : 0) else { return nil }
    var header = WebSocketFrameHeader(fin: first & 0x80 != 0, reservedBits: first & 0x70, opcode: first & 0x0F)
    // Sound: the count was checked above.
    switch count {
    case 4:
      header.length = UInt64(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
      header.isLengthMinimal = header.length > 125
    case 10:
      header.length = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt64.self))
      header.isLengthMinimal = header.length > 0xFFFF && header.length >> 63 == 0
    default: header.length = UInt64(second & 0x7F)
    }
    if isMasked {
      header.maskKey = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: count, as: UInt32.self))
      count += 4
    }
    return (header, count)
  }
}
