/// The masking of client frames (RFC 6455 section 5.3): each octet is combined with one of the key's four, in turn.
package enum WebSocketMask {
  /// Masks or unmasks `bytes` in place.
  /// - Parameters:
  ///   - key: its octets in the order of the wire, the first one in the top bits.
  ///   - offset: how many octets of the payload came before these.
  package static func apply(_ key: UInt32, at offset: Int, to bytes: UnsafeMutableRawBufferPointer) {
    // In memory its four octets stand as they meet the payload, whatever the machine's order.
    let turned = key.rotated(left: UInt32(truncatingIfNeeded: offset & 3) &* 8)
    let inMemory = turned.bigEndian
    let wide = UInt64(inMemory) << 32 | UInt64(inMemory)
    let count = bytes.count
    var cursor = 0
    // Sound: every load and store ends at or before `count`.
    while cursor &+ 8 <= count {
      let word = bytes.loadUnaligned(fromByteOffset: cursor, as: UInt64.self)
      bytes.storeBytes(of: word ^ wide, toByteOffset: cursor, as: UInt64.self)
      cursor &+= 8
    }
    var rest = turned
    while cursor < count {
      rest = rest.rotated(left: 8)
      bytes[cursor] ^= UInt8(truncatingIfNeeded: rest)
      cursor &+= 1
    }
  }
}

extension UInt32 {
  fileprivate func rotated(left bits: UInt32) -> UInt32 { self &<< bits | self &>> (32 &- bits) }
}
