import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import EdgeResourceStore
import EdgeStore

let configMaps = ResourceType(GroupVersionKind(group: "", version: "v1", kind: "ConfigMap"))
let nodes = ResourceType(GroupVersionKind(group: "", version: "v1", kind: "Node"), isNamespaced: false)

func configMap(_ name: String, namespace: String = "default", _ data: [String: String] = [:]) -> UnstructuredObject {
  var object = UnstructuredObject(apiVersion: "v1", kind: "ConfigMap", name: name, namespace: namespace)
  for (key, value) in data { object["data", key] = .string(value) }
  return object
}

func key(_ name: String, namespace: String = "default") -> ObjectKey {
  ObjectKey(resource: configMaps.groupResource, namespace: namespace, name: name)
}

func resourceStore(_ store: any MVCCStore) -> ResourceStore<UnstructuredObject> {
  ResourceStore(store, configMaps, codec: .json, clock: FixedClock(), entropy: SeededEntropy(seed: 7))
}

/// Noon of a day.
struct FixedClock: WallClock {
  func now() -> Timestamp { Timestamp(nanosecondsSinceEpoch: 1_795_694_400_123_456_789) }
}

/// Asks again and again until it holds; returns whether it did within ten seconds.
func eventually(_ holds: () async throws -> Bool) async rethrows -> Bool {
  for _ in 0..<2000 {
    if try await holds() { return true }
    try? await Task.sleep(for: .milliseconds(5))
  }
  return false
}
