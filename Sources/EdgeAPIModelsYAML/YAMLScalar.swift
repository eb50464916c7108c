#if YAML
import EdgeJSON

/// What a plain (unquoted) scalar means. Source: go-yaml v2 as `sigs.k8s.io/yaml` uses it, that is YAML 1.1 without
/// sexagesimal numbers; things that look like a time are strings.
enum YAMLScalar {
  private static let words: [String: JSONValue] = [
    "": .null, "~": .null, "null": .null, "Null": .null, "NULL": .null,
    "true": true, "True": true, "TRUE": true, "yes": true, "Yes": true, "YES": true, "y": true, "Y": true,
    "on": true, "On": true, "ON": true,
    "false": false, "False": false, "FALSE": false, "no": false, "No": false, "NO": false, "n": false, "N": false,
    "off": false, "Off": false, "OFF": false,
  ]
  private static let unspeakable: Set<String> = [
    ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF",
  ]

  /// - Returns: nil for infinities and NaN, which JSON cannot hold.
  static func value(ofPlain text: String) -> JSONValue? {
    if let value = words[text] { return value }
    if unspeakable.contains(text) { return nil }
    guard let first = text.utf8.first, isDigit(first) || [0x2B, 0x2D, 0x2E].contains(first) else {
      return .string(text)
    }
    return number(text) ?? .string(text)
  }

  private static func number(_ text: String) -> JSONValue? {
    // A number as JSON writes it keeps its literal.
    if let value = try? JSONValue(parsing: text), value.stringValue == nil { return value }
    let plain = text.utf8.contains(UInt8(ascii: "_")) ? text.filter { $0 != "_" } : text
    if let integer = integer(plain) { return integer }
    return isFloat(plain) ? Double(plain).flatMap(float) : nil
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
    let magnitude: UInt64?
    switch digits.prefix(2).lowercased() {
    case "0x": magnitude = UInt64(digits.dropFirst(2), radix: 16)
    case "0b": magnitude = UInt64(digits.dropFirst(2), radix: 2)
    case "0o": magnitude = UInt64(digits.dropFirst(2), radix: 8)
    default: magnitude = UInt64(digits, radix: first == 0x30 ? 8 : 10)
    }
    guard let magnitude else { return nil }
    if let value = Int64(exactly: magnitude) { return .integer(isNegative ? -value : value) }
    if isNegative { return magnitude == Int64.min.magnitude ? .integer(.min) : nil }
    return JSONNumber(literal: String(magnitude)).map { .number($0) }
  }

  /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
  private static func isFloat(_ text: String) -> Bool {
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

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  /// Whether a string can be written without quotes and still reads back as the same string, here and by YAML 1.2 readers.
  static func isPlain(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last, first != " ", last != " ",
      last != ":",
      !"-?:,[]{}#&*!|>'\"%@`=<.~+".unicodeScalars.contains(first) || isHarmlessStart(text)
    else { return false }
    var previous: Unicode.Scalar = " "
    for scalar in text.unicodeScalars {
      guard isPrintable(scalar), scalar != "\n" else { return false }
      if previous == ":", scalar == " " { return false }
      if previous == " ", scalar == "#" { return false }
      previous = scalar
    }
    return value(ofPlain: text) == .string(text) && !looksLikeTimeOrBase60(text)
  }

  /// Paths such as `.spec` and `./a`, and options such as `--flag`.
  private static func isHarmlessStart(_ text: String) -> Bool {
    if text == "---" || text == "..." || text.hasPrefix("--- ") || text.hasPrefix("... ") { return false }
    guard let second = text.unicodeScalars.dropFirst().first, second != " " else { return false }
    return [".", "-"].contains(text.unicodeScalars.first)
  }

  /// Readers of YAML 1.1 may take `2026-11-23` for a date and `12:30:45` for a number.
  private static func looksLikeTimeOrBase60(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    if bytes.count >= 6, bytes[..<4].allSatisfy(isDigit), bytes[4] == UInt8(ascii: "-"), isDigit(bytes[5]) {
      return true
    }
    return bytes.contains(UInt8(ascii: ":"))
      && bytes.allSatisfy { isDigit($0) || [0x3A, 0x2E, 0x5F, 0x2B, 0x2D].contains($0) }
  }

  /// Printable in YAML 1.1 and no line break of it beside the line feed.
  static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0A, 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
    default: false
    }
  }
}
#endif
