import EdgeJSON
import Testing

@Suite("JSON from hostile peers")
struct JSONHostileInputTests {
  @Test("a depth bomb ends in an error, not in a crash", arguments: ["[", "{\"a\":", "[{\"a\":["])
  func depth(unit: String) {
    let text = String(repeating: unit, count: 200_000)
    let limits = JSONLimits(maximumDepth: 1_000_000)
    let parsed = #expect(throws: JSONError.self) { try JSONValue(parsing: text, limits: limits) }
    #expect(parsed?.code == .depthExceeded)
    var scanner = JSONScanner(Array(text.utf8), limits: limits)
    let skipped = #expect(throws: JSONError.self) { try scanner.skipValue() }
    #expect(skipped?.code == .depthExceeded)
  }

  @Test("the greatest depth that can be configured fits the stack of a task, in every operation")
  func greatestDepth() throws {
    let depth = JSONLimits.greatestDepth
    let text = String(repeating: "[{\"a\":", count: depth / 2) + "1" + String(repeating: "}]", count: depth / 2)
    let limits = JSONLimits(maximumDepth: depth)
    let value = try JSONValue(parsing: text, limits: limits)
    #expect(value.text == text)
    #expect(value == (try JSONValue(parsing: text, limits: limits)))
    #expect(Set([value, value]).count == 1)
  }

  @Test("exactly the allowed depth is accepted")
  func depthBound() throws {
    let limits = JSONLimits(maximumDepth: 3)
    #expect(throws: Never.self) { try JSONValue(parsing: "[[[],[]]]", limits: limits) }
    #expect(throws: JSONError.self) { try JSONValue(parsing: "[[[[]]]]", limits: limits) }
  }

  @Test("a text over the size limit is refused before it is read")
  func size() {
    let error = #expect(throws: JSONError.self) {
      try JSONValue(parsing: "[1,2,3]", limits: JSONLimits(maximumBytes: 6))
    }
    #expect(error?.code == .sizeExceeded)
  }

  @Test("every truncation of a text is refused, by the parser and by the scanner")
  func truncation() throws {
    let text = Array(#"{"a":[1.5e3,"\u00e9é\ud83d\ude00",true,null],"b":{"c":-12}}"#.utf8)
    for length in 0..<text.count {
      let part = Array(text[..<length])
      let error = #expect(throws: JSONError.self, "\(length) bytes") { try JSONValue(parsing: part) }
      #expect(error?.code == .unexpectedEnd, "\(length) bytes: \(error?.description ?? "")")
      var scanner = JSONScanner(text, range: 0..<length)
      #expect(throws: JSONError.self, "\(length) bytes") { try scanner.skipValue() }
    }
  }

  // A quadratic implementation takes far longer than the limit.
  @Test("100 000 keys cost no more than their length: building, looking up, removing", .timeLimit(.minutes(5)))
  func manyKeys() throws {
    let count = 100_000
    let text = "{" + (0..<count).map { "\"k\($0)\":\($0)" }.joined(separator: ",") + "}"
    var object = try #require(try JSONValue(parsing: text).objectValue)
    #expect(object.count == count)
    #expect(object["k99999"] == 99_999)
    #expect(object == object)
    for key in 0..<count - 1 { object["k\(key)"] = nil }
    #expect(object.keys == ["k99999"])
  }

  @Test("a number of a million digits keeps its literal")
  func hugeNumber() throws {
    let text = String(repeating: "7", count: 1_000_000)
    #expect(try JSONValue(parsing: text).text == text)
  }

  @Test("random bytes and damaged texts give a value or an error, and parser and scanner agree")
  func fuzz() {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("JSON fuzz seed \(seed)")
    var random = Random(seed: seed)
    let seeds = [#"{"a":[1,-2.5e7,"x\n\u1234é😀"],"b":{"c":null,"d":true}}"#, #"["\ud83d\ude00",0,[],{}]"#].map {
      Array($0.utf8)
    }
    for round in 0..<20_000 {
      var bytes = seeds[round % seeds.count]
      for _ in 0..<(1 + random.below(3)) {
        let place = random.below(bytes.count)
        switch random.below(3) {
        case 0: bytes[place] = UInt8(random.below(256))
        case 1: bytes.remove(at: place)
        default: bytes.insert(Array(#"{}[],:"\0e-u"#.utf8)[random.below(12)], at: place)
        }
      }
      let limits = JSONLimits(duplicateKeys: .lastWins)
      let parsed = try? JSONValue(parsing: bytes, limits: limits)
      let skipped = isSkipped(bytes, limits)
      #expect((parsed != nil) == skipped, "seed \(seed), bytes \(bytes)")
      if let parsed {
        #expect((try? JSONValue(parsing: parsed.serialized())) == parsed, "seed \(seed), bytes \(bytes)")
      }
    }
  }

  private func isSkipped(_ bytes: [UInt8], _ limits: JSONLimits) -> Bool {
    var scanner = JSONScanner(bytes, limits: limits)
    do {
      try scanner.skipValue()
      try scanner.finish()
      return true
    } catch {
      return false
    }
  }
}
