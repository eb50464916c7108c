import EdgeJSON
import Foundation
import Testing

@Suite("JSON round trips")
struct JSONRoundTripTests {
  @Test(
    "what is written reads back as the same value, in every style",
    arguments: [
      JSONStyle.compact, .pretty, .canonical, .go, JSONStyle(indentation: 0, keyOrder: .sorted, escaping: .go),
    ])
  func roundTrip(style: JSONStyle) throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("JSON round trip seed \(seed)")
    var random = Random(seed: seed)
    for _ in 0..<500 {
      let value = random.value()
      let bytes = value.serialized(style)
      #expect(try JSONValue(parsing: bytes) == value, "seed \(seed)")
      #expect(try JSONValue(parsing: bytes).hashValue == value.hashValue, "seed \(seed)")
      var scanner = JSONScanner(bytes)
      #expect(try scanner.skipValue() == 0..<bytes.count, "seed \(seed)")
    }
  }

  @Test("Foundation reads what we write, and agrees")
  func foundationReads() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("JSON differential seed \(seed)")
    var random = Random(seed: seed)
    for _ in 0..<300 {
      let value = random.value()
      let other = try JSONSerialization.jsonObject(with: Data(value.serialized(.go)), options: .fragmentsAllowed)
      let back = try JSONSerialization.data(withJSONObject: other, options: [.fragmentsAllowed, .sortedKeys])
      let ours = try JSONValue(parsing: [UInt8](back))
      #expect(numbersRounded(ours) == numbersRounded(value), "seed \(seed): \(value)")
    }
  }

  @Test("Foundation and we agree on which damaged texts are JSON")
  func foundationAgrees() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("JSON acceptance seed \(seed)")
    var random = Random(seed: seed)
    for _ in 0..<3_000 {
      var bytes = random.value().serialized()
      if bytes.isEmpty { continue }
      let place = random.below(bytes.count)
      bytes[place] = Array(#"{}[],:"\0e-uz "#.utf8)[random.below(14)]
      let ours = (try? JSONValue(parsing: bytes, limits: JSONLimits(duplicateKeys: .lastWins))) != nil
      let theirs = (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
      // Foundation refuses numbers that no double holds, and takes a comma after the last element, which RFC 8259
      // forbids; everything else must agree.
      if theirs, !ours, hasOnlyTrailingCommaAsFault(bytes) { continue }
      if ours != theirs, theirs || !bytes.contains(UInt8(ascii: "e")) {
        Issue.record("seed \(seed): ours \(ours), Foundation \(theirs): \(String(decoding: bytes, as: UTF8.self))")
      }
    }
  }

  @Test(
    "a comma after the last element is refused", arguments: ["[1,]", "[-52910,]", "[1, ]", #"{"a":1,}"#, "[,]", "{,}"])
  func trailingComma(text: String) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
  }

  /// Whether the text becomes JSON when one comma that stands before a closing bracket is blanked out.
  private func hasOnlyTrailingCommaAsFault(_ bytes: [UInt8]) -> Bool {
    bytes.indices.contains { index in
      guard bytes[index] == UInt8(ascii: ","),
        let next = bytes[(index + 1)...].first(where: { $0 != UInt8(ascii: " ") }),
        next == UInt8(ascii: "]") || next == UInt8(ascii: "}")
      else { return false }
      var mended = bytes
      mended[index] = UInt8(ascii: " ")
      return (try? JSONValue(parsing: mended, limits: JSONLimits(duplicateKeys: .lastWins))) != nil
    }
  }

  /// Foundation turns numbers into doubles, `1.0` into `1` and `-0` into `0`.
  private func numbersRounded(_ value: JSONValue) -> JSONValue {
    switch value {
    case .integer, .number: .string(value.doubleValue.map { "\($0 == 0 ? 0 : $0)" } ?? "none")
    case .array(let elements): .array(elements.map(numbersRounded))
    case .object(let object): .object(JSONObject(object.map { ($0.key, numbersRounded($0.value)) }))
    default: value
    }
  }
}
