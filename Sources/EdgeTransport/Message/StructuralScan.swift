/// Finds where a JSON object or array ends without reading what is in it.
///
/// It tells strings from structure and counts brackets, 64 bytes a step, and checks nothing else. For valid JSON the
/// end it finds is the true one; other bytes may pass, and every reader that parses them will refuse them. So two
/// readers that accept a message never disagree about where its content ends.
///
/// The escape and string masks follow J. Langdale and D. Lemire, "Parsing Gigabytes of JSON per Second" (2019).
enum StructuralScan {
  /// The index after the bracket that closes the one at `start`; nil when `end` comes first.
  static func endOfContainer(in bytes: [UInt8], from start: Int, end: Int) -> Int? {
    var state = State()
    // Sound: every load stays below `end`, which is checked here against the array.
    return bytes.withUnsafeBytes { buffer in
      precondition(start >= 0 && end <= buffer.count, "the range leaves the buffer")
      var cursor = start
      while cursor &+ 64 <= end {
        if let offset = state.advance(over: Block(buffer, at: cursor)) { return cursor &+ offset &+ 1 }
        cursor &+= 64
      }
      while cursor < end {
        if state.advance(over: buffer[cursor]) { return cursor &+ 1 }
        cursor &+= 1
      }
      return nil
    }
  }

  /// One bit for each of 64 bytes.
  private struct Block {
    var quotes: UInt64 = 0
    var backslashes: UInt64 = 0
    var opens: UInt64 = 0
    var closes: UInt64 = 0

    @inline(__always)
    init(_ buffer: UnsafeRawBufferPointer, at start: Int) {
      var place = 0
      while place < 8 {
        let word = UInt64(
          littleEndian: buffer.loadUnaligned(fromByteOffset: start &+ place &* 8, as: UInt64.self))
        let shift = UInt64(truncatingIfNeeded: place &* 8)
        quotes |= Self.lanes(word, equal: 0x22) &<< shift
        backslashes |= Self.lanes(word, equal: 0x5C) &<< shift
        // 0x20 is the one bit in which `[` and `{`, `]` and `}` differ.
        let folded = word | 0x2020_2020_2020_2020
        opens |= Self.lanes(folded, equal: 0x7B) &<< shift
        closes |= Self.lanes(folded, equal: 0x7D) &<< shift
        place &+= 1
      }
    }

    /// One bit for each of the eight bytes of `word` that equals `byte`.
    @inline(__always)
    private static func lanes(_ word: UInt64, equal byte: UInt64) -> UInt64 {
      let low7: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
      let difference = word ^ (byte &* 0x0101_0101_0101_0101)
      let zeroLanes = ~((difference & low7) &+ low7 | difference | low7)
      return ((zeroLanes &>> 7) &* 0x0102_0408_1020_4080) &>> 56
    }
  }

  private struct State {
    private var depth = 0
    private var isInString = false
    private var nextIsEscaped = false

    /// The offset in the block of the closing bracket, nil when it is not there.
    @inline(__always)
    mutating func advance(over block: Block) -> Int? {
      let quotes = block.quotes & ~escaped(block.backslashes)
      var inString = quotes
      inString ^= inString &<< 1
      inString ^= inString &<< 2
      inString ^= inString &<< 4
      inString ^= inString &<< 8
      inString ^= inString &<< 16
      inString ^= inString &<< 32
      if isInString { inString = ~inString }
      isInString = inString &>> 63 == 1
      let opens = block.opens & ~inString
      let closes = block.closes & ~inString
      let closing = closes.nonzeroBitCount
      if closing < depth {
        depth &+= opens.nonzeroBitCount &- closing
        return nil
      }
      var brackets = opens | closes
      while brackets != 0 {
        let bit = brackets & (0 &- brackets)
        depth &+= opens & bit != 0 ? 1 : -1
        if depth == 0 { return bit.trailingZeroBitCount }
        brackets ^= bit
      }
      return nil
    }

    /// The bytes that a backslash before them escapes: those after a run of backslashes of odd length.
    private mutating func escaped(_ backslashes: UInt64) -> UInt64 {
      if backslashes == 0 {
        defer { nextIsEscaped = false }
        return nextIsEscaped ? 1 : 0
      }
      let evenBits: UInt64 = 0x5555_5555_5555_5555
      let carry: UInt64 = nextIsEscaped ? 1 : 0
      let unescaped = backslashes & ~carry
      let followsEscape = unescaped &<< 1 | carry
      let oddStarts = unescaped & ~evenBits & ~followsEscape
      let (sequences, overflow) = oddStarts.addingReportingOverflow(unescaped)
      nextIsEscaped = overflow
      return (evenBits ^ (sequences &<< 1)) & followsEscape
    }

    /// Whether `byte` closes the container.
    mutating func advance(over byte: UInt8) -> Bool {
      if isInString {
        if nextIsEscaped {
          nextIsEscaped = false
        } else if byte == 0x5C {
          nextIsEscaped = true
        } else if byte == 0x22 {
          isInString = false
        }
        return false
      }
      nextIsEscaped = false
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
  }
}
