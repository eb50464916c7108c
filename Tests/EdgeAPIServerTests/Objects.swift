import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import EdgeStore

/// A registry over an empty store, with a clock that stands and a seeded source of randomness.
func makeRegistry(
  _ store: any MVCCStore = MemoryStore(), admission: [any AdmissionStep] = []
) -> ObjectRegistry {
  ObjectRegistry(store: store, clock: FixedClock.noon, entropy: SeededEntropy(seed: 7), admission: admission)
}

struct FixedClock: WallClock {
  static let noon = FixedClock()
  let time = Timestamp(millisecondsSinceEpoch: 1_800_000_000_000)

  func now() -> Timestamp { time }
}

enum Sample {
  static func object(_ json: String) throws -> UnstructuredObject { try UnstructuredObject(parsing: Array(json.utf8)) }

  static func configMap(_ name: String, _ data: [String: String] = ["a": "1"]) -> UnstructuredObject {
    var object = UnstructuredObject(apiVersion: "v1", kind: "ConfigMap", name: name, namespace: "default")
    object["data"] = .object(JSONObject(data.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }))
    return object
  }

  static func pod(_ name: String, node: String? = nil, labels: [String: String] = [:]) -> UnstructuredObject {
    var object = UnstructuredObject(apiVersion: "v1", kind: "Pod", name: name, namespace: "default")
    object.metadata.labels = labels
    object["spec"] = ["containers": [["name": "main", "image": "app:1"]]]
    if let node { object["spec", "nodeName"] = .string(node) }
    return object
  }

  static func deployment(_ name: String, replicas: Int64 = 1, image: String = "app:1") -> UnstructuredObject {
    workload("Deployment", name, replicas: replicas, image: image)
  }

  static func replicaSet(_ name: String) -> UnstructuredObject {
    workload("ReplicaSet", name, replicas: 1, image: "app:1")
  }

  private static func workload(_ kind: String, _ name: String, replicas: Int64, image: String) -> UnstructuredObject {
    var object = UnstructuredObject(apiVersion: "apps/v1", kind: kind, name: name, namespace: "default")
    object["spec"] = [
      "replicas": .integer(replicas), "selector": ["matchLabels": ["app": .string(name)]],
      "template": [
        "metadata": ["labels": ["app": .string(name)]],
        "spec": ["containers": [["name": "main", "image": .string(image)]]],
      ],
    ]
    return object
  }

  static func key(_ resource: GroupResource, _ name: String) -> ObjectKey {
    ObjectKey(resource: resource, namespace: "default", name: name)
  }

  /// KubeEdge's v1alpha2 form of a Modbus device.
  static let alphaDevice = """
    {"apiVersion":"devices.kubeedge.io/v1alpha2","kind":"Device","metadata":{"name":"sensor-01","namespace":"default"},
     "spec":{"deviceModelRef":{"name":"temperature-sensor-model"},
      "nodeSelector":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"","operator":"In","values":["edge-node-1"]}]}]},
      "protocol":{"modbus":{"slaveID":1},"common":{"tcp":{"ip":"127.0.0.1","port":5502}}},
      "propertyVisitors":[{"propertyName":"temperature","collectCycle":500,
       "modbus":{"register":"InputRegister","offset":0,"limit":1,"scale":1}}]},
     "status":{"twins":[{"propertyName":"temperature","desired":{"value":"21","metadata":{"type":"int"}}}]}}
    """
}

/// Reads events until `count` have come.
func collect(_ watch: ObjectWatch, _ count: Int) async throws -> [String] {
  var told: [String] = []
  while told.count < count, let event = try await watch.next() {
    told.append("\(event.kind.rawValue) \(event.object.metadata.name ?? "")")
  }
  return told
}

/// The refusal that `body` must end with.
func refusal<Result>(_ body: () async throws -> Result) async -> APIError? {
  do {
    _ = try await body()
    return nil
  } catch {
    return error as? APIError
  }
}
