import EdgeJSON

/// Source: `pkg/apis/core/validation` of Kubernetes.
extension FieldReport {
  mutating func pod(_ root: Field) {
    require(root["spec"])
    podSpec(root["spec"], restartPolicies: ["Always", "OnFailure", "Never"])
  }

  mutating func podSpec(_ spec: Field, restartPolicies: [String]) {
    guard isObject(spec) else { return }
    let volumes = self.volumes(spec["volumes"])
    var context = ContainerContext(volumes: volumes, sharesNetwork: bool(spec["hostNetwork"]) ?? false)
    for container in requiredItems(spec["containers"]) { self.container(container, &context) }
    context.isInit = true
    for container in items(spec["initContainers"]) { self.container(container, &context) }
    choice(spec["restartPolicy"], restartPolicies)
    _ = integer(spec["terminationGracePeriodSeconds"], in: 0...(.max))
    _ = integer(spec["activeDeadlineSeconds"], in: 1...Int64(Int32.max))
    network(spec)
    for flag in ["hostPID", "hostIPC", "shareProcessNamespace", "enableServiceLinks", "automountServiceAccountToken"] {
      _ = bool(spec[flag])
    }
    if bool(spec["shareProcessNamespace"]) == true, bool(spec["hostPID"]) == true {
      add(
        .invalid(
          spec["shareProcessNamespace"].path, true, "ShareProcessNamespace and HostPID cannot both be enabled"))
    }
    names(spec)
    securityContext(spec["securityContext"], isPod: true)
    scheduling(spec)
    quantities(spec["overhead"])
    for secret in items(spec["imagePullSecrets"]) { _ = members(secret) }
  }

  private mutating func names(_ spec: Field) {
    for member in ["nodeName", "serviceAccountName", "priorityClassName", "runtimeClassName"] {
      if let text = string(spec[member]), !text.isEmpty { name(spec[member], .dnsSubdomain) }
    }
    for member in ["hostname", "subdomain"] {
      if let text = string(spec[member]), !text.isEmpty { name(spec[member], .dnsLabel) }
    }
  }

  private mutating func network(_ spec: Field) {
    let policy = choice(spec["dnsPolicy"], ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"])
    let servers = items(spec["dnsConfig"]["nameservers"])
    for server in servers { address(server) }
    if servers.count > 3 {
      add(
        .invalid(
          spec["dnsConfig"]["nameservers"].path, spec["dnsConfig"]["nameservers"].value ?? .null,
          "must not have more than 3 nameservers"))
    }
    if policy == "None" {
      let settings = spec["dnsConfig"]
      if !settings.isPresent {
        add(.required(settings.path, "must provide `dnsConfig` when `dnsPolicy` is None"))
      } else if servers.isEmpty {
        add(
          .required(
            settings["nameservers"].path, "must provide at least one DNS nameserver when `dnsPolicy` is None"))
      }
    }
    strings(spec["dnsConfig"]["searches"])
    for alias in items(spec["hostAliases"]) where isObject(alias) {
      require(alias["ip"])
      address(alias["ip"])
      for host in items(alias["hostnames"]) { name(host, .dnsSubdomain) }
    }
  }

  /// Amounts by the names of resources, as `capacity` and `overhead` have them.
  mutating func quantities(_ field: Field) {
    for (name, value) in members(field) ?? JSONObject() {
      for problem in NameRule.qualifiedName.problems(in: name) {
        add(.invalid(field.path.key(name), .string(name), problem))
      }
      quantity(Field(path: field.path.key(name), value: value))
    }
  }
}
