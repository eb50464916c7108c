import EdgeAPIModels
import EdgeJSON
import EdgeTestKit
import Testing

/// Taints and node affinity against the answers of the scheduler's Go code.
@Suite("Scheduling vectors")
struct SchedulingVectorTests {
  @Test("tolerations tolerate what they tolerate in Kubernetes")
  func tolerations() throws {
    let summary = try VectorRunner("toleration-taint").run { vector in
      let toleration = try Toleration(json: vector["toleration"])
      let taint = try Taint(json: vector["taint"])
      try vector.expect(toleration.tolerates(taint), equals: vector["tolerates"].boolValue)
      try vector.expect(try Toleration(json: toleration.json), equals: toleration, "reads back")
      try vector.expect(try Taint(json: taint.json), equals: taint, "reads back")
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  @Test("the first taint that nothing tolerates keeps a pod off")
  func untolerated() throws {
    let summary = try VectorRunner("untolerated-taint").run { vector in
      let taints = try (vector["taints"].arrayValue ?? []).map { try Taint(json: $0) }
      let tolerations = try (vector["tolerations"].arrayValue ?? []).map { try Toleration(json: $0) }
      let found = tolerations.firstUntolerated(of: taints)
      try vector.expect(found != nil, equals: vector["hasUntolerated"].boolValue)
      let expected = vector["firstUntolerated"].isNull ? nil : try Taint(json: vector["firstUntolerated"])
      try vector.expect(found, equals: expected)
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  @Test("node selectors match, and faulty ones say why, as in the scheduler")
  func nodeAffinity() throws {
    let summary = try VectorRunner("node-affinity").run { vector in
      let matcher = try NodeSelectorMatcher(json: vector["nodeSelector"])
      let labels = ObjectMeta(content: vector["node"].objectValue ?? JSONObject()).labels
      let verdict = matcher.verdict(onNode: vector["node"]["name"]?.stringValue ?? "", labels: labels)
      try vector.expect(matcher.error?.message, equals: vector["parseError"].stringValue, "parseError")
      if matcher.error == nil {
        try vector.expect(verdict == .matches, equals: vector["matches"].boolValue, "matches")
        try vector.expect(verdict.isMatch || verdict == .differs, "\(verdict)")
      } else {
        try vector.expect(verdict.isMatch, equals: vector["lazyMatches"].boolValue, "lazyMatches")
        let error: String? = if case .faulty(let error) = verdict { error.message } else { nil }
        try vector.expect(error, equals: vector["lazyError"].stringValue, "lazyError")
      }
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }
}
