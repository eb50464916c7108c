/// A serial Modbus frame: unit, protocol data unit, CRC with its low byte first; at most 256 bytes.
public struct RTUFrame: Hashable, Sendable {
  public var unit: UInt8
  public var pdu: [UInt8]

  public init(unit: UInt8, pdu: [UInt8]) {
    self.unit = unit
    self.pdu = pdu
  }

  public func encoded() -> [UInt8] {
    let body = [unit] + pdu
    let crc = ModbusCRC.checksum(of: body)
    return body + [UInt8(truncatingIfNeeded: crc), UInt8(truncatingIfNeeded: crc >> 8)]
  }

  /// Reads one whole frame; nil when it is too short, too long or its CRC is wrong.
  public init?(decoding bytes: [UInt8]) {
    guard (4...256).contains(bytes.count),
      ModbusCRC.checksum(of: bytes.dropLast(2))
        == bytes.suffix(2).reversed()
        .reduce(UInt16(0), { $0 << 8 | UInt16($1) })
    else { return nil }
    unit = bytes[0]
    pdu = Array(bytes[1..<(bytes.count - 2)])
  }
}

/// CRC-16 of Modbus: initial value FFFF, reflected polynomial A001, no final inversion.
public enum ModbusCRC {
  public static func checksum(of bytes: some Sequence<UInt8>) -> UInt16 {
    bytes.reduce(0xFFFF) { crc, byte in table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ (crc >> 8) }
  }

  private static let table: [UInt16] = (0..<256).map { index in
    (0..<8).reduce(UInt16(index)) { crc, _ in crc & 1 == 1 ? (crc >> 1) ^ 0xA001 : crc >> 1 }
  }
}
