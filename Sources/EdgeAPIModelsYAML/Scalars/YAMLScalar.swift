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
  private static let longestWord = 5
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

  /// What a scalar with a tag of YAML's core means; nil when it is not what the tag says.
  static func value(of text: String, tag: String) -> JSONValue? {
    let value = value(ofPlain: text)
    switch (tag, value) {
    case ("tag:yaml.org,2002:null", .null), ("tag:yaml.org,2002:bool", .bool), ("tag:yaml.org,2002:int", .integer),
      ("tag:yaml.org,2002:float", .integer), ("tag:yaml.org,2002:float", .number):
      return value
    case ("tag:yaml.org,2002:int", .number(let number)):
      return number.literal.utf8.allSatisfy { YAMLNumber.isDigit($0) || $0 == UInt8(ascii: "-") } ? value : nil
    case ("tag:yaml.org,2002:float", .string):
      // The tag makes a number of what no double holds and what is a text without it.
      return JSONNumber(literal: text).map { .number($0) }
    default: return nil
    }
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
    case .integer, .number:
      let plain = text.filter { $0 != "_" }
      let digits = value(ofPlain: text)?.text ?? plain
      let isFraction = (plain + digits).utf8.contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }
      if isFraction, YAMLNumber.isFloat(plain) { return YAMLNumber.goKey(Double(plain) ?? 0) }
      return digits == "-0" ? "0" : digits
    case let value?: return value.text
    }
  }

  /// The value of a JSON literal.
  static func value(ofLiteral number: JSONNumber) -> JSONValue {
    Int64(number.literal).map { number.literal == "-0" ? .number(number) : .integer($0) } ?? .number(number)
  }

  /// Whether a text of this length that begins so can be a word such as `yes`.
  static func canBeWord(first: UInt8, count: Int) -> Bool {
    switch first {
    case UInt8(ascii: "t"), UInt8(ascii: "T"), UInt8(ascii: "f"), UInt8(ascii: "F"), UInt8(ascii: "y"),
      UInt8(ascii: "Y"), UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "o"), UInt8(ascii: "O"),
      UInt8(ascii: "~"):
      count <= longestWord
    default: false
    }
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
