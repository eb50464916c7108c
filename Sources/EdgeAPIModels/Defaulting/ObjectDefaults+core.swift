import EdgeJSON

extension ObjectDefaults {
  static func core(_ object: inout JSONObject, _ kind: String) {
    switch kind {
    case "Pod": object.change("spec") { pod(&$0) }
    case "Service": object.change("spec") { service(&$0) }
    case "Namespace": namespace(&object)
    case "Secret": object.fillText("type", "Opaque")
    case "Endpoints":
      object.changeEach("subsets") { $0.changeEach("ports") { $0.fillText("protocol", "TCP") } }
    case "PersistentVolume": volume(&object)
    case "PersistentVolumeClaim": claim(&object)
    case "ReplicationController":
      object.change("spec") { spec in
        spec.fill("replicas", 1)
        template(&spec)
      }
    default: break
    }
  }

  /// Every namespace carries its own name as a label, so that selectors can name it.
  private static func namespace(_ object: inout JSONObject) {
    object.change("metadata") { metadata in
      guard case .string(let name)? = metadata["name"], !name.isEmpty else { return }
      metadata.changeOrMake("labels") { $0.fill("kubernetes.io/metadata.name", .string(name)) }
    }
    object.changeOrMake("status") { $0.fillText("phase", "Active") }
  }

  private static func service(_ spec: inout JSONObject) {
    spec.fillText("type", "ClusterIP")
    spec.fillText("sessionAffinity", "None")
    if spec["sessionAffinity"] == "ClientIP" {
      spec.changeOrMake("sessionAffinityConfig") { settings in
        settings.changeOrMake("clientIP") { $0.fill("timeoutSeconds", 10_800) }
      }
    }
    let type = spec["type"]?.stringValue ?? ""
    if ["ClusterIP", "NodePort", "LoadBalancer"].contains(type) { spec.fillText("internalTrafficPolicy", "Cluster") }
    if ["NodePort", "LoadBalancer"].contains(type) { spec.fillText("externalTrafficPolicy", "Cluster") }
    if type == "LoadBalancer" { spec.fill("allocateLoadBalancerNodePorts", true) }
    spec.changeEach("ports") { port in
      port.fillText("protocol", "TCP")
      guard let number = port["port"] else { return }
      if port["targetPort"] == 0 || port["targetPort"] == "" { port["targetPort"] = number }
      port.fill("targetPort", number)
    }
  }

  private static func volume(_ object: inout JSONObject) {
    object.change("spec") { spec in
      spec.fillText("persistentVolumeReclaimPolicy", "Retain")
      spec.fillText("volumeMode", "Filesystem")
      spec.change("hostPath") { $0.fill("type", "") }
    }
    object.changeOrMake("status") { $0.fillText("phase", "Pending") }
  }

  static func claim(_ object: inout JSONObject) {
    object.change("spec") { $0.fillText("volumeMode", "Filesystem") }
    object.changeOrMake("status") { $0.fillText("phase", "Pending") }
  }
}
