import EdgeJSON

/// The spellings of numbers. Source: `strconv.ParseInt` with base 0 and `strconv.ParseFloat` of Go, between which go-yaml
/// v2 decides by the first byte.
enum YAMLNumber {
  /// The number that a plain scalar is; nil when it is a text.
  static func value(_ text: String) -> JSONValue? {
    guard let first = text.utf8.first, isDigit(first) || [0x2B, 0x2D, 0x2E].contains(first),
      text.utf8.allSatisfy(YAMLScalar.isNumberPart)
    else { return nil }
    if let literal = JSONNumber(literal: text) {
      // A number as JSON writes it keeps its literal. One that no double holds is a text: `123e456` is a commit.
      if text.utf8.contains(where: { $0 | 0x20 == UInt8(ascii: "e") }), literal.doubleValue == nil { return nil }
      return YAMLScalar.value(ofLiteral: literal)
    }
    let hasUnderscores = text.utf8.contains(UInt8(ascii: "_"))
    if first == 0x2E {
      // Behind a point, underscores stand between digits or the whole is a text.
      if hasUnderscores, !separatesDigits(text) { return nil }
    }
    let plain = hasUnderscores ? text.filter { $0 != "_" } : text
    if let integer = integer(plain) { return integer }
    guard isFloat(plain), let value = Double(plain), value.isFinite else { return nil }
    return float(value)
  }

  /// Whole numbers are written without a fraction, as Go does.
  private static func float(_ value: Double) -> JSONValue? {
    if value.magnitude < 0x1p53, let whole = Int64(exactly: value) { return .integer(whole) }
    return JSONNumber(value).map { .number($0) }
  }

  /// Decimal with a plus sign, hexadecimal `0x`, binary `0b`, octal `0o17` or `017`.
  private static func integer(_ text: String) -> JSONValue? {
    let isNegative = text.hasPrefix("-")
    let digits = isNegative || text.hasPrefix("+") ? text.dropFirst() : text[...]
    guard let first = digits.utf8.first, isDigit(first) else { return nil }
    let radix =
      switch digits.prefix(2).lowercased() {
      case "0x": 16
      case "0b": 2
      case "0o": 8
      default: 0
      }
    let body = radix == 0 ? digits : digits.dropFirst(2)
    // Swift would take a sign here.
    guard let next = body.utf8.first, next != UInt8(ascii: "+"), next != UInt8(ascii: "-"),
      let magnitude = UInt64(body, radix: radix != 0 ? radix : first == 0x30 ? 8 : 10)
    else { return nil }
    if let value = Int64(exactly: magnitude) { return .integer(isNegative ? -value : value) }
    if isNegative { return magnitude == Int64.min.magnitude ? .integer(.min) : nil }
    return JSONNumber(literal: String(magnitude)).map { .number($0) }
  }

  /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
  static func isFloat(_ text: String) -> Bool {
    var bytes = Substring(text).utf8
    func skipDigits() -> Int {
      let digits = bytes.prefix { isDigit($0) }.count
      bytes = bytes.dropFirst(digits)
      return digits
    }
    func skipSign() { if let sign = bytes.first, [0x2B, 0x2D].contains(sign) { bytes = bytes.dropFirst() } }
    skipSign()
    let whole = skipDigits()
    if bytes.first == UInt8(ascii: ".") {
      bytes = bytes.dropFirst()
      if skipDigits() == 0, whole == 0 { return false }
    } else if whole == 0 {
      return false
    }
    if let exponent = bytes.first, exponent | 0x20 == UInt8(ascii: "e") {
      bytes = bytes.dropFirst()
      skipSign()
      if skipDigits() == 0 { return false }
    }
    return bytes.isEmpty
  }

  private static func separatesDigits(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return bytes.indices.allSatisfy { place in
      bytes[place] != UInt8(ascii: "_")
        || place > 0 && place + 1 < bytes.count && isDigit(bytes[place - 1]) && isDigit(bytes[place + 1])
    }
  }

  /// A double as Go prints it when it is a key: the shortest digits of the nearest 32-bit float, with an exponent outside
  /// 1e-4 ..< 1e6 (`strconv.FormatFloat(value, 'g', -1, 32)`).
  static func goKey(_ value: Double) -> String {
    let float = Float(value)
    guard float.isFinite else { return float < 0 ? "-.inf" : ".inf" }
    let sign = float.sign == .minus ? "-" : ""
    // Digits d1 d2 ... and the exponent of d1. d2 ... out of Swift's description, which has the same digits.
    let parts = float.magnitude.description.split(separator: "e")
    let point = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    var exponent = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) + point[0].count - 1
    var digits = Array(point[0] + (point.count > 1 ? point[1] : ""))
    while digits.count > 1, digits.first == "0" {
      digits.removeFirst()
      exponent -= 1
    }
    while digits.count > 1, digits.last == "0" { digits.removeLast() }
    if digits == ["0"] { return sign + "0" }
    if exponent < -4 || exponent >= 6 {
      let fraction = digits.count > 1 ? "." + String(digits[1...]) : ""
      let power = String(exponent.magnitude)
      return "\(sign)\(digits[0])\(fraction)e\(exponent < 0 ? "-" : "+")\(power.count < 2 ? "0" + power : power)"
    }
    if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + String(digits) }
    if digits.count <= exponent + 1 {
      return sign + String(digits) + String(repeating: "0", count: exponent + 1 - digits.count)
    }
    return sign + String(digits[...exponent]) + "." + String(digits[(exponent + 1)...])
  }

  static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
}
