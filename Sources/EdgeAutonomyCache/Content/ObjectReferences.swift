import EdgeAPIModels
import EdgeJSON

extension UnstructuredObject {
  /// What a node must hold beside this object to make it work: the ConfigMaps and Secrets that a Pod reads, the model that
  /// a Device follows. Nothing for other kinds.
  public var references: Set<ObjectKey> {
    var keys: Set<ObjectKey> = []
    func add(_ resource: GroupResource, _ name: JSONValue?) {
      guard let name = name?.stringValue, !name.isEmpty else { return }
      keys.insert(ObjectKey(resource: resource, namespace: metadata.namespace ?? "default", name: name))
    }
    switch kind {
    case "Device":
      add(.deviceModels, self["spec", "deviceModelRef", "name"])
    case "Pod":
      for list in ["containers", "initContainers"] {
        for container in self["spec", list]?.arrayValue ?? [] {
          for source in container["envFrom"]?.arrayValue ?? [] {
            add(.configMaps, source["configMapRef"]?["name"])
            add(.secrets, source["secretRef"]?["name"])
          }
          for entry in container["env"]?.arrayValue ?? [] {
            add(.configMaps, entry["valueFrom"]?["configMapKeyRef"]?["name"])
            add(.secrets, entry["valueFrom"]?["secretKeyRef"]?["name"])
          }
        }
      }
      for volume in self["spec", "volumes"]?.arrayValue ?? [] {
        add(.configMaps, volume["configMap"]?["name"])
        add(.secrets, volume["secret"]?["secretName"])
        for source in volume["projected"]?["sources"]?.arrayValue ?? [] {
          add(.configMaps, source["configMap"]?["name"])
          add(.secrets, source["secret"]?["name"])
        }
      }
      for secret in self["spec", "imagePullSecrets"]?.arrayValue ?? [] { add(.secrets, secret["name"]) }
    default: break
    }
    return keys
  }
}
