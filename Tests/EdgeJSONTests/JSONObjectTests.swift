import EdgeJSON
import Testing

@Suite("JSON objects")
struct JSONObjectTests {
  @Test("members keep the order in which they were first set; equality ignores it")
  func order() {
    var object: JSONObject = ["b": 1, "a": 2]
    object["c"] = 3
    object["b"] = 4
    #expect(object.keys == ["b", "a", "c"])
    #expect(object == ["c": 3, "a": 2, "b": 4])
    #expect(object.hashValue == (["c": 3, "a": 2, "b": 4] as JSONObject).hashValue)
    object["a"] = nil
    #expect(object.keys == ["b", "c"])
  }

  @Test("small and indexed objects behave like a list of pairs")
  func model() {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("JSON object seed \(seed)")
    var random = Random(seed: seed)
    var object = JSONObject()
    var model: [(key: String, value: JSONValue)] = []
    for step in 0..<5_000 {
      let key = "k\(random.below(step < 2_500 ? 60 : 12))"
      if random.below(3) == 0 {
        object[key] = nil
        model.removeAll { $0.key == key }
      } else {
        object[key] = .integer(Int64(step))
        if let place = model.firstIndex(where: { $0.key == key }) {
          model[place].value = .integer(Int64(step))
        } else {
          model.append((key, .integer(Int64(step))))
        }
      }
      guard object.count == model.count, object.keys == model.map(\.key),
        object[key] == model.first(where: { $0.key == key })?.value
      else {
        Issue.record("seed \(seed), step \(step)")
        return
      }
    }
  }

  @Test("setting a path creates what is missing, setting nil removes and creates nothing")
  func paths() {
    var value: JSONValue = [:]
    value[path: ["a", "b", "c"]] = 1
    #expect(value == ["a": ["b": ["c": 1]]])
    value[path: ["a", "b", "c"]] = nil
    #expect(value == ["a": ["b": [:]]])
    value[path: ["x", "y"]] = nil
    #expect(value == ["a": ["b": [:]]])
    value["a"] = "text"
    value[path: ["a", "b"]] = true
    #expect(value == ["a": ["b": true]])
    #expect(value[path: ["a", "b", "c"]] == nil)
    #expect(value[path: []] == value)
  }

  @Test("a change in place changes one member, answers nil for what is not there, and leaves copies alone")
  func changesInPlace() {
    for count in [3, 40] {
      var object = JSONObject((0..<count).map { ("k\($0)", JSONValue.array([.integer(Int64($0))])) })
      let copy = object
      let answer = object.modify("k2") { value in value.modifyArray { $0.append("new") } != nil }
      #expect(answer == true)
      #expect(object["k2"] == [2, "new"])
      #expect(object.keys == copy.keys)
      #expect(copy["k2"] == [2])
      #expect(object.modify("none") { _ in 1 } == nil)
    }
  }

  @Test("a failed change in place keeps what it had done and the rest")
  func failedChange() {
    struct Failure: Error {}
    var value: JSONValue = ["a": ["b": 1]]
    #expect(throws: Failure.self) {
      try value.modifyObject { (object: inout JSONObject) throws(Failure) in
        try object.modify("a") { (member: inout JSONValue) throws(Failure) in
          member["c"] = 2
          throw Failure()
        }
      }
    }
    #expect(value == ["a": ["b": 1, "c": 2]])
    var text: JSONValue = "text"
    let changed: Void? = text.modifyObject { $0["a"] = 1 }
    #expect(changed == nil)
    #expect(text == "text")
  }

  @Test("keys that are only canonically equal are different keys")
  func canonicallyEqualKeys() {
    var object: JSONObject = ["\u{E9}": 1, "e\u{301}": 2, "\u{212A}": 3, "K": 4]
    #expect(object.count == 4)
    object["e\u{301}"] = 5
    #expect(object["\u{E9}"] == 1)
    #expect(object["K"] == 4)
  }
}
