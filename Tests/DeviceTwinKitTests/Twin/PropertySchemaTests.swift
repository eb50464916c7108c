import DeviceTwinKit
import Testing

@Suite("Property values and schemas")
struct PropertySchemaTests {
  @Test(
    "a text is a value of its type or nothing",
    arguments: [
      (PropertyType.int, "25", PropertyValue.int(25)), (.int, "-9223372036854775808", .int(.min)),
      (.double, "1e3", .double(1000)), (.float, "-0.5", .double(-0.5)), (.boolean, "true", .bool(true)),
      (.string, "", .string("")), (.bytes, "AAH/", .bytes([0, 1, 255])),
    ])
  func parse(type: PropertyType, text: String, value: PropertyValue) {
    #expect(type.parse(text) == value)
  }

  @Test(
    "a text of another type is refused",
    arguments: [
      (PropertyType.int, "25.0"), (.int, "9223372036854775808"), (.int, ""), (.double, "nan"), (.double, "0x1p3"),
      (.double, "inf"), (.double, "1e999"), (.float, "1e39"), (.boolean, "True"), (.boolean, "1"), (.bytes, "AB"),
      (.bytes, "A==="), (.bytes, "AB=="), (.bytes, "é==="),
    ])
  func parseRefuses(type: PropertyType, text: String) {
    #expect(type.parse(text) == nil)
  }

  @Test("bounds are inclusive and name themselves when they refuse")
  func bounds() {
    let schema = Sample.schemas[1]
    #expect(schema.validate("60") == .valid(.int(60)))
    #expect(schema.validate("61") == .refused(reason: "61 is above the maximum 60"))
    #expect(schema.validate("-1") == .refused(reason: "-1 is below the minimum 0"))
    #expect(schema.validate("warm") == .refused(reason: "\"warm\" is not of type INT"))
  }

  @Test("whole doubles print without a fraction: KubeEdge compares text")
  func text() {
    #expect(PropertyValue.double(21).text == "21")
    #expect(PropertyValue.double(23.75).text == "23.75")
    #expect(PropertyValue.bytes([0, 1, 255]).text == "AAH/")
    #expect(PropertyValue.bytes([1]).text == "AQ==")
    #expect(PropertyValue.bytes([]).text == "")
  }

  @Test("a value that differs by less than half a step of the device is the same value")
  func equivalence() {
    #expect(PropertyValue.double(21.37).isEquivalent(to: .double(21.4), resolution: 0.1))
    #expect(!PropertyValue.double(21.3).isEquivalent(to: .double(21.4), resolution: 0.1))
    #expect(PropertyValue.double(0.1).isEquivalent(to: .double(0.10000000149)))
    #expect(!PropertyValue.int(20).isEquivalent(to: .int(21)))
    #expect(!PropertyValue.int(2_000_000).isEquivalent(to: .int(2_000_001)))
    #expect(!PropertyValue.string("1").isEquivalent(to: .int(1)))
  }

  @Test(
    "a property name keeps to KubeEdge's alphabet",
    arguments: ["", "a b", "ä", "a+b", String(repeating: "x", count: 129)])
  func names(_ text: String) {
    #expect(throws: (any Error).self) { try PropertyName(text) }
  }
}
