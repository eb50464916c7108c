#if Networking
/// Base64 as the JSON of protobuf is read: in the standard alphabet or the one for URLs, with padding or without, whatever the
/// bits that are left over. EdgePrimitives' `Base64` is strict, so that one value has one spelling.
enum LenientBase64 {
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: .max, count: 256)
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for (value, character) in alphabet.utf8.enumerated() { values[Int(character)] = UInt8(value) }
    values[Int(UInt8(ascii: "-"))] = 62
    values[Int(UInt8(ascii: "_"))] = 63
    return values
  }()

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
