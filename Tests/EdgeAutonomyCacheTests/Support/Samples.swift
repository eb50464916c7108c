import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON

enum Sample {
  static func object(_ json: String) throws -> UnstructuredObject { try UnstructuredObject(parsing: Array(json.utf8)) }

  static func configMap(
    _ name: String, namespace: String = "default", value: String = "1", version: UInt64? = nil, uid: String = "u1",
    labels: [String: String] = [:]
  ) -> UnstructuredObject {
    var object = UnstructuredObject(apiVersion: "v1", kind: "ConfigMap", name: name, namespace: namespace)
    object.metadata.uid = uid
    object.metadata.resourceVersion = version.map(String.init)
    object.metadata.labels = labels
    object["data"] = ["a": .string(value)]
    return object
  }

  static func pod(_ name: String, phase: String = "Pending", version: UInt64 = 1, uid: String = "u1")
    -> UnstructuredObject
  {
    var object = UnstructuredObject(apiVersion: "v1", kind: "Pod", name: name, namespace: "default")
    object.metadata.uid = uid
    object.metadata.resourceVersion = String(version)
    object["spec"] = ["nodeName": "edge-1", "containers": [["name": "main", "image": "app:1"]]]
    object["status"] = ["phase": .string(phase)]
    return object
  }

  static func key(_ resource: GroupResource, _ name: String, namespace: String? = "default") -> ObjectKey {
    ObjectKey(resource: resource, namespace: namespace, name: name)
  }
}

extension ObjectCache {
  func upsert(_ object: UnstructuredObject) async throws -> Outcome { try await apply(.upsert(object)) }
}
