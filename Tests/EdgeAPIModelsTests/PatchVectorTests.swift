import EdgeAPIModels
import EdgeJSON
import EdgeTestKit
import Testing

/// Answers of Kubernetes' patch libraries, case by case.
@Suite("Patch vectors")
struct PatchVectorTests {
  @Test("JSON patches are applied as Kubernetes does, deviations from the RFC included")
  func jsonPatch() throws {
    let summary = try VectorRunner("json-patch").run { vector in
      let result = Result { try JSONPatch(vector["patch"]).apply(to: vector["doc"]) }
      try vector.expect(result, gives: vector.content["evanphxResult"])
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  @Test("with the rules of the RFC, JSON patches pass the RFC's suite")
  func strictJSONPatch() throws {
    var count = 0
    for (index, content) in try VectorTable("json-patch").cases.enumerated() {
      // Only what comes from the suite has its answer. "Disabled" is what a parser of JSON cannot see: an operation that
      // has a member twice.
      guard content["expected"] != nil || content["error"] != nil, content["disabled"] != true else { continue }
      let result = Result {
        try JSONPatch(content["patch"] ?? .null, rules: .rfc6902).apply(to: content["doc"] ?? .null)
      }
      #expect(mismatch(result, content["expected"]) == nil, "case \(index)")
      count += 1
    }
    #expect(count > 0)
  }

  @Test("merge patches are applied as Kubernetes does")
  func mergePatch() throws {
    let summary = try VectorRunner("json-merge-patch").run { vector in
      let result = Result {
        try JSONMergePatch.applyAsKubernetes(vector.document("patch"), to: vector.document("doc"))
      }
      try vector.expect(result, gives: vector.content["evanphxResult"])
      // The RFC's own answers.
      if let expected = vector.content["expected"] {
        try vector.expect(JSONMergePatch.apply(vector["patch"], to: vector["doc"]), equals: expected)
      }
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  @Test("a created merge patch is the one that Kubernetes makes")
  func createMergePatch() throws {
    let summary = try VectorRunner("json-merge-patch-create").run { vector in
      let patch = Result {
        try JSONMergePatch.create(from: vector.document("original"), to: vector.document("modified"))
      }
      try vector.expect(patch, gives: vector.content["patch"], "patch")
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  @Test("a three-way merge patch is the one that kubectl apply makes for custom resources")
  func threeWayMergePatch() throws {
    let summary = try VectorRunner("json-merge-three-way").run { vector in
      let patch = Result {
        try JSONMergePatch.createThreeWay(
          original: vector.document("original"), modified: vector.document("modified"),
          current: vector.document("current"))
      }
      try vector.expect(patch, gives: vector.content["patch"], "patch")
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  @Test("strategic merge patches are applied as Kubernetes does")
  func strategicApply() throws {
    let summary = try VectorRunner("smp-apply").run { vector in
      let schema = try vector.schema()
      let result = Result {
        try StrategicMergePatch.apply(vector.document("patch"), to: vector.document("original"), schema: schema)
      }
      try vector.expect(result, gives: vector.content["result"])
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  @Test("a two-way strategic merge patch is the one that Kubernetes makes, and applies as there")
  func strategicTwoWay() throws {
    let summary = try VectorRunner("smp-two-way").run { vector in
      let schema = try vector.schema()
      let patch = Result {
        try StrategicMergePatch.create(
          from: vector.document("original"), to: vector.document("modified"), schema: schema)
      }
      try vector.expect(patch, gives: vector["error"].isNull ? vector["patch"] : nil, "patch")
      guard let patch = try? patch.get() else { return }
      let applied = Result { try StrategicMergePatch.apply(patch, to: vector.document("original"), schema: schema) }
      try vector.expect(applied, gives: vector["appliedError"].isNull ? vector["applied"] : nil, "applied")
      if vector["appliedEqualsModified"] == true {
        try vector.expect(try applied.get(), equals: vector["modified"], "applied, against modified")
      }
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  @Test("a three-way strategic merge patch is the one that kubectl apply makes, conflicts included")
  func strategicThreeWay() throws {
    let summary = try VectorRunner("smp-three-way").run { vector in
      let schema = try vector.schema()
      let patch = Result {
        try StrategicMergePatch.createThreeWay(
          original: vector.document("original"), modified: vector.document("modified"),
          current: vector.document("current"), schema: schema,
          conflicts: vector["overwrite"] == true ? .overwrite : .refuse)
      }
      try vector.expect(patch, gives: vector.content["patch"], "patch")
      if vector["error"].stringValue?.contains("conflicts with changes") ?? false {
        try vector.expect(patch.failureCode, equals: .conflict, "code")
      }
      guard let patch = try? patch.get() else { return }
      let result = Result { try StrategicMergePatch.apply(patch, to: vector.document("current"), schema: schema) }
      try vector.expect(result, gives: vector["resultError"].isNull ? vector["result"] : nil, "result")
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  @Test("Kubernetes' own tables of strategic merges hold")
  func strategicUpstreamTables() throws {
    let runner = try VectorRunner("smp-upstream-tables")
    let schema = GoTypeSchema.mergeItem(runner.table)
    let summary = runner.run { vector in
      let original = try vector.document("original")
      func expect(_ name: String, _ patch: (_ content: JSONObject) throws -> JSONValue) throws {
        let content = vector.content.objectValue ?? JSONObject()
        guard content.contains(key: name) || content.contains(key: name + "Error") else { return }
        try vector.expect(Result { try patch(content) }, gives: content[name], name)
      }
      try expect("go132_applyTwoWay") { _ in
        try StrategicMergePatch.apply(vector.document("twoWay"), to: original, schema: schema)
      }
      func twoWay() throws -> JSONValue {
        try StrategicMergePatch.create(from: original, to: vector.document("modified"), schema: schema)
      }
      try expect("go132_twoWay") { _ in try twoWay() }
      try expect("go132_twoWayApplied") { _ in
        try StrategicMergePatch.apply(try twoWay(), to: original, schema: schema)
      }
      for (suffix, conflicts) in [("true", StrategicMergePatch.Conflicts.overwrite), ("false", .refuse)] {
        let name = "go132_threeWay_overwrite_\(suffix)"
        func threeWay() throws -> JSONValue {
          try StrategicMergePatch.createThreeWay(
            original: original, modified: vector.document("modified"), current: vector.document("current"),
            schema: schema, conflicts: conflicts)
        }
        // The error's key is spelled with an underscore.
        if vector.content["\(name)_error"] != nil {
          try vector.expect(Result { try threeWay() }, gives: nil, name)
        }
        try expect(name) { _ in try threeWay() }
        try expect("\(name)_result") { _ in
          try StrategicMergePatch.apply(try threeWay(), to: vector.document("current"), schema: schema)
        }
      }
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }
}

extension VectorCase {
  /// A document that may be no JSON at all: tables hold such a text as a string.
  func document(_ name: String) throws -> JSONValue {
    let value = self[name]
    guard let text = value.stringValue, text.hasPrefix("{") || text.hasPrefix("[") else { return value }
    return try JSONValue(parsing: text)
  }

  /// The type of the vector's kind, `apps/v1/Deployment`.
  func schema() throws -> TypeSchema {
    let name = self["kind"].stringValue ?? ""
    let slash = name.lastIndex(of: "/") ?? name.startIndex
    guard
      let gvk = GroupVersionKind(apiVersion: String(name[..<slash]), kind: String(name[name.index(after: slash)...])),
      let schema = TypeSchema(gvk)
    else { throw VectorError("no kind \(name)") }
    return schema
  }

  /// - Parameter expected: nil stands for an error.
  func expect(_ result: Result<JSONValue, any Error>, gives expected: JSONValue?, _ what: String = "") throws {
    if let mismatch = mismatch(result, expected) { throw VectorError("\(what): \(mismatch)") }
  }
}

/// - Parameter expected: nil stands for an error.
private func mismatch(_ result: Result<JSONValue, any Error>, _ expected: JSONValue?) -> String? {
  switch (result, expected) {
  case (.success(let value), let expected?): value == expected ? nil : "expected \(expected), got \(value)"
  case (.success(let value), nil): "expected an error, got \(value)"
  case (.failure(let error), let expected?): "expected \(expected), got error \(error)"
  case (.failure, nil): nil
  }
}

extension Result {
  var failureCode: PatchError.Code? {
    if case .failure(let error) = self { (error as? PatchError)?.code } else { nil }
  }
}
