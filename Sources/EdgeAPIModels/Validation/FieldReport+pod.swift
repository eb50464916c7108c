import EdgeJSON

extension FieldReport {
  mutating func pod(_ root: Field) {
    require(root["spec"])
    podSpec(root["spec"], restartPolicies: ["Always", "OnFailure", "Never"])
  }

  /// Source: `pkg/apis/core/validation` of Kubernetes, the rules for what this package runs.
  mutating func podSpec(_ spec: Field, restartPolicies: [String]) {
    guard isObject(spec) else { return }
    var volumes: Set<String> = []
    for volume in items(spec["volumes"]) where isObject(volume) {
      unique(requiredName(volume["name"], .dnsLabel), in: &volumes, at: volume["name"].path)
    }
    var names: Set<String> = []
    for container in requiredItems(spec["containers"]) + items(spec["initContainers"]) {
      self.container(container, names: &names, volumes: volumes)
    }
    choice(spec["restartPolicy"], restartPolicies)
    _ = integer(spec["terminationGracePeriodSeconds"], in: 0...(.max))
    _ = integer(spec["activeDeadlineSeconds"], in: 1...(.max))
    labels(spec["nodeSelector"])
    if let node = string(spec["nodeName"]), !node.isEmpty { name(spec["nodeName"], .dnsSubdomain) }
    _ = bool(spec["hostNetwork"])
    tolerations(spec["tolerations"])
  }

  private mutating func container(_ container: Field, names: inout Set<String>, volumes: Set<String>) {
    guard isObject(container) else { return }
    unique(requiredName(container["name"], .dnsLabel), in: &names, at: container["name"].path)
    _ = requiredString(container["image"])
    choice(container["imagePullPolicy"], ["Always", "IfNotPresent", "Never"])
    strings(container["command"])
    strings(container["args"])
    _ = string(container["workingDir"])
    for variable in items(container["env"]) where isObject(variable) {
      requiredName(variable["name"], .environmentVariable)
      _ = string(variable["value"])
      if let value = string(variable["value"]), !value.isEmpty, isObject(variable["valueFrom"]) {
        add(.invalid(variable["valueFrom"].path, "", "may not be specified when `value` is not empty"))
      }
    }
    var portNames: Set<String> = []
    for port in items(container["ports"]) where isObject(port) {
      require(port["containerPort"])
      _ = integer(port["containerPort"], in: 1...65_535)
      _ = integer(port["hostPort"], in: 0...65_535)
      choice(port["protocol"], ["SCTP", "TCP", "UDP"])
      if let portName = string(port["name"]), !portName.isEmpty {
        unique(name(port["name"], .portName), in: &portNames, at: port["name"].path)
      }
    }
    for mount in items(container["volumeMounts"]) where isObject(mount) {
      if let volume = requiredString(mount["name"]), !volumes.contains(volume) {
        add(.notFound(mount["name"].path, .string(volume)))
      }
      _ = requiredString(mount["mountPath"])
    }
    for requirement in ["limits", "requests"] { _ = members(container["resources"][requirement]) }
  }

  private mutating func tolerations(_ tolerations: Field) {
    for toleration in items(tolerations) where isObject(toleration) {
      let key = string(toleration["key"]) ?? ""
      if !key.isEmpty { name(toleration["key"], .qualifiedName) }
      let exists = choice(toleration["operator"], ["Equal", "Exists"]) == "Exists"
      if key.isEmpty, !exists {
        add(
          .invalid(
            toleration["operator"].path, "",
            "operator must be Exists when `key` is empty, which means \"match all values and all keys\""))
      }
      if exists, let value = string(toleration["value"]), !value.isEmpty {
        add(.invalid(toleration["operator"].path, .string(value), "value must be empty when `operator` is 'Exists'"))
      }
      if string(toleration["effect"]) != "" {
        choice(toleration["effect"], ["NoSchedule", "PreferNoSchedule", "NoExecute"])
      }
    }
  }

  /// Deployments, replica sets and daemon sets: a selector, and a template that it selects.
  mutating func workload(_ root: Field, kind: String) {
    let spec = root["spec"]
    require(spec)
    guard isObject(spec) else { return }
    if kind != "DaemonSet" { _ = integer(spec["replicas"], in: 0...(Int64(Int32.max))) }
    for count in ["minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"] {
      _ = integer(spec[count], in: 0...(Int64(Int32.max)))
    }
    choice(
      spec["strategy"]["type"], ["Recreate", "RollingUpdate"])
    let template = spec["template"]
    require(template)
    labels(template["metadata"]["labels"])
    annotations(template["metadata"]["annotations"])
    selector(spec["selector"], templateLabels: template["metadata"]["labels"], kind: kind.lowercased())
    require(template["spec"])
    podSpec(template["spec"], restartPolicies: ["Always"])
  }

  private mutating func selector(_ selector: Field, templateLabels: Field, kind: String) {
    require(selector)
    guard let value = selector.value, isObject(selector) else { return }
    do {
      let parsed = try LabelSelector(object: value)
      if parsed.isEmpty {
        add(.invalid(selector.path, value, "empty selector is invalid for \(kind)"))
      } else if let labels = templateLabels.value?.objectValue ?? (templateLabels.isPresent ? nil : JSONObject()) {
        let strings = ObjectMeta(content: ["labels": .object(labels)]).labels
        if !parsed.matches(strings) {
          add(.invalid(templateLabels.path, .object(labels), "`selector` does not match template `labels`"))
        }
      }
    } catch {
      add(.invalid(selector.path, value, error.message))
    }
  }
}
