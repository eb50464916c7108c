import EdgeAPIModels
import Testing

@Suite("Label matching")
struct LabelMatchingTests {
  @Test("dictionary, label set and one requirement after the other give one answer")
  func agreement() throws {
    let seed = UInt64.random(in: .min ... .max)
    var state = seed
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    // Texts of all lengths around the two bounds of a mark, some with a common beginning and end.
    let keys = (1...20).flatMap { length in ["a", "b"].map { $0 + String(repeating: "x", count: length) + "z" } }
    let values = ["", "1", "2", "10", "prod", "fifteen-bytes-x", "sixteen-bytes-xy", "sixteen-bytes-zy"]
    let operators = LabelRequirement.Operator.allCases
    for _ in 0..<5_000 {
      var labels: [String: String] = [:]
      for _ in 0..<random(24) { labels[keys[random(keys.count)]] = values[random(values.count)] }
      let requirements = (0..<random(5)).compactMap { _ in
        let kind = operators[random(operators.count)]
        let count = [.in, .notIn].contains(kind) ? 1 + random(3) : [.exists, .doesNotExist].contains(kind) ? 0 : 1
        return try? LabelRequirement(
          key: keys[random(keys.count)], operator: kind, values: (0..<count).map { _ in values[random(values.count)] })
      }
      let selector = LabelSelector(requirements: requirements)
      let expected = requirements.allSatisfy { $0.matches(labels) }
      #expect(selector.matches(labels) == expected, "seed \(seed): \(selector) \(labels)")
      #expect(selector.matches(LabelSet(labels)) == expected, "seed \(seed): \(selector) \(labels)")
    }
  }

  @Test("texts are compared by bytes, not as Unicode's equal characters")
  func bytes() {
    let labels = ["k": "e\u{301}\u{327}", "long-key-with-more-than-sixteen-\u{E9}": "v"]
    let selector = LabelSelector(unvalidatedMatching: ["k": "e\u{327}\u{301}"])
    #expect(!selector.matches(labels))
    #expect(!selector.matches(LabelSet(labels)))
    #expect(LabelSelector(unvalidatedMatching: LabelSet(labels)).matches(labels))
    #expect(LabelSet(labels)["k"] == "e\u{301}\u{327}")
  }

  @Test("more than 64 conditions and many labels take the long way")
  func many() throws {
    var labels: [String: String] = [:]
    for index in 0..<100 { labels["key-\(index)"] = "\(index)" }
    var selector = try LabelSelector(matching: labels)
    #expect(selector.matches(labels) && selector.matches(LabelSet(labels)))
    labels["key-99"] = "no"
    #expect(!selector.matches(labels) && !selector.matches(LabelSet(labels)))
    selector = .nothing
    #expect(!selector.matches(labels) && !selector.matches(LabelSet(labels)) && !selector.matches([:]))
  }
}
