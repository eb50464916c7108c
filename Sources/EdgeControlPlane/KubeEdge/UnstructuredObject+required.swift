#if Networking
import EdgeAPIModels
import EdgeJSON
import EdgePrimitives

extension UnstructuredObject {
  /// Whether the pod cannot start without this ConfigMap or Secret: somewhere it reads it and does not say `optional`.
  func requires(_ key: ObjectKey) -> Bool {
    let members: Set<String> =
      switch key.resource {
      case .configMaps: ["configMap", "configMapRef", "configMapKeyRef"]
      case .secrets: ["secret", "secretRef", "secretKeyRef"]
      default: []
      }
    func isRequired(in value: JSONValue) -> Bool {
      if let list = value.arrayValue { return list.contains(where: isRequired) }
      guard let object = value.objectValue else { return false }
      return object.contains { member, value in
        guard members.contains(member) else { return isRequired(in: value) }
        let name = value["name"] ?? value["secretName"]
        return name?.stringValue == key.name && value["optional"]?.boolValue != true
      }
    }
    return metadata.namespace == key.namespace && isRequired(in: self["spec"] ?? [:])
  }
}
#endif
