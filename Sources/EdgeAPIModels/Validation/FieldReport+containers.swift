import EdgeJSON

/// What the containers of one pod have in common.
struct ContainerContext {
  let volumes: Set<String>
  let sharesNetwork: Bool
  var isInit = false
  var names: Set<String> = []
  var hostPorts: Set<String> = []

  init(volumes: Set<String>, sharesNetwork: Bool) {
    self.volumes = volumes
    self.sharesNetwork = sharesNetwork
  }
}

extension FieldReport {
  mutating func container(_ container: Field, _ context: inout ContainerContext) {
    guard isObject(container) else { return }
    unique(requiredName(container["name"], .dnsLabel), in: &context.names, at: container["name"].path)
    if let image = requiredString(container["image"]),
      image.first?.isWhitespace == true || image.last?.isWhitespace == true
    {
      add(.invalid(container["image"].path, .string(image), "must not have leading or trailing whitespace"))
    }
    choice(container["imagePullPolicy"], ["Always", "IfNotPresent", "Never"])
    choice(container["terminationMessagePolicy"], ["FallbackToLogsOnError", "File"])
    strings(container["command"])
    strings(container["args"])
    _ = string(container["workingDir"])
    environment(container)
    ports(container["ports"], &context)
    mounts(container["volumeMounts"], volumes: context.volumes)
    resources(container["resources"])
    securityContext(container["securityContext"], isPod: false)
    lifecycle(container, context)
  }

  private mutating func lifecycle(_ container: Field, _ context: ContainerContext) {
    let isSidecar = context.isInit && string(container["restartPolicy"]) == "Always"
    if context.isInit {
      if container["restartPolicy"].isPresent { choice(container["restartPolicy"], ["Always"]) }
    } else if container["restartPolicy"].isPresent {
      add(.forbidden(container["restartPolicy"].path, "may not be set for non-init containers"))
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe", "lifecycle"] where container[name].isPresent {
      if context.isInit, !isSidecar {
        add(.forbidden(container[name].path, "may not be set for init containers without restartPolicy=Always"))
      } else if name == "lifecycle" {
        for hook in ["postStart", "preStop"] where container[name][hook].isPresent {
          handler(container[name][hook], ["exec", "httpGet", "tcpSocket", "sleep"])
        }
      } else {
        probe(container[name], kind: name)
      }
    }
  }

  private mutating func ports(_ ports: Field, _ context: inout ContainerContext) {
    var names: Set<String> = []
    for port in items(ports) where isObject(port) {
      if let portName = string(port["name"]), !portName.isEmpty {
        unique(name(port["name"], .portName), in: &names, at: port["name"].path)
      }
      if !port["containerPort"].isPresent || port["containerPort"].value == 0 {
        add(.required(port["containerPort"].path))
      }
      let number = port["containerPort"].value == 0 ? nil : integer(port["containerPort"], in: 1...65_535)
      let host = integer(port["hostPort"], in: 0...65_535) ?? 0
      let transport = choice(port["protocol"], ["SCTP", "TCP", "UDP"]) ?? "TCP"
      guard host != 0 else { continue }
      let place = "\(transport)/\(string(port["hostIP"]) ?? "")/\(host)"
      if !context.isInit, !context.hostPorts.insert(place).inserted {
        add(.duplicate(port["hostPort"].path, .string(place)))
      }
      if context.sharesNetwork, let number, host != number {
        add(
          .invalid(port["containerPort"].path, .integer(number), "must match `hostPort` when `hostNetwork` is true"))
      }
    }
  }

  private mutating func mounts(_ mounts: Field, volumes: Set<String>) {
    var paths: Set<String> = []
    for mount in items(mounts) where isObject(mount) {
      if let volume = requiredString(mount["name"]), !volumes.contains(volume) {
        add(.notFound(mount["name"].path, .string(volume)))
      }
      if let path = requiredString(mount["mountPath"]), !paths.insert(path).inserted {
        add(.invalid(mount["mountPath"].path, .string(path), "must be unique"))
      }
      relativePath(mount["subPath"])
      relativePath(mount["subPathExpr"])
      if mount["subPath"].value?.stringValue?.isEmpty == false,
        let expression = mount["subPathExpr"].value?.stringValue, !expression.isEmpty
      {
        add(.invalid(mount["subPathExpr"].path, .string(expression), "subPathExpr and subPath are mutually exclusive"))
      }
      choice(mount["mountPropagation"], ["Bidirectional", "HostToContainer", "None"])
      _ = bool(mount["readOnly"])
    }
  }

  private mutating func resources(_ resources: Field) {
    guard isObject(resources) else { return }
    var limits: [String: Quantity] = [:]
    for (name, value) in members(resources["limits"]) ?? JSONObject() {
      let field = Field(path: resources["limits"].path.key(name), value: value)
      resourceName(name, field)
      limits[name] = amount(name, field)
    }
    for (name, value) in members(resources["requests"]) ?? JSONObject() {
      let field = Field(path: resources["requests"].path.key(name), value: value)
      resourceName(name, field)
      guard let request = amount(name, field) else { continue }
      // Devices and huge pages cannot be promised twice.
      let isShared = !name.contains("/") && !name.hasPrefix("hugepages-")
      guard let limit = limits[name] else {
        if !isShared {
          add(.required(resources["limits"].path, "Limit must be set for non overcommitable resources"))
        }
        continue
      }
      // Kubernetes names the member here, not the resource.
      if !isShared, request != limit {
        add(
          .invalid(
            resources["requests"].path, .string(request.description), "must be equal to \(name) limit of \(limit)"))
      } else if request > limit {
        add(
          .invalid(
            resources["requests"].path, .string(request.description),
            "must be less than or equal to \(name) limit of \(limit)"))
      }
    }
  }

  /// Devices are whole.
  private mutating func amount(_ name: String, _ field: Field) -> Quantity? {
    let amount = quantity(field)
    if name.contains("/"), let amount, amount != Quantity(amount.value) {
      add(.invalid(field.path, .string(amount.description), "must be an integer"))
    }
    return amount
  }

  private mutating func resourceName(_ name: String, _ field: Field) {
    for problem in NameRule.qualifiedName.problems(in: name) { add(.invalid(field.path, .string(name), problem)) }
    let standard = ["cpu", "memory", "ephemeral-storage"]
    if !name.contains("/"), !standard.contains(name), !name.hasPrefix("hugepages-"),
      NameRule.qualifiedName.accepts(name)
    {
      add(.invalid(field.path, .string(name), "must be a standard resource for containers"))
    }
  }

  mutating func securityContext(_ context: Field, isPod: Bool) {
    guard isObject(context) else { return }
    let ids = isPod ? ["runAsUser", "runAsGroup", "fsGroup"] : ["runAsUser", "runAsGroup"]
    for id in ids { _ = integer(context[id], in: Self.int32) }
    for group in items(context["supplementalGroups"]) { _ = integer(group, in: Self.int32) }
    if isPod { choice(context["fsGroupChangePolicy"], ["Always", "OnRootMismatch"]) }
    for flag in ["runAsNonRoot", "readOnlyRootFilesystem", "privileged", "allowPrivilegeEscalation"] {
      _ = bool(context[flag])
    }
    if let profile = choice(context["seccompProfile"]["type"], ["Localhost", "RuntimeDefault", "Unconfined"]),
      profile == "Localhost"
    {
      _ = requiredString(
        context["seccompProfile"]["localhostProfile"], "must be set when seccomp type is Localhost")
    }
    guard context["allowPrivilegeEscalation"].value == false else { return }
    if context["privileged"].value == true {
      add(
        .invalid(
          context.path, context.value ?? .null,
          "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"))
    }
    if items(context["capabilities"]["add"]).contains(where: { $0.value == "CAP_SYS_ADMIN" }) {
      add(
        .invalid(
          context.path, context.value ?? .null,
          "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"))
    }
  }
}
