import EdgeJSON
import Testing

@Suite("JSON grammar")
struct JSONGrammarTests {
  @Test(
    "every form of RFC 8259 is read",
    arguments: [
      ("null", JSONValue.null), (" true ", true), ("false", false), ("0", 0), ("-1", -1),
      ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)), ("\"\"", ""), ("[]", []),
      ("{}", [:]), ("[1,[2,{}]]", [1, [2, [:]]]), ("{\"a\":{\"b\":null}}", ["a": ["b": .null]]),
      ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\"", "\"\\/\u{08}\u{0C}\n\r\tA"), ("\"\\ud83d\\ude00é😀\"", "😀é😀"),
      ("\t[\r\n1 , 2 ] ", [1, 2]),
    ] as [(String, JSONValue)])
  func accepted(text: String, expected: JSONValue) throws {
    #expect(try JSONValue(parsing: text) == expected)
  }

  @Test(
    "numbers beyond 64 bits, fractions and exponents keep their literal",
    arguments: ["9223372036854775808", "-9223372036854775809", "1.0", "1e400", "-0", "0.1000", "1E+2", "-0.0e-0"])
  func literals(text: String) throws {
    let value = try JSONValue(parsing: text)
    #expect(value == JSONNumber(literal: text).map { .number($0) })
    #expect(value.text == text)
  }

  @Test(
    "what is no JSON is refused with its code and place",
    arguments: [
      ("", JSONError.Code.unexpectedEnd, 0), ("  ", .unexpectedEnd, 2), ("[1,]", .syntax, 3), ("[1 2]", .syntax, 3),
      ("{,}", .syntax, 1), ("{\"a\"}", .syntax, 4), ("{\"a\":1,}", .syntax, 7), ("{a:1}", .syntax, 1),
      ("nul", .unexpectedEnd, 3),
      ("nulx", .syntax, 0), ("True", .syntax, 0), ("01", .invalidNumber, 0), ("-", .unexpectedEnd, 1),
      ("1.", .unexpectedEnd, 2),
      ("1.x", .invalidNumber, 2), ("1e", .unexpectedEnd, 2), ("+1", .syntax, 0), (".5", .syntax, 0),
      ("NaN", .syntax, 0),
      ("'a'", .syntax, 0), ("\"a", .unexpectedEnd, 2), ("\"\n\"", .syntax, 1), ("\"\\x\"", .invalidEscape, 1),
      ("\"\\u12g4\"", .invalidEscape, 1), ("\"\\ud800\"", .invalidEscape, 1), ("\"\\udc00\"", .invalidEscape, 1),
      ("\"\\ud800\\u0041\"", .invalidEscape, 1), ("1 2", .trailingData, 2), ("[]]", .trailingData, 2),
      ("\u{FEFF}1", .syntax, 0),
      ("{\"a\":1,\"a\":2}", .duplicateKey, 7), ("/**/1", .syntax, 0),
    ] as [(String, JSONError.Code, Int)])
  func refused(text: String, code: JSONError.Code, offset: Int) {
    let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    #expect(error?.code == code)
    #expect(error?.offset == offset)
  }

  @Test("an error names line and column")
  func place() {
    let error = #expect(throws: JSONError.self) { try JSONValue(parsing: "{\n  \"a\": 1,\n  \"b\": x\n}") }
    #expect(error?.line == 3)
    #expect(error?.column == 8)
    #expect(error?.description == "line 3, column 8: unexpected 'x': expected a value")
  }

  @Test(
    "bytes that are no UTF-8 are refused, also where they are skipped",
    arguments: [
      [0x80], [0xC0, 0xAF], [0xC1, 0x81], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xC3, 0x28], [0xE2, 0x82, 0x28],
    ] as [[UInt8]])
  func invalidUTF8(bytes: [UInt8]) {
    let text: [UInt8] = [0x22] + bytes + [0x22]
    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    var scanner = JSONScanner(text)
    #expect(throws: JSONError.self) { try scanner.skipValue() }
  }

  @Test("the last of equal keys counts when the caller asks for that")
  func lastWins() throws {
    let value = try JSONValue(parsing: "{\"a\":1,\"b\":2,\"a\":3}", limits: JSONLimits(duplicateKeys: .lastWins))
    #expect(value == ["a": 3, "b": 2])
    #expect(value.text == "{\"a\":3,\"b\":2}")
  }

  @Test("keys are compared by bytes: two spellings of é are two keys")
  func canonicalEquivalence() throws {
    let value = try JSONValue(parsing: "{\"\u{E9}\":1,\"e\u{301}\":2}")
    #expect(value["\u{E9}"] == 1)
    #expect(value["e\u{301}"] == 2)
    #expect(JSONValue.string("\u{E9}") != .string("e\u{301}"))
  }
}
