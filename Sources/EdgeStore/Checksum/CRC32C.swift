import CEdgeChecksum

/// The Castagnoli checksum (RFC 3720, appendix B.4), by the processor's instruction or a table, eight bytes at a time.
///
/// Neither SQLite nor a file system notices a flipped bit inside a value, flash storage has them, and a store that hands
/// out wrong bytes is worse than one that says it is damaged.
package struct CRC32C: Sendable {
  private var state: UInt32 = 0xFFFF_FFFF

  package init() {}

  package var value: UInt32 { ~state }

  package mutating func update(_ bytes: [UInt8]) {
    // Sound: the pointer stays inside the closure, and the loops below stay within its count.
    bytes.withUnsafeBytes { update($0) }
  }

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    if Self.hasInstruction {
      state = edge_crc32c(state, bytes.baseAddress, bytes.count)
    } else {
      updateByTable(bytes)
    }
  }

  private static let hasInstruction = edge_crc32c_is_there() != 0

  /// For processors without the instruction.
  package mutating func updateByTable(_ bytes: UnsafeRawBufferPointer) {
    let table = Self.table
    var state = state
    var index = 0
    while index + 8 <= bytes.count {
      let low =
        state
        ^ (UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16
          | UInt32(bytes[index + 3]) << 24)
      state =
        table[0x700 | Int(low & 0xFF)] ^ table[0x600 | Int(low >> 8 & 0xFF)] ^ table[0x500 | Int(low >> 16 & 0xFF)]
        ^ table[0x400 | Int(low >> 24)] ^ table[0x300 | Int(bytes[index + 4])] ^ table[0x200 | Int(bytes[index + 5])]
        ^ table[0x100 | Int(bytes[index + 6])] ^ table[Int(bytes[index + 7])]
      index += 8
    }
    while index < bytes.count {
      state = state >> 8 ^ table[Int((state ^ UInt32(bytes[index])) & 0xFF)]
      index += 1
    }
    self.state = state
  }

  /// Little-endian, whatever the machine.
  package mutating func update(_ number: Int64) {
    // Sound: the number's own bytes, inside the closure.
    withUnsafeBytes(of: number.littleEndian) { update($0) }
  }

  /// Eight tables of 256: table k advances a byte by k further bytes.
  private static let table: [UInt32] = {
    var table = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var remainder = UInt32(byte)
      for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 == 1 ? 0x82F6_3B78 : 0) }
      table[byte] = remainder
    }
    for index in 256..<table.count {
      let previous = table[index - 256]
      table[index] = previous >> 8 ^ table[Int(previous & 0xFF)]
    }
    return table
  }()
}
