import EdgeJSON

/// Where a container wants to see one of its pod's volumes.
struct VolumeMount: Hashable, Sendable {
  var volume: String
  /// Absolute.
  var target: String
  /// Below the volume's own root; empty for the whole of it.
  var subPath: String
  var isReadOnly: Bool

  /// Where Kubernetes' API server mounts what a process needs to call it into every container, whether asked to or not.
  static let credentialsPath = "/var/run/secrets/kubernetes.io/serviceaccount"

  /// Most programs never look there, so what is missing there keeps no container from running for long.
  var isForCredentials: Bool { target == Self.credentialsPath }

  init(_ definition: JSONValue) throws(ContainerResolver.Refusal) {
    volume = definition["name"]?.stringValue ?? ""
    target = definition["mountPath"]?.stringValue ?? ""
    subPath = definition["subPath"]?.stringValue ?? ""
    isReadOnly = definition["readOnly"]?.boolValue == true
    func refusal(_ why: String) -> ContainerResolver.Refusal {
      ContainerResolver.Refusal(PodMachine.configurationError, "volumeMount \(volume): \(why)")
    }
    guard target.hasPrefix("/"), target != "/" else {
      throw refusal("\"\(target)\" is no absolute path below the root")
    }
    let steps = (subPath.split(separator: "/") + target.split(separator: "/"))
    guard !steps.contains(".."), !subPath.hasPrefix("/") else { throw refusal("a path may not leave its volume") }
    if definition["subPathExpr"] != nil { throw refusal("subPathExpr is not supported") }
  }
}
