/// The variable-length integers of RFC 9000, section 16: the two top bits of the first byte say whether 1, 2, 4 or 8 bytes
/// follow in network order, which leaves 62 bits for the value.
///
/// Longer forms than needed are read (section 16 allows them everywhere but in frame types) and never written.
public enum Varint {
  public static let maximum: UInt64 = 1 << 62 - 1

  /// How many bytes ``append(_:to:)`` writes.
  public static func length(of value: UInt64) -> Int {
    value < 1 << 6 ? 1 : value < 1 << 14 ? 2 : value < 1 << 30 ? 4 : 8
  }

  /// Reads one integer and moves `position` past it; nil, with `position` unmoved, when the bytes end within it.
  @inlinable
  public static func decode(_ bytes: RawSpan, at position: inout Int) -> UInt64? {
    guard position < bytes.byteCount else { return nil }
    let first = bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self)
    let length = 1 << Int(first >> 6)
    guard length <= bytes.byteCount - position else { return nil }
    var value = UInt64(first & 0x3F)
    // The loads are sound: any bits are a UInt8, and the offsets are checked, here and by the span itself.
    for offset in 1..<max(length, 1) {
      value = value << 8 | UInt64(bytes.unsafeLoad(fromByteOffset: position + offset, as: UInt8.self))
    }
    position += length
    return value
  }

  /// Writes the shortest form. The value is one of our own counters or was checked where it came in, so that a larger one
  /// than ``maximum`` is a fault of this program.
  public static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    switch value {
    case 0..<1 << 6: bytes.append(UInt8(truncatingIfNeeded: value))
    case 0..<1 << 14:
      bytes.append(0x40 | UInt8(truncatingIfNeeded: value >> 8))
      bytes.append(UInt8(truncatingIfNeeded: value))
    case 0..<1 << 30: appendBigEndian(0x8000_0000 | UInt32(truncatingIfNeeded: value), to: &bytes)
    default:
      precondition(value <= maximum, "\(value) has more than 62 bits")
      appendBigEndian(0xC000_0000_0000_0000 | value, to: &bytes)
    }
  }

  private static func appendBigEndian<Word: FixedWidthInteger>(_ word: Word, to bytes: inout [UInt8]) {
    // Sound: the bytes of an integer, copied while it is borrowed.
    withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
  }
}
