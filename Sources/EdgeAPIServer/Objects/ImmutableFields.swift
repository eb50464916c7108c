import EdgeAPIModels
import EdgeJSON

/// Fields that an update may not change, with Kubernetes' words for it.
enum ImmutableFields {
  static func check(_ new: UnstructuredObject, against current: UnstructuredObject) -> [FieldError] {
    switch (current.gvk.group, current.kind) {
    case ("apps", "Deployment"), ("apps", "ReplicaSet"), ("apps", "DaemonSet"):
      same(new, current, ["spec", "selector"])
    case ("", "Pod"):
      podSpec(new, current)
    case ("", "ConfigMap") where current.content["immutable"]?.boolValue == true,
      ("", "Secret") where current.content["immutable"]?.boolValue == true:
      ["data", "binaryData", "immutable"].flatMap {
        new.content[$0] == current.content[$0]
          ? [] : [error($0, "field is immutable when `immutable` is set")]
      }
    default: []
    }
  }

  private static func same(_ new: UnstructuredObject, _ current: UnstructuredObject, _ path: [String]) -> [FieldError] {
    JSONValue.object(new.content)[path: path] == JSONValue.object(current.content)[path: path]
      ? [] : [error(path.joined(separator: "."), "field is immutable")]
  }

  /// A pod is replaced rather than changed; only what the node agent can follow in place may differ. Binding sets
  /// `nodeName` once; Kubernetes does that through a subresource of its own.
  private static func podSpec(_ new: UnstructuredObject, _ current: UnstructuredObject) -> [FieldError] {
    let isBound = current.content["spec"]?["nodeName"]?.stringValue?.isEmpty == false
    func frozen(_ object: UnstructuredObject) -> JSONValue? {
      guard var spec = object.content["spec"] else { return nil }
      for field in ["activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations"] { spec[field] = nil }
      if !isBound { spec["nodeName"] = nil }
      for field in ["containers", "initContainers"] {
        guard let containers = spec[field]?.arrayValue else { continue }
        spec[field] = .array(
          containers.map { container in
            guard container.objectValue != nil else { return container }
            var rest = container
            rest["image"] = nil
            return rest
          })
      }
      return spec
    }
    guard frozen(new) != frozen(current) else { return [] }
    return [
      error(
        "spec",
        "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
          + "`spec.activeDeadlineSeconds`,`spec.terminationGracePeriodSeconds`,`spec.tolerations`")
    ]
  }

  private static func error(_ path: String, _ detail: String) -> FieldError {
    FieldError(path: path, kind: .forbidden, detail: detail)
  }
}
