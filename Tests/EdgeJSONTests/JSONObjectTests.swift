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
}
