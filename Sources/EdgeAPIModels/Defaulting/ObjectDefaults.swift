import EdgeJSON

/// Fills in what an author may leave out, with the defaults of Kubernetes, KubeEdge and OpenYurt.
///
/// Members that are present are left alone, also when they are wrong: saying so is ``ObjectValidation``'s part. Applying
/// the defaults twice changes nothing more.
public enum ObjectDefaults {
  public static func apply(to object: inout UnstructuredObject) {
    let gvk = object.gvk
    if let type = ResourceCatalog.standard.type(for: gvk), type.isNamespaced,
      object["metadata", "namespace"] == nil || object["metadata", "namespace"] == ""
    {
      object["metadata", "namespace"] = "default"
    }
    guard case .object(var spec)? = object["spec"] ?? (gvk.kind == "NodePool" ? [:] : nil) else { return }
    switch (gvk.group, gvk.kind) {
    case ("", "Pod"): pod(&spec)
    case ("", "Service"): service(&spec)
    case ("apps", "Deployment"), ("apps", "ReplicaSet"), ("apps", "DaemonSet"): workload(&spec, kind: gvk.kind)
    case ("apps.openyurt.io", "NodePool"): nodePool(&spec, version: gvk.version)
    default: return
    }
    object["spec"] = .object(spec)
  }

  private static func pod(_ spec: inout JSONObject) {
    spec.fill("restartPolicy", "Always")
    spec.fill("terminationGracePeriodSeconds", 30)
    spec.fill("dnsPolicy", "ClusterFirst")
    spec.fill("schedulerName", "default-scheduler")
    for list in ["containers", "initContainers"] {
      spec.mapObjects(list) { container in
        if case .string(let image)? = container["image"] {
          container.fill("imagePullPolicy", isLatest(image) ? "Always" : "IfNotPresent")
        }
        container.mapObjects("ports") { $0.fill("protocol", "TCP") }
      }
    }
  }

  /// An image without a tag or digest means its latest one.
  private static func isLatest(_ image: String) -> Bool {
    if image.contains("@") { return false }
    let name = image.split(separator: "/").last ?? ""
    return !name.contains(":") || name.hasSuffix(":latest")
  }

  private static func workload(_ spec: inout JSONObject, kind: String) {
    if kind != "DaemonSet" { spec.fill("replicas", 1) }
    if kind == "Deployment" {
      spec.fill("revisionHistoryLimit", 10)
      spec.fill("progressDeadlineSeconds", 600)
      spec.fill(
        "strategy", ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": "25%", "maxUnavailable": "25%"]])
    }
    guard case .object(var template)? = spec["template"], case .object(var podSpec)? = template["spec"] else { return }
    pod(&podSpec)
    template["spec"] = .object(podSpec)
    spec["template"] = .object(template)
  }

  private static func service(_ spec: inout JSONObject) {
    spec.fill("type", "ClusterIP")
    spec.fill("sessionAffinity", "None")
    if spec["type"] != "ExternalName" { spec.fill("internalTrafficPolicy", "Cluster") }
    spec.mapObjects("ports") { port in
      port.fill("protocol", "TCP")
      if let number = port["port"] { port.fill("targetPort", number) }
    }
  }

  private static func nodePool(_ spec: inout JSONObject, version: String) {
    spec.fill("type", "Edge")
    if version == "v1beta2" { spec.fill("leaderElectionStrategy", "random") }
  }
}

extension JSONObject {
  /// Sets a member that is absent or null.
  fileprivate mutating func fill(_ key: String, _ value: JSONValue) {
    if self[key]?.isNull ?? true { self[key] = value }
  }

  /// Changes every object of a list in place; other elements stay as they are.
  fileprivate mutating func mapObjects(_ key: String, _ change: (inout JSONObject) -> Void) {
    guard case .array(let elements)? = self[key] else { return }
    self[key] = .array(
      elements.map { element in
        guard case .object(var object) = element else { return element }
        change(&object)
        return .object(object)
      })
  }
}
