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
  static let longestWord = 5
  /// What JSON cannot say, and the key that Go makes of it.
  private static let unspeakable: [String: String] = [
    ".nan": ".nan", ".NaN": ".nan", ".NAN": ".nan", ".inf": ".inf", ".Inf": ".inf", ".INF": ".inf", "+.inf": ".inf",
    "+.Inf": ".inf", "+.INF": ".inf", "-.inf": "-.inf", "-.Inf": "-.inf", "-.INF": "-.inf",
  ]

  /// - Returns: nil for infinities and NaN, which JSON cannot hold.
  static func value(ofPlain text: String) -> JSONValue? {
    if text.utf8.count <= longestWord {
      if let value = words[text] { return value }
      if unspeakable[text] != nil { return nil }
    }
    return YAMLNumber.value(text) ?? .string(text)
  }

  /// The key that a plain scalar is: the text of its value, as Go prints it. `0x10` is "16", `on` is "true" and `1.10` is
  /// "1.1"; only whole numbers beyond 64 bits keep their digits.
  ///
  /// - Returns: nil for null.
  static func key(ofPlain text: String) -> String? {
    if let key = unspeakable[text] { return key }
    switch value(ofPlain: text) {
    case .string(let text): return text
    case .null, nil: return nil
    case .number(let number):
      if number.literal == "-0" { return "0" }
      return number.literal.utf8.contains { !YAMLNumber.isDigit($0) && $0 != UInt8(ascii: "-") }
        ? YAMLNumber.goKey(number.doubleValue ?? 0) : number.literal
    case let value?: return value.text
    }
  }

  /// The value of a JSON literal.
  static func value(ofLiteral number: JSONNumber) -> JSONValue {
    Int64(number.literal).map { number.literal == "-0" ? .number(number) : .integer($0) } ?? .number(number)
  }

  /// Whether a byte can be a part of a number in any of its spellings.
  static func isNumberPart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "x"), UInt8(ascii: "X"), UInt8(ascii: "o"),
      UInt8(ascii: "O"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "i"), UInt8(ascii: "I"), UInt8(ascii: "n"), UInt8(ascii: "N"):
      true
    default: false
    }
  }
}
