import EdgeAPIModels
import EdgeJSON
import Testing

@Suite("Strategic merge patch")
struct StrategicMergePatchTests {
  private let schema: TypeSchema

  init() throws { schema = try #require(TypeSchema(named: "core/v1.Pod")) }

  private func apply(_ patch: JSONValue, to document: JSONValue) throws -> JSONValue {
    try StrategicMergePatch.apply(patch, to: document, schema: schema)
  }

  @Test("lists of objects are merged by their merge key; what a patch adds stands before the rest")
  func mergedList() throws {
    let pod: JSONValue = ["spec": ["containers": [["name": "a", "image": "a:1"], ["name": "b"]]]]
    let patch: JSONValue = ["spec": ["containers": [["name": "c"], ["name": "a", "image": "a:2"]]]]
    let expected: JSONValue = ["spec": ["containers": [["name": "c"], ["name": "a", "image": "a:2"], ["name": "b"]]]]
    #expect(try apply(patch, to: pod) == expected)
  }

  @Test("directives delete, replace, order and retain")
  func directives() throws {
    let pod: JSONValue = [
      "metadata": ["labels": ["a": "1"], "finalizers": ["x", "y"]],
      "spec": ["containers": [["name": "a"], ["name": "b"]], "volumes": [["name": "v", "emptyDir": [:]]]],
    ]
    let patch: JSONValue = [
      "metadata": ["labels": ["$patch": "replace", "b": "2"], "$deleteFromPrimitiveList/finalizers": ["x"]],
      "spec": [
        "$setElementOrder/containers": [["name": "c"], ["name": "a"]],
        "containers": [["name": "c"], ["name": "b", "$patch": "delete"]],
        "volumes": [["name": "v", "configMap": ["name": "m"], "$retainKeys": ["name", "configMap"]]],
      ],
    ]
    let expected: JSONValue = [
      "metadata": ["labels": ["b": "2"], "finalizers": ["y"]],
      "spec": ["containers": [["name": "c"], ["name": "a"]], "volumes": [["name": "v", "configMap": ["name": "m"]]]],
    ]
    #expect(try apply(patch, to: pod) == expected)
  }

  @Test("an error says what is wrong and where in the patch")
  func errors() {
    func error(_ patch: JSONValue, _ document: JSONValue) -> PatchError? {
      #expect(throws: PatchError.self) { try apply(patch, to: document) }
    }
    let pod: JSONValue = [
      "metadata": ["finalizers": ["x"]], "spec": ["containers": [["name": "a", "env": [["name": "E"]]]], "x": [:]],
    ]
    let noKey = error(["spec": ["containers": [["name": "a", "env": [["name": "F"], ["value": "1"]]]]]], pod)
    #expect(noKey?.code == .missingMergeKey)
    #expect(noKey?.path == "spec.containers[0].env[1]")
    #expect(error(["spec": ["containers": [1]]], pod)?.code == .mixedList)
    #expect(error(["spec": ["x": ["y": 1]]], pod)?.code == .unknownField)
    #expect(error(["spec": ["$patch": "merge"]], pod)?.path == "spec.$patch")
    #expect(error(["spec": ["containers": [["name": ["a"]]]]], pod)?.code == .missingMergeKey)
    #expect(error(["metadata": ["finalizers": [.null]]], pod)?.code == .mixedList)
    #expect(error(["metadata": ["$setElementOrder/finalizers": "x"]], pod)?.code == .malformedPatch)
    #expect(error(["metadata": ["$setElementOrder/finalizers": [[:]]]], pod)?.code == .malformedPatch)
    #expect(error([1], pod)?.code == .malformedPatch)
    #expect(error([:], [1])?.code == .malformedDocument)
  }

  @Test("a three-way merge that may not overwrite names the conflict")
  func conflict() {
    let error = #expect(throws: PatchError.self) {
      try StrategicMergePatch.createThreeWay(
        original: ["spec": ["containers": [["name": "a", "image": "1"]]]],
        modified: ["spec": ["containers": [["name": "a", "image": "2"]]]],
        current: ["spec": ["containers": [["name": "a", "image": "3"]]]], schema: schema, conflicts: .refuse)
    }
    #expect(error?.code == .conflict)
    #expect(error?.path == "spec.containers.image")
  }

  @Test("lists of ten thousand elements are ordered, merged and compared in far less than quadratic time")
  func longLists() throws {
    let names = (0..<10_000).map { "name-\($0 * 7_919 % 10_000)" }
    func pod(_ names: [String], _ image: String) -> JSONValue {
      .object([
        "metadata": ["finalizers": .array(names.map { .string($0) })],
        "spec": ["containers": .array(names.map { ["name": .string($0), "image": .string(image)] })],
      ])
    }
    let original = pod(names, "a")
    let modified = pod(names.reversed().dropLast(1_000) + ["new"], "b")
    let clock = ContinuousClock()
    let start = clock.now
    let patch = try StrategicMergePatch.create(from: original, to: modified, schema: schema)
    #expect(try apply(patch, to: original) == modified)
    let threeWay = try StrategicMergePatch.createThreeWay(
      original: original, modified: modified, current: original, schema: schema)
    #expect(try apply(threeWay, to: original) == modified)
    // An order that names nothing, beside elements that are new.
    let unordered: JSONValue = [
      "metadata": ["$setElementOrder/finalizers": [], "finalizers": .array((0..<10_000).map { .string("\($0)") })]
    ]
    #expect(try apply(unordered, to: original)["metadata"]?["finalizers"]?.arrayValue?.count == 20_000)
    let duplicates = JSONValue.array((0..<10_000).map { .string("\($0 % 100)") })
    let emptied = try StrategicMergePatch.create(
      from: ["metadata": ["finalizers": duplicates]], to: ["metadata": ["finalizers": ["new"]]], schema: schema)
    #expect(emptied["metadata"]?["$deleteFromPrimitiveList/finalizers"]?.arrayValue?.count == 100)
    // A debug build takes about a second for all of it, on a busy machine several.
    #expect(clock.now - start < .seconds(30))
  }

  @Test("values as deep as can be parsed are merged and compared")
  func deepValues() throws {
    var deep = JSONValue.object(["leaf": 1])
    var other = JSONValue.object(["leaf": .null])
    for _ in 1..<JSONLimits.greatestDepth {
      deep = ["a": deep]
      other = ["a": other]
    }
    #expect(JSONMergePatch.apply(other, to: deep) != deep)
    #expect(JSONMergePatch.apply(deep, to: .null) == deep)
    #expect(try JSONMergePatch.create(from: other, to: deep) == deep)
    #expect(throws: PatchError.self) { try apply(["spec": deep], to: ["spec": ["a": [:]]]) }
    #expect(try apply(["spec": deep], to: [:]) == ["spec": deep])
    #expect(try StrategicMergePatch.apply(other, to: deep, schema: RecursiveSchema()) != deep)
    #expect(try StrategicMergePatch.create(from: other, to: deep, schema: RecursiveSchema()) == deep)
    let list = JSONValue.array([deep])
    let patch = try StrategicMergePatch.createThreeWay(
      original: [:], modified: ["a": ["list": list]], current: ["a": ["list": list]], schema: RecursiveSchema(),
      conflicts: .refuse)
    #expect(patch == [:])
  }
}

/// An object type whose every field holds the type itself.
private struct RecursiveSchema: PatchSchema {
  func patchField(named name: String) -> PatchField<RecursiveSchema>? { PatchField(schema: self, isList: true) }
}
