import EdgeJSON

extension ObjectDefaults {
  static func policy(_ object: inout JSONObject, _ gvk: GroupVersionKind) {
    switch (gvk.group, gvk.kind) {
    case ("discovery.k8s.io", "EndpointSlice"):
      object.changeEach("ports") { port in
        port.fill("name", "")
        port.fillText("protocol", "TCP")
      }
    case ("rbac.authorization.k8s.io", "RoleBinding"), ("rbac.authorization.k8s.io", "ClusterRoleBinding"):
      binding(&object)
    case ("networking.k8s.io", "NetworkPolicy"): object.change("spec") { networkPolicy(&$0) }
    case ("networking.k8s.io", "IngressClass"):
      object.change("spec") { $0.change("parameters") { $0.fillText("scope", "Cluster") } }
    case ("storage.k8s.io", "StorageClass"):
      object.fillText("reclaimPolicy", "Delete")
      object.fillText("volumeBindingMode", "Immediate")
    case ("scheduling.k8s.io", "PriorityClass"): object.fillText("preemptionPolicy", "PreemptLowerPriority")
    case ("autoscaling", "HorizontalPodAutoscaler"): object.change("spec") { $0.fill("minReplicas", 1) }
    case ("apiextensions.k8s.io", "CustomResourceDefinition"): object.change("spec") { definition(&$0) }
    default: break
    }
  }

  private static func binding(_ object: inout JSONObject) {
    let group = "rbac.authorization.k8s.io"
    object.change("roleRef") { $0.fillText("apiGroup", group) }
    object.changeEach("subjects") { subject in
      if subject["kind"] == "User" || subject["kind"] == "Group" { subject.fillText("apiGroup", group) }
    }
  }

  private static func networkPolicy(_ spec: inout JSONObject) {
    for direction in ["ingress", "egress"] {
      spec.changeEach(direction) { $0.changeEach("ports") { $0.fillText("protocol", "TCP") } }
    }
    let hasTypes = spec["policyTypes"]?.arrayValue?.isEmpty == false
    let hasEgress = spec["egress"]?.arrayValue?.isEmpty == false
    if !hasTypes { spec["policyTypes"] = hasEgress ? ["Ingress", "Egress"] : ["Ingress"] }
  }

  private static func definition(_ spec: inout JSONObject) {
    spec.change("names") { names in
      guard case .string(let kind)? = names["kind"], !kind.isEmpty else { return }
      names.fillText("singular", kind.lowercased())
      names.fillText("listKind", kind + "List")
    }
    spec.changeOrMake("conversion") { conversion in
      conversion.fillText("strategy", "None")
      conversion.change("webhook") { $0.change("clientConfig") { $0.change("service") { $0.fill("port", 443) } } }
    }
  }
}
