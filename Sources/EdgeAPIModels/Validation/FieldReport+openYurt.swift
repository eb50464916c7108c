import EdgeJSON

/// Source: the CRDs and webhooks of OpenYurt.
extension FieldReport {
  mutating func nodePool(_ root: Field, version: String) {
    let spec = root["spec"]
    guard isObject(spec) else { return }
    let type = choice(spec["type"], ["Edge", "Cloud"])
    labels(spec["labels"])
    annotations(spec["annotations"])
    taints(spec["taints"])
    if version == "v1alpha1" { labelSelector(spec["selector"]) }
    if bool(spec["hostNetwork"]) == true, type == "Cloud" {
      add(.forbidden(spec["hostNetwork"].path, "a pool of type Cloud cannot use the host network"))
    }
    for flag in ["interConnectivity", "enableLeaderElection"] { _ = bool(spec[flag]) }
    choice(spec["leaderElectionStrategy"], ["mark", "random"])
    _ = integer(spec["leaderReplicas"], in: 1...Int64(Int32.max))
    labels(spec["leaderNodeLabelSelector"])
    for resource in items(spec["poolScopeMetadata"]) where isObject(resource) {
      // The core group is empty.
      if !resource["group"].isPresent { add(.required(resource["group"].path)) }
      _ = requiredString(resource["version"])
      _ = requiredString(resource["resource"])
    }
  }

  mutating func yurtAppSet(_ root: Field) {
    let spec = root["spec"]
    require(spec)
    guard isObject(spec), spec.isPresent else { return }
    count(spec["revisionHistoryLimit"])
    labelSelector(spec["nodepoolSelector"])
    pools(spec["pools"])
    require(spec["workload"])
    guard spec["workload"].isPresent else { return }
    workloadTemplates(spec["workload"]["workloadTemplate"])
    for tweak in items(spec["workload"]["workloadTweaks"]) where isObject(tweak) {
      labelSelector(tweak["nodepoolSelector"])
      pools(tweak["pools"])
      require(tweak["tweaks"])
      tweaks(tweak["tweaks"])
    }
  }

  private mutating func pools(_ field: Field) {
    var names: Set<String> = []
    for pool in items(field) { unique(name(pool, .dnsSubdomain), in: &names, at: pool.path) }
  }

  private mutating func tweaks(_ tweaks: Field) {
    guard isObject(tweaks), tweaks.isPresent else { return }
    count(tweaks["replicas"])
    for image in items(tweaks["containerImages"]) where isObject(image) {
      _ = requiredString(image["name"])
      _ = requiredString(image["targetImage"])
    }
    patches(tweaks["patches"])
  }

  private mutating func patches(_ field: Field) {
    for patch in items(field) where isObject(patch) {
      _ = requiredString(patch["path"])
      let operation = choice(patch["operation"], ["add", "remove", "replace"], isRequired: true)
      if operation == "add" || operation == "replace", patch.value?["value"] == nil {
        add(.required(patch["value"].path))
      }
    }
  }

  /// Exactly one workload, a deployment or a stateful set.
  private mutating func workloadTemplates(_ templates: Field) {
    let kinds = [("deploymentTemplate", "Deployment"), ("statefulSetTemplate", "StatefulSet")]
    let present = kinds.filter { templates[$0.0].isPresent }
    if present.count != 1 {
      let detail =
        present.isEmpty ? "no workload template is configured" : "only one workload template should be configured"
      add(.invalid(templates.path, templates.value ?? [:], detail))
    }
    for (member, kind) in present where isObject(templates[member]) {
      require(templates[member]["spec"])
      workloadSpec(templates[member]["spec"], kind: kind)
    }
  }

  /// United deployments, and YurtAppSets before v1beta1.
  mutating func unitedDeployment(_ root: Field) {
    let spec = root["spec"]
    require(spec)
    guard isObject(spec), spec.isPresent else { return }
    require(spec["selector"])
    labelSelector(spec["selector"])
    count(spec["revisionHistoryLimit"])
    workloadTemplates(spec["workloadTemplate"])
    var names: Set<String> = []
    for pool in items(spec["topology"]["pools"]) where isObject(pool) {
      unique(requiredName(pool["name"], .dnsSubdomain), in: &names, at: pool["name"].path)
      count(pool["replicas"])
      tolerations(pool["tolerations"])
      if pool["nodeSelectorTerm"].isPresent { nodeTerm(pool["nodeSelectorTerm"]) }
    }
  }

  mutating func yurtAppOverrider(_ root: Field) {
    require(root["subject"])
    if root["subject"].isPresent, isObject(root["subject"]) {
      _ = requiredString(root["subject"]["name"])
      choice(root["subject"]["kind"], ["YurtAppSet", "YurtAppDaemon"], isRequired: true)
    }
    require(root["entries"])
    for entry in items(root["entries"]) where isObject(entry) {
      for pool in requiredItems(entry["pools"]) { _ = requiredString(pool) }
      for item in items(entry["items"]) where isObject(item) {
        count(item["replicas"])
        guard item["image"].isPresent, isObject(item["image"]) else { continue }
        _ = requiredString(item["image"]["containerName"])
        _ = requiredString(item["image"]["imageClaim"])
      }
      patches(entry["patches"])
    }
  }

  mutating func poolService(_ root: Field) {
    guard isObject(root["spec"]) else { return }
    if let text = string(root["spec"]["loadBalancerClass"]), !text.isEmpty {
      name(root["spec"]["loadBalancerClass"], .qualifiedName)
    }
  }

  mutating func gateway(_ root: Field, version: String) {
    let spec = root["spec"]
    guard isObject(spec) else { return }
    labelSelector(spec["nodeSelector"])
    let exposure = string(spec["exposeType"]) ?? ""
    let isExposed = !exposure.isEmpty
    if isExposed { choice(spec["exposeType"], ["LoadBalancer", "PublicIP"]) }
    let endpoints = items(spec["endpoints"])
    if version != "v1alpha1" { gatewayReplicas(spec, endpoints) }
    let first = endpoints.first?["underNAT"].value?.boolValue ?? false
    for endpoint in endpoints where isObject(endpoint) {
      _ = requiredString(endpoint["nodeName"], "the 'nodeName' field must not be empty")
      let isUnderNAT = bool(endpoint["underNAT"]) ?? false
      if isExposed, isUnderNAT {
        add(.invalid(endpoint["underNAT"].path, true, "the 'underNAT' field for an exposed gateway must be false"))
      }
      if isUnderNAT != first {
        add(
          .invalid(
            endpoint["underNAT"].path, .bool(isUnderNAT), "the 'underNAT' field in endpoints must be the same"))
      }
      if let address = string(endpoint["publicIP"]), !address.isEmpty { self.address(endpoint["publicIP"]) }
      if version != "v1alpha1" { choice(endpoint["type"], ["tunnel", "proxy"], isRequired: true) }
      for port in ["port", "publicPort"] { _ = integer(endpoint[port], in: 0...65_535) }
    }
  }

  private mutating func gatewayReplicas(_ spec: Field, _ endpoints: [Field]) {
    let tunnels = spec["tunnelConfig"]["Replicas"]
    if let count = integer(tunnels), count > 1 {
      add(.invalid(tunnels.path, .integer(count), "the 'Replicas' field can not be greater than 1"))
    }
    let proxies = spec["proxyConfig"]["Replicas"]
    let available = endpoints.count { $0["type"].value == "proxy" }
    if let count = integer(proxies), count > 1, count > available {
      add(
        .invalid(
          spec["endpoints"].path, .integer(count),
          "the 'endpoints' field has \(available) proxy endpoints, less than 'proxyConfig.Replicas' \(count)"))
    }
  }
}
