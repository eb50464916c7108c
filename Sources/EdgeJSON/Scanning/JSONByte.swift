/// The bytes that structure JSON. Computed, so that other modules see constants.
public enum JSONByte {
  @inlinable public static var quote: UInt8 { 0x22 }
  @inlinable public static var comma: UInt8 { 0x2C }
  @inlinable public static var colon: UInt8 { 0x3A }
  @inlinable public static var openBrace: UInt8 { 0x7B }
  @inlinable public static var closeBrace: UInt8 { 0x7D }
  @inlinable public static var openBracket: UInt8 { 0x5B }
  @inlinable public static var closeBracket: UInt8 { 0x5D }
  static let backslash = UInt8(ascii: "\\")

  static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  static func hexadecimalValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

/// Questions to eight bytes at once, one byte in each lane of a word. An answer has the top bit of a lane set; only the
/// lowest answering lane is exact, because a borrow may run into higher ones.
enum ByteLanes {
  static func equal(_ word: UInt64, _ byte: UInt8) -> UInt64 {
    let difference = word ^ (lowBits &* UInt64(byte))
    return (difference &- lowBits) & ~difference & highBits
  }

  static func below0x20(_ word: UInt64) -> UInt64 { (word &- lowBits &* 0x20) & ~word & highBits }

  /// Quotes, backslashes, control characters and bytes beyond ASCII.
  static func stringStops(_ word: UInt64) -> UInt64 {
    below0x20(word) | equal(word, JSONByte.quote) | equal(word, JSONByte.backslash) | (word & highBits)
  }

  private static let lowBits: UInt64 = 0x0101_0101_0101_0101
  private static let highBits: UInt64 = 0x8080_8080_8080_8080
}
