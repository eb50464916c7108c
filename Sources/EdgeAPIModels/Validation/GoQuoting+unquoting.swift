extension GoQuoting {
  /// The text of a quoted literal of Go, without its quotes.
  /// - Returns: nil for an escape that Go does not have.
  static func unquoted(_ bytes: ArraySlice<UInt8>, quote: UInt8) -> String? {
    var result: [UInt8] = []
    var rest = bytes
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        result.append(byte)
        continue
      }
      guard let escape = rest.popFirst() else { return nil }
      switch escape {
      case UInt8(ascii: "a"): result.append(0x07)
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "f"): result.append(0x0C)
      case UInt8(ascii: "n"): result.append(0x0A)
      case UInt8(ascii: "r"): result.append(0x0D)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "v"): result.append(0x0B)
      case UInt8(ascii: "\\"), quote: result.append(escape)
      case UInt8(ascii: "x"):
        guard let value = digits(2, radix: 16, &rest) else { return nil }
        result.append(UInt8(truncatingIfNeeded: value))
      case UInt8(ascii: "0")...UInt8(ascii: "7"):
        rest = bytes[(rest.startIndex - 1)...]
        guard let value = digits(3, radix: 8, &rest), value < 256 else { return nil }
        result.append(UInt8(truncatingIfNeeded: value))
      case UInt8(ascii: "u"), UInt8(ascii: "U"):
        guard let value = digits(escape == UInt8(ascii: "u") ? 4 : 8, radix: 16, &rest),
          let scalar = Unicode.Scalar(value)
        else { return nil }
        result.append(contentsOf: Character(scalar).utf8)
      default: return nil
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func digits(_ count: Int, radix: Int, _ rest: inout ArraySlice<UInt8>) -> UInt32? {
    let text = rest.prefix(count)
    guard text.count == count, text.first != UInt8(ascii: "+"), text.first != UInt8(ascii: "-") else { return nil }
    rest = rest.dropFirst(count)
    return UInt32(String(decoding: text, as: UTF8.self), radix: radix)
  }
}
