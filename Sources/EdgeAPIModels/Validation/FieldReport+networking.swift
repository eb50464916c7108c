import EdgeJSON

/// Source: `pkg/apis/networking/validation` of Kubernetes.
extension FieldReport {
  mutating func ingress(_ root: Field) {
    let spec = root["spec"]
    require(spec)
    guard isObject(spec) else { return }
    let rules = items(spec["rules"])
    if rules.isEmpty, !spec["defaultBackend"].isPresent {
      add(
        .invalid(spec.path, spec["rules"].value ?? [], "either `defaultBackend` or `rules` must be specified"))
    }
    if spec["defaultBackend"].isPresent { backend(spec["defaultBackend"]) }
    if let text = string(spec["ingressClassName"]), !text.isEmpty { name(spec["ingressClassName"], .dnsSubdomain) }
    for rule in rules where isObject(rule) {
      if let text = string(rule["host"]), !text.isEmpty { host(rule["host"], text) }
      guard rule["http"].isPresent, isObject(rule["http"]) else { continue }
      for path in requiredItems(rule["http"]["paths"]) where isObject(path) { ingressPath(path) }
    }
    for entry in items(spec["tls"]) where isObject(entry) {
      for host in items(entry["hosts"]) {
        if let text = string(host) { self.host(host, text) }
      }
      if let text = string(entry["secretName"]), !text.isEmpty { name(entry["secretName"], .dnsSubdomain) }
    }
  }

  private mutating func host(_ field: Field, _ text: String) {
    if IPAddressText.isValid(text) {
      add(.invalid(field.path, .string(text), "must be a DNS name, not an IP address"))
      return
    }
    let rest = text.hasPrefix("*.") ? String(text.dropFirst(2)) : text
    for problem in NameRule.dnsSubdomain.problems(in: rest) { add(.invalid(field.path, .string(text), problem)) }
  }

  private mutating func ingressPath(_ path: Field) {
    let type = choiceOrMissing(path["pathType"])
    let text = string(path["path"]) ?? ""
    if type == "Exact" || type == "Prefix" {
      if !text.hasPrefix("/") { add(.invalid(path["path"].path, .string(text), "must be an absolute path")) }
      for part in ["//", "/./", "/../", "%2f", "%2F"] where text.contains(part) {
        add(.invalid(path["path"].path, .string(text), "must not contain '\(part)'"))
      }
      for end in ["/..", "/."] where text.hasSuffix(end) {
        add(.invalid(path["path"].path, .string(text), "cannot end with '\(end)'"))
      }
    } else if !text.isEmpty, !text.hasPrefix("/") {
      add(.invalid(path["path"].path, .string(text), "must be an absolute path"))
    }
    require(path["backend"])
    backend(path["backend"])
  }

  private mutating func choiceOrMissing(_ field: Field) -> String? {
    if !field.isPresent {
      add(.required(field.path, "pathType must be specified"))
      return nil
    }
    return choice(field, ["Exact", "ImplementationSpecific", "Prefix"])
  }

  private mutating func backend(_ backend: Field) {
    guard isObject(backend), backend.isPresent else { return }
    let service = backend["service"]
    if backend["resource"].isPresent {
      if service.isPresent {
        add(.invalid(backend.path, "", "cannot set both resource and service backends"))
      }
      _ = requiredString(backend["resource"]["kind"])
      _ = requiredString(backend["resource"]["name"])
      return
    }
    guard service.isPresent, isObject(service) else {
      if !service.isPresent { add(.required(backend.path, "resource or service backend is required")) }
      return
    }
    requiredName(service["name"], .dnsLabelStartingWithLetter)
    let port = service["port"]
    let hasName = port["name"].value?.stringValue?.isEmpty == false
    let hasNumber = port["number"].isPresent && port["number"].value != 0
    if hasName, hasNumber {
      add(.invalid(backend.path, "", "cannot set both port name & port number"))
    } else if hasName {
      name(port["name"], .portName)
    } else if hasNumber {
      _ = integer(port["number"], in: 1...65_535)
    } else {
      add(.required(backend.path, "port name or number is required"))
    }
  }

  mutating func networkPolicy(_ root: Field) {
    let spec = root["spec"]
    guard isObject(spec) else { return }
    labelSelector(spec["podSelector"])
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
      for rule in items(spec[direction]) where isObject(rule) {
        for port in items(rule["ports"]) where isObject(port) { policyPort(port) }
        for peer in items(rule[peers]) where isObject(peer) { policyPeer(peer) }
      }
    }
    let types = items(spec["policyTypes"])
    if types.count > 2 {
      add(
        .invalid(
          spec["policyTypes"].path, spec["policyTypes"].value ?? .null, "may not specify more than two policyTypes"))
    } else {
      for type in types { choice(type, ["Egress", "Ingress"]) }
    }
  }

  private mutating func policyPort(_ port: Field) {
    choice(port["protocol"], ["SCTP", "TCP", "UDP"])
    self.port(port["port"])
    guard let end = integer(port["endPort"], in: 1...65_535) else { return }
    switch port["port"].value {
    case .integer(let start):
      if end < start {
        add(.invalid(port["endPort"].path, .integer(end), "must be greater than or equal to `port`"))
      }
    case nil:
      add(.invalid(port["endPort"].path, .integer(end), "may not be specified when `port` is not specified"))
    default:
      add(.invalid(port["endPort"].path, .integer(end), "may not be specified when `port` is non-numeric"))
    }
  }

  private mutating func policyPeer(_ peer: Field) {
    let present = ["podSelector", "namespaceSelector", "ipBlock"].filter { peer[$0].isPresent }
    if present.isEmpty { add(.required(peer.path, "must specify a peer")) }
    if present.count > 1, present.contains("ipBlock") {
      add(.forbidden(peer.path, "may not specify both ipBlock and another peer"))
    }
    labelSelector(peer["podSelector"])
    labelSelector(peer["namespaceSelector"])
    guard peer["ipBlock"].isPresent, isObject(peer["ipBlock"]) else { return }
    if requiredString(peer["ipBlock"]["cidr"]) != nil { prefix(peer["ipBlock"]["cidr"]) }
    for hole in items(peer["ipBlock"]["except"]) { prefix(hole) }
  }

  mutating func priorityClass(_ root: Field) {
    let name = root["metadata"]["name"].value?.stringValue ?? ""
    let isSystem = ["system-node-critical", "system-cluster-critical"].contains(name)
    if name.hasPrefix("system-"), !isSystem {
      add(
        .forbidden(
          root["metadata"]["name"].path,
          "priority class names with 'system-' prefix are reserved for system use only"))
    }
    if let value = integer(root["value"]), !isSystem, value > 1_000_000_000 {
      add(
        .forbidden(root["value"].path, "maximum allowed value of a user defined priority is 1000000000"))
    }
    choice(root["preemptionPolicy"], ["Never", "PreemptLowerPriority"])
    _ = bool(root["globalDefault"])
  }

  mutating func runtimeClass(_ root: Field) {
    requiredName(root["handler"], .dnsLabel)
    quantities(root["overhead"]["podFixed"])
    labels(root["scheduling"]["nodeSelector"])
    tolerations(root["scheduling"]["tolerations"])
  }
}
