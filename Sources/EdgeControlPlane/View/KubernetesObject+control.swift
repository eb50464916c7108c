#if Networking
import EdgeAPIModels
import EdgeJSON

extension UnstructuredObject {
  /// The key under which the registry keeps an object that came from it.
  var registryKey: ObjectKey {
    guard let key = try? key() else { preconditionFailure("an object of the registry has a kind and a name") }
    return key
  }

  /// A reference by which this object owns another as its controller.
  var controllerReference: OwnerReference {
    OwnerReference(
      apiVersion: apiVersion, kind: kind, name: metadata.name ?? "", uid: metadata.uid ?? "", controller: true)
  }

  func isControlled(by owner: UnstructuredObject) -> Bool {
    metadata.ownerReferences.contains { $0.controller && $0.uid == owner.metadata.uid }
  }

  func controllerName(ofKind kind: String) -> String? {
    metadata.ownerReferences.first { $0.controller && $0.kind == kind }?.name
  }

  func condition(_ type: String) -> JSONValue? {
    self["status", "conditions"]?.arrayValue?.first { $0["type"]?.stringValue == type }
  }

  /// Whether the condition `Ready` is true, for pods and nodes alike.
  var isReady: Bool { condition("Ready")?["status"]?.stringValue == "True" }
}
#endif
