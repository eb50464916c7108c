/// The checksum of RFC 1952, section 8.
struct CRC32 {
  private var state: UInt32 = .max

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 0 ? value >> 1 : value >> 1 ^ 0xEDB8_8320 }
  }

  var value: UInt32 { ~state }

  mutating func update(_ bytes: Span<UInt8>) {
    let table = Self.table
    var state = state
    for index in 0..<bytes.count { state = state >> 8 ^ table[Int((state ^ UInt32(bytes[index])) & 0xFF)] }
    self.state = state
  }
}
