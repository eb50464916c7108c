import EdgeJSON

/// Source: the webhooks of OpenYurt and of KubeEdge's admission server.
extension ObjectDefaults {
  static func openYurt(_ object: inout JSONObject, _ gvk: GroupVersionKind) {
    switch gvk.kind {
    case "NodePool": nodePool(&object, version: gvk.version)
    case "YurtAppSet", "UnitedDeployment":
      object.change("spec") { spec in
        spec.fill("revisionHistoryLimit", 10)
        // Before v1beta1 the templates were completed at once; since then it is done when a workload is made.
        guard gvk.version == "v1alpha1" else { return }
        spec.change("workloadTemplate") { templates in
          for kind in ["deploymentTemplate", "statefulSetTemplate"] {
            templates.change(kind) { $0.change("spec") { template(&$0) } }
          }
        }
      }
    default: break
    }
  }

  private static func nodePool(_ object: inout JSONObject, version: String) {
    object.changeOrMake("spec") { spec in
      spec.fillText("type", "Edge")
      guard version == "v1beta2" else { return }
      spec.fillText("leaderElectionStrategy", "random")
      if spec["leaderReplicas"] == 0 { spec["leaderReplicas"] = 1 }
      spec.fill("leaderReplicas", 1)
      poolScope(&spec)
    }
    guard let type = object[path: ["spec", "type"]]?.stringValue else { return }
    object.change("metadata") { metadata in
      metadata.changeOrMake("labels") { $0.fill("nodepool.openyurt.io/type", .string(type.lowercased())) }
    }
  }

  /// What the leaders of a pool read for all its nodes; services and slices are always among it.
  private static func poolScope(_ spec: inout JSONObject) {
    spec.fill("poolScopeMetadata", [])
    guard case .array(var resources)? = spec["poolScopeMetadata"] else { return }
    for (group, resource) in [("", "services"), ("discovery.k8s.io", "endpointslices")] {
      let entry: JSONValue = ["group": .string(group), "version": "v1", "resource": .string(resource)]
      if !resources.contains(entry) { resources.append(entry) }
    }
    spec["poolScopeMetadata"] = .array(resources)
  }

  static func operation(_ object: inout JSONObject, _ kind: String) {
    guard kind == "NodeUpgradeJob" else { return }
    object.change("spec") { spec in
      if spec["concurrency"] == 0 { spec["concurrency"] = 1 }
      spec.fill("concurrency", 1)
      spec.fill("timeoutSeconds", 300)
    }
  }
}
