/// The bytes of a document as ``ManifestScanner`` wants them: line feeds as the only line breaks, a zero at the end and
/// none before it, and no character that YAML forbids or treats as a line break of its own.
struct DocumentBytes {
  let bytes: [UInt8]

  /// - Parameter text: valid UTF-8.
  /// - Returns: nil for a document with control characters, byte order marks, U+0085, U+2028, U+2029 and the like.
  init?(_ text: ArraySlice<UInt8>) {
    var hasCarriageReturns = false
    let isPlain = text.withUnsafeBufferPointer { buffer in
      Self.check(buffer, hasCarriageReturns: &hasCarriageReturns)
    }
    guard isPlain else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count + 1)
    if hasCarriageReturns {
      var wasCarriageReturn = false
      for byte in text {
        // A carriage return alone is a line break too.
        if byte == 0x0D { bytes.append(0x0A) } else if byte != 0x0A || !wasCarriageReturn { bytes.append(byte) }
        wasCarriageReturn = byte == 0x0D
      }
    } else {
      bytes.append(contentsOf: text)
    }
    bytes.append(0)
    self.bytes = bytes
  }

  private static func check(_ text: UnsafeBufferPointer<UInt8>, hasCarriageReturns: inout Bool) -> Bool {
    let raw = UnsafeRawBufferPointer(text)
    var place = 0
    // Eight bytes a step; only those with something beyond printable ASCII and line feeds are looked at one by one.
    // Sound: every load stays inside the buffer.
    while place &+ 8 <= raw.count {
      let word = raw.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      if isOdd(word), !check(text, from: place, to: place &+ 8, hasCarriageReturns: &hasCarriageReturns) {
        return false
      }
      place &+= 8
    }
    return check(text, from: place, to: text.count, hasCarriageReturns: &hasCarriageReturns)
  }

  /// Whether one of eight bytes is neither a line feed nor printable ASCII. No sum leaves its byte.
  private static func isOdd(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let low = word & (ones &* 0x7F)
    let printable = low &+ ones &* 0x60
    let otherThanLineFeed = (low ^ ones &* 0x0A) &+ ones &* 0x7F
    let delete = low &+ ones
    return (word | (~printable & otherThanLineFeed) | delete) & (ones &* 0x80) != 0
  }

  private static func check(
    _ text: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int, hasCarriageReturns: inout Bool
  ) -> Bool {
    func byte(_ place: Int) -> UInt8 { place < text.count ? text[place] : 0 }
    for place in start..<end {
      switch text[place] {
      case 0x09, 0x0A, 0x20...0x7E: continue
      case 0x0D: hasCarriageReturns = true
      case 0..<0x20, 0x7F: return false
      // U+0080 to U+009F
      case 0xC2: if byte(place + 1) < 0xA0 { return false }
      // U+2028, U+2029
      case 0xE2: if byte(place + 1) == 0x80, byte(place + 2) | 1 == 0xA9 { return false }
      // U+FEFF, U+FFFE, U+FFFF
      case 0xEF:
        if byte(place + 1) == 0xBB, byte(place + 2) == 0xBF { return false }
        if byte(place + 1) == 0xBF, byte(place + 2) >= 0xBE { return false }
      default: continue
      }
    }
    return true
  }
}

/// Finds line feeds eight bytes at a time.
enum LineEnds {
  /// The place of the first line feed from `start` on, or the end.
  static func first(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    let raw = UnsafeRawBufferPointer(text)
    var place = start
    // Sound: every load stays inside the buffer. The lowest byte that answers is exact.
    while place &+ 8 <= raw.count {
      let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      let difference = word ^ 0x0A0A_0A0A_0A0A_0A0A
      let found = (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
      if found != 0 { return place &+ found.trailingZeroBitCount / 8 }
      place &+= 8
    }
    while place < raw.count, raw[place] != 0x0A { place &+= 1 }
    return place
  }
}
