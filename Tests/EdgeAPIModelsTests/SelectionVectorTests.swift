import EdgeAPIModels
import EdgeJSON
import EdgeTestKit
import Testing

/// Selectors and names against the answers of `k8s.io/apimachinery`.
@Suite("Selection vectors")
struct SelectionVectorTests {
  @Test("label selectors parse, print, match and fail as in Kubernetes")
  func labelSelectorParse() throws {
    let runner = try VectorRunner("label-selector-parse")
    let labelSets = try labelSets(of: runner.table)
    let summary = runner.run { vector in
      do {
        let selector = try LabelSelector(parsing: vector["in"].stringValue ?? "")
        try vector.expect(vector["error"].isNull, "accepted, but expected \(vector["error"])")
        try check(selector, vector, labelSets)
        let requirements = selector.requirements.map { requirement -> JSONValue in
          [
            "key": .string(requirement.key), "operator": .string(requirement.operator.rawValue),
            "values": .array(requirement.values.map { .string($0) }),
          ]
        }
        try vector.expect(
          JSONValue.array(requirements), equals: JSONValue.array(vector["requirements"].arrayValue ?? []),
          "requirements")
        try vector.expect(try LabelSelector(parsing: selector.description), equals: selector, "parsed again")
      } catch let error as SelectorError {
        try vector.expect(error.message, equals: vector["error"].stringValue ?? "no error")
      }
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  @Test("label selectors in objects select and are formatted as in Kubernetes")
  func labelSelectorStruct() throws {
    let runner = try VectorRunner("label-selector-struct")
    let labelSets = try labelSets(of: runner.table)
    let summary = runner.run { vector in
      try vector.expect(LabelSelector.formatted(object: vector["in"]), equals: vector["format"].stringValue, "format")
      do {
        let selector = try LabelSelector(object: vector["in"])
        try vector.expect(vector["error"].isNull, "accepted, but expected \(vector["error"])")
        try check(selector, vector, labelSets)
        try vector.expect(selector.isSelectable, equals: vector["selectable"].boolValue, "selectable")
      } catch let error as SelectorError {
        // Several faults in matchLabels come in the order of a Go map, so only their presence is compared.
        let isOrdered = (vector["in"]["matchLabels"]?.objectValue?.count ?? 0) < 2
        let expected = vector["error"].stringValue ?? "no error"
        try vector.expect(
          isOrdered ? error.message : String(vector["error"].isNull), equals: isOrdered ? expected : "false")
      }
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  private func check(_ selector: LabelSelector, _ vector: VectorCase, _ labelSets: [[String: String]]) throws {
    try vector.expect(selector.description, equals: vector["string"].stringValue)
    try vector.expect(selector.isEmpty, equals: vector["empty"].boolValue, "empty")
    let matches = labelSets.map { JSONValue.bool(selector.matches($0)) }
    try vector.expect(.array(matches), equals: vector["matches"], "matches")
    for labels in labelSets {
      try vector.expect(selector.matches(LabelSet(labels)), equals: selector.matches(labels), "\(LabelSet(labels))")
    }
  }

  @Test("label sets print and become selectors as in Kubernetes")
  func labelSet() throws {
    let summary = try VectorRunner("label-set").run { vector in
      let labels = LabelSet(object: vector["set"].objectValue ?? JSONObject())
      try vector.expect(labels.description, equals: vector["setString"].stringValue, "setString")
      let selector = LabelSelector(unvalidatedMatching: labels)
      try vector.expect(selector.description, equals: vector["selector"].stringValue, "selector")
      try vector.expect(selector.matches(labels), "does not match its own labels")
      do {
        let validated = try LabelSelector(matching: labels.dictionary)
        try vector.expect(validated.description, equals: vector["validated"].stringValue, "validated")
      } catch let error as SelectorError {
        let faults = labels.count { label in
          (try? LabelRequirement(key: label.key, operator: .equals, values: [label.value])) == nil
        }
        // Of several faults Go reports the first in the order of its map.
        let expected = vector["validatedError"].stringValue
        try vector.expect(faults == 1 ? error.message == expected : expected != nil, "\(error), not \(expected ?? "")")
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
        try vector.expect(selector.description, equals: vector["string"].stringValue)
        try vector.expect(selector.isEmpty, equals: vector["empty"].boolValue, "empty")
        let terms = selector.terms.map { term -> JSONValue in
          ["field": .string(term.field), "operator": term.isNegated ? "!=" : "=", "value": .string(term.value)]
        }
        try vector.expect(
          JSONValue.array(terms), equals: JSONValue.array(vector["requirements"].arrayValue ?? []), "requirements")
        let matches = fieldSets.map { fields in JSONValue.bool(selector.matches { fields[$0]?.stringValue ?? "" }) }
        try vector.expect(.array(matches), equals: vector["matches"], "matches")
        let exact = vector["requiresExactMetadataName"]
        let name = selector.requiredValue(of: "metadata.name")
        try vector.expect(name, equals: exact["found"] == true ? exact["value"]?.stringValue : nil, "metadata.name")
      } catch let error as SelectorError {
        try vector.expect(error.message, equals: vector["error"].stringValue ?? "no error")
      }
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  @Test("values of field selectors are escaped and unescaped as in Kubernetes")
  func escapes() throws {
    let table = try VectorRunner("field-selector-parse").table
    let rows = try #require(table.header["escape"]?.arrayValue)
    #expect(!rows.isEmpty)
    for row in rows {
      let text = row["in"]?.stringValue ?? ""
      let escaped = FieldSelector.escaped(text)
      #expect(escaped == row["escaped"]?.stringValue)
      #expect(try FieldSelector.unescaped(escaped) == row["unescapedBack"]?.stringValue)
      do throws(SelectorError) {
        #expect(try FieldSelector.unescaped(text) == row["unescapeOfIn"]?.stringValue)
        #expect(row["unescapeErr"]?.isNull == true)
      } catch {
        #expect(error.message == row["unescapeErr"]?.stringValue)
      }
    }
  }

  @Test("names are refused in the words of Kubernetes")
  func names() throws {
    let rules: [String: NameRule] = [
      "IsConfigMapKey": .configMapKey, "IsDNS1035Label": .dnsLabelStartingWithLetter, "IsDNS1123Label": .dnsLabel,
      "IsDNS1123Subdomain": .dnsSubdomain, "IsEnvVarName": .environmentVariable, "IsHTTPHeaderName": .httpHeaderName,
      "IsQualifiedName": .qualifiedName, "IsValidLabelValue": .labelValue, "IsValidPercent": .percent,
      "IsValidPortName": .portName, "IsWildcardDNS1123Subdomain": .wildcardDNSSubdomain,
      "NameIsDNSSubdomain": .dnsSubdomain,
      "NameIsDNS1035LabelPrefix": .dnsLabelStartingWithLetter.acceptingPrefixes(),
      "NameIsDNSSubdomainPrefix": .dnsSubdomain.acceptingPrefixes(),
    ]
    let summary = try VectorRunner("name-validation").run { vector in
      for (name, expected) in vector["results"].objectValue ?? JSONObject() {
        guard let rule = rules[name] else { throw VectorError("no rule for \(name)") }
        let problems = rule.problems(in: vector["in"].stringValue ?? "")
        try vector.expect(problems, equals: expected.arrayValue?.compactMap(\.stringValue) ?? [], name)
      }
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  private func labelSets(of table: VectorTable) throws -> [[String: String]] {
    let sets = try #require(table.header["labelSets"]?.arrayValue)
    return sets.map { ObjectMeta(content: ["labels": $0]).labels }
  }
}
