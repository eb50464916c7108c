/// The checksum of RFC 1950. It also names a dictionary, and tells both ends whether they have the same one.
struct Adler32 {
  private var low: UInt32 = 1
  private var high: UInt32 = 0

  private static let modulus: UInt32 = 65_521
  /// The most bytes after which neither sum can have left 32 bits (RFC 1950, chapter 9).
  private static let runLength = 5_552

  var value: UInt32 { high << 16 | low }

  mutating func update(_ bytes: Span<UInt8>) {
    var position = 0
    while position < bytes.count {
      let end = min(position + Self.runLength, bytes.count)
      while position < end {
        low &+= UInt32(bytes[position])
        high &+= low
        position &+= 1
      }
      low %= Self.modulus
      high %= Self.modulus
    }
  }

  static func of(_ bytes: [UInt8]) -> UInt32 {
    var checksum = Adler32()
    checksum.update(bytes.span)
    return checksum.value
  }
}
