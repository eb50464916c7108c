/// Finds where a JSON object or array ends without reading what is in it.
///
/// It tells strings from structure and counts brackets, eight bytes a step, and checks nothing else. For valid JSON the
/// end it finds is the true one; other bytes may pass, and every reader that parses them will refuse them. So two
/// readers that accept a message never disagree about where its content ends.
///
/// A word holds eight bytes, one in each lane; an answer about them has the top bit of a lane set. That a lane lies in a
/// string is the parity of the quotes up to it, a prefix sum over the lanes. Source: J. Langdale and D. Lemire, "Parsing
/// Gigabytes of JSON per Second" (2019), reduced to what a 64-bit word can do.
struct StructuralScan {
  private var depth = 0
  private var isInString = false
  private var isEscaped = false

  /// The index after the bracket that closes the one at `start`; nil when `end` comes first.
  static func endOfContainer(in bytes: [UInt8], from start: Int, end: Int) -> Int? {
    // Sound: every load stays below `end`, which is checked here against the array.
    bytes.withUnsafeBytes { buffer in
      precondition(start >= 0 && end <= buffer.count, "the range leaves the buffer")
      var scan = StructuralScan()
      var cursor = start
      while cursor &+ 8 <= end {
        let word = UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: cursor, as: UInt64.self))
        if scan.isEscaped || Self.lanes(of: word, equal: 0x5C) != 0 {
          for place in cursor..<cursor &+ 8 where scan.advance(over: buffer[place]) { return place &+ 1 }
        } else if let offset = scan.advance(over: word) {
          return cursor &+ offset &+ 1
        }
        cursor &+= 8
      }
      while cursor < end {
        if scan.advance(over: buffer[cursor]) { return cursor &+ 1 }
        cursor &+= 1
      }
      return nil
    }
  }

  /// Eight bytes without a backslash. The offset of the closing bracket, nil when it is not among them.
  @inline(__always)
  private mutating func advance(over word: UInt64) -> Int? {
    var inString = Self.lanes(of: word, equal: 0x22)
    inString ^= inString &<< 8
    inString ^= inString &<< 16
    inString ^= inString &<< 32
    if isInString { inString ^= Self.topBits }
    isInString = inString &>> 63 == 1
    // `[` and `{` differ in bit 5, and so do `]` and `}`; the opening ones differ from the closing ones in bits 1 and 2.
    // Without bit 2 and with bits 5 and 1 set they are all 0x7B, and so are only bytes that valid JSON has in strings.
    let folded = (word | Self.spread(0x22)) & ~Self.spread(0x04)
    let brackets = Self.lanes(of: folded, equal: 0x7B) & ~inString
    if brackets == 0 { return nil }
    let opens = brackets & (word &<< 6)
    let closing = (brackets ^ opens).nonzeroBitCount
    if closing < depth {
      depth &+= opens.nonzeroBitCount &- closing
      return nil
    }
    var rest = brackets
    while rest != 0 {
      let bit = rest & (0 &- rest)
      depth &+= opens & bit != 0 ? 1 : -1
      if depth == 0 { return bit.trailingZeroBitCount / 8 }
      rest ^= bit
    }
    return nil
  }

  /// One byte. Whether it closes the container.
  private mutating func advance(over byte: UInt8) -> Bool {
    if isInString {
      if isEscaped {
        isEscaped = false
      } else if byte == 0x5C {
        isEscaped = true
      } else if byte == 0x22 {
        isInString = false
      }
      return false
    }
    switch byte {
    case 0x22: isInString = true
    case 0x7B, 0x5B: depth &+= 1
    case 0x7D, 0x5D:
      depth &-= 1
      return depth == 0
    default: break
    }
    return false
  }

  private static let topBits: UInt64 = 0x8080_8080_8080_8080

  @inline(__always)
  private static func spread(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

  /// The top bit of each lane of `word` that equals `byte`, exactly.
  @inline(__always)
  static func lanes(of word: UInt64, equal byte: UInt8) -> UInt64 {
    // Adding 0x7F carries into the top bit of every lane whose low seven bits differ, and never into the next lane.
    let different = ((word & ~topBits) ^ spread(byte)) &+ ~topBits
    return ~(different | word) & topBits
  }
}
