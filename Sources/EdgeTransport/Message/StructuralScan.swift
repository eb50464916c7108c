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
  /// All top bits inside a string, none outside.
  private var stringState: UInt64 = 0
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
        switch scan.advance(over: word) {
        case .goesOn: cursor &+= 8
        case .ends(let offset): return cursor &+ offset &+ 1
        case .needsCare:
          for place in cursor..<cursor &+ 8 where scan.advance(over: buffer[place]) { return place &+ 1 }
          cursor &+= 8
        }
      }
      while cursor < end {
        if scan.advance(over: buffer[cursor]) { return cursor &+ 1 }
        cursor &+= 1
      }
      return nil
    }
  }

  private enum Step {
    case goesOn
    /// The closing bracket has this offset in the word.
    case ends(Int)
    /// There is an escape: the bytes are to be looked at one by one.
    case needsCare
  }

  @inline(__always)
  private mutating func advance(over word: UInt64) -> Step {
    // Exact in lanes of ASCII. A lane above it has its top bit and is nothing that is looked for.
    let ascii = word & ~Self.topBits
    let other = word | ((ascii ^ Self.spread(0x22)) &+ ~Self.topBits)
    let quotes = (~other & Self.topBits) &>> 7
    // The product has in each lane the number of quotes up to it; its lowest bit is the parity.
    let inString = ((quotes &* Self.spread(1)) &<< 7 & Self.topBits) ^ stringState
    // `[`, `\` and `]` are 0x5B, 0x5C, 0x5D; `{`, `|` and `}` the same with bit 5. Valid JSON has the middle ones only in strings.
    let folded = ascii | Self.spread(0x20)
    let marks = (folded &+ Self.spread(0x80 - 0x7B)) & ~(folded &+ Self.spread(0x80 - 0x7E)) & ~word & Self.topBits
    if marks & inString != 0 || isEscaped {
      // Brackets in a string are rare, so this costs little when it is only one of them.
      if isEscaped || Self.lanes(of: word, equal: 0x5C) != 0 { return .needsCare }
    }
    stringState = (0 &- inString &>> 63) & Self.topBits
    let brackets = marks & ~inString
    if brackets == 0 { return .goesOn }
    // The opening ones lack bit 2 (0x5B, 0x7B), the closing ones have it.
    let closes = brackets & (word &<< 5)
    let opening = Self.count(brackets ^ closes)
    let closing = Self.count(closes)
    if closing < depth {
      depth &+= opening &- closing
      return .goesOn
    }
    var rest = brackets
    while rest != 0 {
      let bit = rest & (0 &- rest)
      depth &+= closes & bit == 0 ? 1 : -1
      if depth == 0 { return .ends(bit.trailingZeroBitCount / 8) }
      rest ^= bit
    }
    return .goesOn
  }

  /// Of the lanes whose top bit is set. Not every processor of a kind counts bits in one instruction.
  @inline(__always)
  private static func count(_ lanes: UInt64) -> Int { Int(truncatingIfNeeded: ((lanes &>> 7) &* spread(1)) &>> 56) }

  /// One byte. Whether it closes the container.
  private mutating func advance(over byte: UInt8) -> Bool {
    if stringState != 0 {
      if isEscaped {
        isEscaped = false
      } else if byte == 0x5C {
        isEscaped = true
      } else if byte == 0x22 {
        stringState = 0
      }
      return false
    }
    switch byte {
    case 0x22: stringState = Self.topBits
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
