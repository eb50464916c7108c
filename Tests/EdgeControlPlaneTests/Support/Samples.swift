#if Networking
import EdgeAPIModels
import EdgeJSON

enum Sample {
  static func object(_ json: String) throws -> UnstructuredObject { try UnstructuredObject(parsing: Array(json.utf8)) }

  static func key(_ resource: GroupResource, _ name: String, namespace: String? = "default") -> ObjectKey {
    ObjectKey(resource: resource, namespace: namespace, name: name)
  }

  static func configMap(_ name: String, namespace: String = "default", value: String = "1") -> UnstructuredObject {
    var object = UnstructuredObject(apiVersion: "v1", kind: "ConfigMap", name: name, namespace: namespace)
    object["data"] = ["a": .string(value)]
    return object
  }

  static func secret(_ name: String, namespace: String = "default") -> UnstructuredObject {
    UnstructuredObject(apiVersion: "v1", kind: "Secret", name: name, namespace: namespace)
  }

  static func pod(_ name: String, node: String? = nil, labels: [String: String] = [:]) -> UnstructuredObject {
    var object = UnstructuredObject(apiVersion: "v1", kind: "Pod", name: name, namespace: "default")
    object.metadata.labels = labels
    object["spec"] = ["containers": [["name": "main", "image": "app:1"]]]
    if let node { object["spec", "nodeName"] = .string(node) }
    return object
  }

  static func node(_ name: String, ready: String = "True", labels: [String: String] = [:]) -> UnstructuredObject {
    var object = UnstructuredObject(apiVersion: "v1", kind: "Node", name: name)
    object.metadata.labels = labels
    object["spec"] = [:]
    object["status"] = ["conditions": [["type": "Ready", "status": .string(ready)]]]
    return object
  }

  static func deployment(_ name: String, replicas: Int64, image: String = "app:1", strategy: String? = nil)
    -> UnstructuredObject
  {
    var object = UnstructuredObject(apiVersion: "apps/v1", kind: "Deployment", name: name, namespace: "default")
    object["spec"] = [
      "replicas": .integer(replicas), "selector": ["matchLabels": ["app": .string(name)]],
      "template": [
        "metadata": ["labels": ["app": .string(name)]],
        "spec": ["containers": [["name": "main", "image": .string(image)]]],
      ],
    ]
    if let strategy { object["spec", "strategy"] = ["type": .string(strategy)] }
    return object
  }

  static func service(_ name: String, selecting app: String) -> UnstructuredObject {
    var object = UnstructuredObject(apiVersion: "v1", kind: "Service", name: name, namespace: "default")
    object["spec"] = [
      "selector": ["app": .string(app)], "ports": [["name": "http", "port": 80, "targetPort": 8080]],
    ]
    return object
  }

  static func device(_ name: String, node: String, model: String = "model") -> UnstructuredObject {
    var object = UnstructuredObject(
      apiVersion: "devices.kubeedge.io/v1beta1", kind: "Device", name: name, namespace: "default")
    object["spec"] = [
      "deviceModelRef": ["name": .string(model)], "nodeName": .string(node),
      "protocol": ["protocolName": "modbus", "configData": ["slaveID": 1]],
    ]
    return object
  }

  static func deviceModel(_ name: String) -> UnstructuredObject {
    var object = UnstructuredObject(
      apiVersion: "devices.kubeedge.io/v1beta1", kind: "DeviceModel", name: name, namespace: "default")
    object["spec"] = ["properties": [["name": "temperature", "type": "INT", "accessMode": "ReadOnly"]]]
    return object
  }
}
#endif
