import EdgeAPIModels
import EdgeJSON
import Testing

@Suite("Patch properties")
struct PatchPropertyTests {
  @Test("a two-way strategic patch leads from any Pod to any other, list order included")
  func strategicTwoWay() throws {
    let schema = try #require(TypeSchema(named: "core/v1.Pod"))
    for seed in UInt64(1)...600 {
      var random = SeededRandom(seed: seed)
      let (original, modified) = (RandomPod.pod(&random), RandomPod.pod(&random))
      let patch = try StrategicMergePatch.create(from: original, to: modified, schema: schema)
      let applied = try StrategicMergePatch.apply(patch, to: original, schema: schema)
      #expect(applied == modified, "seed \(seed): \(original) with \(patch)")
      // Nothing to do gives nothing, or only orders (of lists of scalars that are not sorted).
      let none = try StrategicMergePatch.create(from: modified, to: modified, schema: schema)
      #expect(try StrategicMergePatch.apply(none, to: modified, schema: schema) == modified, "seed \(seed): \(none)")
    }
  }

  @Test("a three-way strategic patch does what a two-way one does when nobody else wrote")
  func strategicThreeWay() throws {
    let schema = try #require(TypeSchema(named: "core/v1.Pod"))
    for seed in UInt64(1)...300 {
      var random = SeededRandom(seed: seed)
      let (original, modified) = (RandomPod.pod(&random), RandomPod.pod(&random))
      let patch = try StrategicMergePatch.createThreeWay(
        original: original, modified: modified, current: original, schema: schema, conflicts: .overwrite)
      #expect(
        try StrategicMergePatch.apply(patch, to: original, schema: schema) == modified, "seed \(seed): \(patch)")
    }
  }

  @Test("applying a strategic patch leaves the caller's object and patch as they were")
  func strategicValueSemantics() throws {
    let schema = try #require(TypeSchema(named: "core/v1.Pod"))
    for seed in UInt64(1)...100 {
      var random = SeededRandom(seed: seed)
      let (original, modified) = (RandomPod.pod(&random), RandomPod.pod(&random))
      let patch = try StrategicMergePatch.create(from: original, to: modified, schema: schema)
      let texts = (original.text, patch.text)
      _ = try StrategicMergePatch.apply(patch, to: original, schema: schema)
      #expect((original.text, patch.text) == texts, "seed \(seed)")
    }
  }

  @Test("a merge patch leads from any object to any other without nulls")
  func mergePatch() throws {
    for seed in UInt64(1)...600 {
      var random = SeededRandom(seed: seed)
      let (original, modified) = (RandomPod.object(&random), RandomPod.object(&random))
      let patch = try JSONMergePatch.create(from: original, to: modified)
      #expect(JSONMergePatch.apply(patch, to: original) == modified, "seed \(seed): \(original) with \(patch)")
      let threeWay = try JSONMergePatch.createThreeWay(original: original, modified: modified, current: original)
      #expect(JSONMergePatch.apply(threeWay, to: original) == modified, "seed \(seed): \(original) with \(threeWay)")
    }
  }

  @Test("a JSON patch and its inverse give the document back")
  func jsonPatchInverse() throws {
    for seed in UInt64(1)...600 {
      var random = SeededRandom(seed: seed)
      let document = RandomPod.object(&random)
      var current = document
      var inverse: [JSONValue] = []
      for _ in 0..<random.below(8) {
        let key = RandomPod.key(&random)
        let path = JSONValue.string("/\(key)")
        let change: JSONValue
        if let old = current[key] {
          if random.below(2) == 0 {
            change = ["op": "remove", "path": path]
          } else {
            change = ["op": "replace", "path": path, "value": RandomPod.value(&random, depth: 1)]
          }
          inverse.insert(["op": "add", "path": path, "value": old], at: 0)
        } else {
          change = ["op": "add", "path": path, "value": RandomPod.value(&random, depth: 1)]
          inverse.insert(["op": "remove", "path": path], at: 0)
        }
        current = try JSONPatch([change]).apply(to: current)
      }
      #expect(try JSONPatch(.array(inverse)).apply(to: current) == document, "seed \(seed)")
    }
  }

  @Test("any JSON is a patch or an error, of every kind")
  func arbitraryPatches() throws {
    let schema = try #require(TypeSchema(named: "core/v1.Pod"))
    let keys = [
      "metadata", "spec", "containers", "env", "name", "ports", "finalizers", "labels", "volumes", "$patch",
      "$retainKeys",
      "$setElementOrder/containers", "$setElementOrder/finalizers", "$deleteFromPrimitiveList/finalizers", "strategy",
      "$setElementOrder", "op", "path", "value", "from",
    ]
    let texts = [
      "delete", "replace", "merge", "name", "a", "/metadata/labels", "/spec/containers/0", "add", "move", "test",
    ]
    func value(_ random: inout SeededRandom, _ depth: Int) -> JSONValue {
      switch random.below(depth > 4 ? 4 : 8) {
      case 0: return .null
      case 1: return .integer(Int64(random.below(3)))
      case 2, 3: return .string(texts[random.below(texts.count)])
      case 4: return .array((0..<random.below(4)).map { _ in value(&random, depth + 1) })
      default:
        return .object(
          JSONObject((0..<random.below(5)).map { _ in (keys[random.below(keys.count)], value(&random, depth + 1)) }))
      }
    }
    for seed in UInt64(1)...4_000 {
      var random = SeededRandom(seed: seed)
      let document = random.below(4) == 0 ? value(&random, 0) : RandomPod.pod(&random)
      let patch = value(&random, 0)
      _ = try? StrategicMergePatch.apply(patch, to: document, schema: schema)
      _ = try? StrategicMergePatch.create(from: document, to: patch, schema: schema)
      _ = try? StrategicMergePatch.createThreeWay(
        original: value(&random, 0), modified: patch, current: document, schema: schema, conflicts: .refuse)
      _ = try? JSONMergePatch.applyAsKubernetes(patch, to: document)
      _ = try? JSONMergePatch.createThreeWay(original: value(&random, 0), modified: patch, current: document)
      _ = try? JSONPatch([patch, value(&random, 1)]).apply(to: document)
    }
  }
}

/// Pods without what a strategic patch cannot express: no nulls, no list with two elements of one merge key.
enum RandomPod {
  static func pod(_ random: inout SeededRandom) -> JSONValue {
    var metadata: JSONObject = ["name": "p", "labels": map(&random)]
    if random.below(2) == 0 { metadata["annotations"] = map(&random) }
    if random.below(2) == 0 { metadata["finalizers"] = .array(names(&random).map { .string($0) }) }
    if random.below(2) == 0 {
      metadata["ownerReferences"] = list(&random) { name, random in ["uid": .string(name), "kind": text(&random)] }
    }
    var spec: JSONObject = [
      "containers": list(&random, container),
      "volumes": list(&random) { name, random in
        switch random.below(3) {
        case 0: ["name": .string(name), "emptyDir": [:]]
        case 1: ["name": .string(name), "configMap": ["name": text(&random)]]
        default: ["name": .string(name), "secret": ["secretName": text(&random), "optional": true]]
        }
      },
    ]
    if random.below(2) == 0 { spec["initContainers"] = list(&random, container) }
    if random.below(2) == 0 { spec["nodeSelector"] = map(&random) }
    if random.below(2) == 0 {
      spec["tolerations"] = .array((0..<random.below(3)).map { _ in ["key": text(&random), "operator": "Exists"] })
    }
    if random.below(2) == 0 { spec["nodeName"] = text(&random) }
    return ["apiVersion": "v1", "kind": "Pod", "metadata": .object(metadata), "spec": .object(spec)]
  }

  private static func container(_ name: String, _ random: inout SeededRandom) -> JSONValue {
    var container: JSONObject = ["name": .string(name), "image": text(&random)]
    if random.below(2) == 0 {
      container["env"] = list(&random) { name, random in ["name": .string(name), "value": text(&random)] }
    }
    if random.below(2) == 0 {
      container["ports"] = list(&random) { name, random in
        ["containerPort": .integer(80 + (Int64(name.dropFirst()) ?? 0)), "protocol": text(&random)]
      }
    }
    if random.below(2) == 0 { container["args"] = .array((0..<random.below(4)).map { _ in text(&random) }) }
    if random.below(2) == 0 { container["resources"] = ["limits": map(&random)] }
    return .object(container)
  }

  static func object(_ random: inout SeededRandom) -> JSONValue { object(&random, depth: 0) }

  private static func object(_ random: inout SeededRandom, depth: Int) -> JSONValue {
    .object(JSONObject((0..<random.below(5)).map { _ in (key(&random), value(&random, depth: depth + 1)) }))
  }

  static func value(_ random: inout SeededRandom, depth: Int) -> JSONValue {
    switch random.below(depth > 3 ? 3 : 6) {
    case 0: .integer(Int64(random.below(3)))
    case 1: .bool(random.below(2) == 0)
    case 2: text(&random)
    case 3: .array((0..<random.below(3)).map { _ in .string(key(&random)) })
    default: object(&random, depth: depth)
    }
  }

  static func key(_ random: inout SeededRandom) -> String { ["a", "b", "c", "d", "e", "f"][random.below(6)] }

  private static func text(_ random: inout SeededRandom) -> JSONValue { .string("v\(random.below(4))") }

  private static func map(_ random: inout SeededRandom) -> JSONValue {
    .object(JSONObject((0..<random.below(4)).map { _ in (key(&random), text(&random)) }))
  }

  /// Distinct names in any order; now and then more than are searched from front to back.
  private static func names(_ random: inout SeededRandom) -> [String] {
    let all = (0..<(random.below(8) == 0 ? 30 : 6)).map { "n\($0)" }.shuffled(using: &random)
    return Array(all.prefix(random.below(all.count)))
  }

  private static func list(
    _ random: inout SeededRandom, _ element: (String, inout SeededRandom) -> JSONValue
  ) -> JSONValue {
    .array(names(&random).map { element($0, &random) })
  }
}
