/// Amounts of resources as objects write them (`500m`, `1Gi`, `2e3`), as far as validation needs them: whether a text is
/// one, and which of two is greater. Everything that asks about quantities goes through ``value(of:)``.
enum QuantityText {
  static let problem =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

  /// The nearest number; nil when the text is no quantity.
  static func value(of text: String) -> Double? {
    var rest = Substring(text)
    var sign = 1.0
    if rest.first == "-" || rest.first == "+" { sign = rest.removeFirst() == "-" ? -1 : 1 }
    let digits = rest.prefix { $0 == "." || ($0.isASCII && $0.isNumber) }
    guard digits.contains(where: { $0 != "." }), digits.count(where: { $0 == "." }) <= 1,
      // Zeros around the digits complete `.5` and `5.`.
      let number = Double(digits.contains(".") ? "0\(digits)0" : String(digits))
    else { return nil }
    guard let scale = scale(of: rest[digits.endIndex...]) else { return nil }
    return sign * number * scale
  }

  private static func scale(of suffix: Substring) -> Double? {
    switch suffix {
    case "": return 1
    case "n": return 1e-9
    case "u": return 1e-6
    case "m": return 1e-3
    case "k": return 1e3
    case "M": return 1e6
    case "G": return 1e9
    case "T": return 1e12
    case "P": return 1e15
    case "E": return 1e18
    case "Ki": return 0x1p10
    case "Mi": return 0x1p20
    case "Gi": return 0x1p30
    case "Ti": return 0x1p40
    case "Pi": return 0x1p50
    case "Ei": return 0x1p60
    default: return exponent(suffix)
    }
  }

  private static func exponent(_ suffix: Substring) -> Double? {
    guard suffix.first == "e" || suffix.first == "E" else { return nil }
    let digits = suffix.dropFirst().drop { $0 == "+" || $0 == "-" }
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let power = Int32(suffix.dropFirst())
    else { return nil }
    // Beyond the range of a double there is nothing to compare any more.
    return Double("1e\(max(-400, min(300, power)))")
  }
}
