import EdgeJSON
import Testing

@Suite("Writing JSON")
struct JSONWriterTests {
  @Test("Go's form escapes <, >, &, U+2028 and U+2029; the minimal form does not")
  func escapes() {
    let value: JSONValue = "<a&b>\u{2028}\u{2029}\u{0}\u{8}\u{1F}\u{7F}\"\\/é"
    #expect(
      String(decoding: value.serialized(.go), as: UTF8.self) == #""\u003ca\u0026b\u003e\u2028\u2029\u0000\b\u001f"#
        + "\u{7F}" + #"\"\\/é""#)
    #expect(value.text == "\"<a&b>\u{2028}\u{2029}\\u0000\\b\\u001f\u{7F}\\\"\\\\/é\"")
  }

  @Test("the pretty form indents by two spaces and keeps empty collections on one line")
  func pretty() {
    let value: JSONValue = ["b": [1, [:]], "a": [], "c": ["x": .null]]
    #expect(
      String(decoding: value.serialized(.pretty), as: UTF8.self)
        == "{\n  \"b\": [\n    1,\n    {}\n  ],\n  \"a\": [],\n  \"c\": {\n    \"x\": null\n  }\n}")
    #expect(String(decoding: value.serialized(.canonical), as: UTF8.self) == #"{"a":[],"b":[1,{}],"c":{"x":null}}"#)
  }

  @Test("integers at the ends of their range", arguments: [0, 9, 10, -1, .max, .min] as [Int64])
  func integers(value: Int64) {
    var bytes: [UInt8] = []
    JSONWriter.append(integer: value, to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == String(value))
  }

  @Test("tokens are appended to a buffer of the caller")
  func tokens() {
    var writer = JSONWriter(escaping: .go)
    writer.raw("{\"id\":")
    writer.string("a<b")
    writer.raw(",\"n\":")
    writer.integer(-7)
    writer.raw([UInt8(ascii: "}")])
    #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"id":"a\u003cb","n":-7}"#)
  }
}
