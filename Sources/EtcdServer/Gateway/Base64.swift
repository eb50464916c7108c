#if Networking
/// RFC 4648, as the JSON of protobuf has it: written in the standard alphabet with padding; read in that or the one for URLs,
/// with padding or without.
enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private static let values: [UInt8] = {
    var values = [UInt8](repeating: .max, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    values[Int(UInt8(ascii: "-"))] = 62
    values[Int(UInt8(ascii: "_"))] = 63
    return values
  }()

  static func append(_ bytes: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
    output.reserveCapacity(output.count + (bytes.count + 2) / 3 * 4)
    var place = 0
    while place + 3 <= bytes.count {
      append(UInt32(bytes[place]) << 16 | UInt32(bytes[place + 1]) << 8 | UInt32(bytes[place + 2]), 4, to: &output)
      place += 3
    }
    switch bytes.count - place {
    case 1: append(UInt32(bytes[place]) << 16, 2, to: &output)
    case 2: append(UInt32(bytes[place]) << 16 | UInt32(bytes[place + 1]) << 8, 3, to: &output)
    default: break
    }
  }

  /// - Parameter digits: how many of four say something.
  private static func append(_ group: UInt32, _ digits: Int, to output: inout [UInt8]) {
    for digit in 0..<4 {
      output.append(
        digit < digits ? alphabet[Int(group >> (18 - 6 * UInt32(digit)) & 63)] : UInt8(ascii: "="))
    }
  }

  /// - Returns: false for what is no Base64; then `output` holds something of it.
  static func decode(_ text: some Collection<UInt8>, to output: inout [UInt8]) -> Bool {
    var group: UInt32 = 0
    var digits = 0
    var padding = 0
    for character in text {
      // Go's decoder passes over them.
      if character == 0x0a || character == 0x0d { continue }
      if character == UInt8(ascii: "=") {
        padding += 1
        continue
      }
      let value = values[Int(character)]
      guard value != .max, padding == 0 else { return false }
      group = group << 6 | UInt32(value)
      digits += 1
      if digits == 4 {
        output.append(UInt8(truncatingIfNeeded: group >> 16))
        output.append(UInt8(truncatingIfNeeded: group >> 8))
        output.append(UInt8(truncatingIfNeeded: group))
        (group, digits) = (0, 0)
      }
    }
    switch digits {
    case 0: return padding == 0
    case 2:
      output.append(UInt8(truncatingIfNeeded: group >> 4))
      return padding == 0 || padding == 2
    case 3:
      output.append(UInt8(truncatingIfNeeded: group >> 10))
      output.append(UInt8(truncatingIfNeeded: group >> 2))
      return padding <= 1
    default: return false
    }
  }
}
#endif
