/// Checks UTF-8 as it arrives and finds the first octet that cannot be part of any valid text, wherever the bytes were
/// cut: a peer is then told at once, not at the end of its message.
///
/// Between octets it keeps how many continuations are due and what the next one may be; the second octet alone has
/// narrower bounds (RFC 3629 section 4), which rule out overlong forms, surrogates and what lies above U+10FFFF.
package struct UTF8Check: Hashable, Sendable {
  private var due: UInt8 = 0
  private var lower: UInt8 = 0x80
  private var upper: UInt8 = 0xBF

  package init() {}

  /// Whether the text may end here.
  package var isComplete: Bool { due == 0 }

  /// Takes the next bytes; false when they break the text for good.
  package mutating func accept(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var cursor = 0
    let count = bytes.count
    while cursor < count {
      if due == 0 {
        while cursor &+ 8 <= count,
          bytes.loadUnaligned(fromByteOffset: cursor, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
        { cursor &+= 8 }
        if cursor == count { break }
      }
      if !accept(bytes[cursor]) { return false }
      cursor &+= 1
    }
    return true
  }

  private mutating func accept(_ byte: UInt8) -> Bool {
    if due > 0 {
      guard byte >= lower, byte <= upper else { return false }
      due &-= 1
      (lower, upper) = (0x80, 0xBF)
      return true
    }
    switch byte {
    case ..<0x80: break
    case 0xC2...0xDF: due = 1
    case 0xE0...0xEF:
      due = 2
      if byte == 0xE0 { lower = 0xA0 }
      if byte == 0xED { upper = 0x9F }
    case 0xF0...0xF4:
      due = 3
      if byte == 0xF0 { lower = 0x90 }
      if byte == 0xF4 { upper = 0x8F }
    default: return false
    }
    return true
  }
}
