/// Reads big-endian fields of a frame; nil when the bytes run out.
struct ByteReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }
  init(_ bytes: [UInt8]) { rest = bytes[...] }

  var remaining: Int { rest.count }
  var isAtEnd: Bool { rest.isEmpty }

  mutating func byte() -> UInt8? { rest.popFirst() }

  mutating func word() -> UInt16? {
    guard rest.count >= 2, let high = rest.popFirst(), let low = rest.popFirst() else { return nil }
    return UInt16(high) << 8 | UInt16(low)
  }

  mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
    guard rest.count >= count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  /// Registers that fill all that is left.
  mutating func words(_ count: Int) -> [UInt16]? {
    guard remaining == 2 * count else { return nil }
    var words: [UInt16] = []
    words.reserveCapacity(count)
    while let word = word() { words.append(word) }
    return words
  }
}

extension [UInt8] {
  mutating func append(word: UInt16) {
    append(UInt8(truncatingIfNeeded: word >> 8))
    append(UInt8(truncatingIfNeeded: word))
  }
}

/// Bits as Modbus packs them: the first in bit 0 of the first byte, the last byte padded with zeros.
enum PackedBits {
  static func pack(_ bits: [Bool]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: (bits.count + 7) / 8)
    for (index, bit) in bits.enumerated() where bit { bytes[index / 8] |= 1 << UInt8(index % 8) }
    return bytes
  }

  static func unpack(_ bytes: ArraySlice<UInt8>, count: Int) -> [Bool] {
    let start = bytes.startIndex
    return (0..<count).map { bytes[start + $0 / 8] >> UInt8($0 % 8) & 1 == 1 }
  }
}
