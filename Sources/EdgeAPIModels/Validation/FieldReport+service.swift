import EdgeJSON

extension FieldReport {
  mutating func service(_ root: Field) {
    let spec = root["spec"]
    require(spec)
    guard isObject(spec) else { return }
    let type = choice(spec["type"], ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]) ?? "ClusterIP"
    labels(spec["selector"])
    sessionAffinity(spec)
    choice(spec["internalTrafficPolicy"], ["Cluster", "Local"])
    externalTraffic(spec, type: type)
    choice(spec["trafficDistribution"], ["PreferClose", "PreferSameNode", "PreferSameZone"])
    let clusterIP = clusterAddresses(spec, type: type)
    if type == "ExternalName" { externalName(spec) }
    loadBalancer(spec, type: type)
    families(spec, type: type)
    for address in items(spec["externalIPs"]) { self.address(address) }
    let mayLackPorts = clusterIP == "None" || type == "ExternalName"
    servicePorts(mayLackPorts ? items(spec["ports"]) : requiredItems(spec["ports"]), type: type)
  }

  private mutating func sessionAffinity(_ spec: Field) {
    let affinity = choice(spec["sessionAffinity"], ["ClientIP", "None"])
    let settings = spec["sessionAffinityConfig"]
    if affinity == "ClientIP" {
      if let seconds = integer(settings["clientIP"]["timeoutSeconds"]), !(1...86_400).contains(seconds) {
        add(
          .invalid(
            settings["clientIP"]["timeoutSeconds"].path, .integer(seconds), "must be greater than 0 and less than 86400"
          ))
      }
    } else if affinity == "None", settings.isPresent {
      add(.forbidden(settings.path, "must not be set when session affinity is None"))
    }
  }

  private mutating func externalTraffic(_ spec: Field, type: String) {
    let policy = choice(spec["externalTrafficPolicy"], ["Cluster", "Local"])
    let isExternal =
      ["LoadBalancer", "NodePort"].contains(type) || spec["externalIPs"].value?.arrayValue?.isEmpty == false
    if let policy, !isExternal {
      add(
        .invalid(
          spec["externalTrafficPolicy"].path, .string(policy), "may only be set for externally-accessible services"))
    }
    _ = integer(spec["healthCheckNodePort"], in: 0...65_535)
  }

  /// Returns the first address.
  private mutating func clusterAddresses(_ spec: Field, type: String) -> String {
    let clusterIP = string(spec["clusterIP"]) ?? ""
    let all = items(spec["clusterIPs"])
    if type == "ExternalName" {
      if !all.isEmpty || !clusterIP.isEmpty {
        add(.forbidden(spec["clusterIPs"].path, "may not be set for ExternalName services"))
      }
      return clusterIP
    }
    if !["", "None"].contains(clusterIP), !IPAddressText.isValid(clusterIP) {
      add(.invalid(spec["clusterIP"].path, .string(clusterIP), IPAddressText.problem))
    }
    if clusterIP == "None", ["LoadBalancer", "NodePort"].contains(type) {
      add(
        .invalid(
          spec["clusterIPs"].path.index(0), .string(clusterIP), "may not be set to 'None' for \(type) services"))
    }
    if let first = all.first, first.value?.stringValue != clusterIP {
      add(
        .invalid(spec["clusterIPs"].path, spec["clusterIPs"].value ?? .null, "first value must match `clusterIP`"))
    }
    if all.count > 2 {
      add(
        .invalid(spec["clusterIPs"].path, spec["clusterIPs"].value ?? .null, "may only hold up to 2 values"))
    }
    for item in all where item.value != "None" { address(item) }
    return clusterIP
  }

  private mutating func externalName(_ spec: Field) {
    guard var name = requiredString(spec["externalName"]) else { return }
    // A fully qualified name may end in a dot.
    if name.hasSuffix(".") { name.removeLast() }
    for problem in NameRule.dnsSubdomain.problems(in: name) {
      add(.invalid(spec["externalName"].path, .string(name), problem))
    }
  }

  private mutating func loadBalancer(_ spec: Field, type: String) {
    if let text = string(spec["loadBalancerClass"]), !text.isEmpty { name(spec["loadBalancerClass"], .qualifiedName) }
    if type != "LoadBalancer" {
      for member in ["allocateLoadBalancerNodePorts", "loadBalancerClass"] where spec[member].isPresent {
        add(.forbidden(spec[member].path, "may only be used when `type` is 'LoadBalancer'"))
      }
      if !items(spec["loadBalancerSourceRanges"]).isEmpty {
        add(
          .forbidden(spec["loadBalancerSourceRanges"].path, "may only be used when `type` is 'LoadBalancer'"))
      }
    }
    for range in items(spec["loadBalancerSourceRanges"]) { prefix(range) }
  }

  private mutating func families(_ spec: Field, type: String) {
    let families = items(spec["ipFamilies"])
    if type == "ExternalName" {
      for member in ["ipFamilies", "ipFamilyPolicy"] where spec[member].isPresent {
        add(.forbidden(spec[member].path, "may not be set for ExternalName services"))
      }
      return
    }
    choice(spec["ipFamilyPolicy"], ["PreferDualStack", "RequireDualStack", "SingleStack"])
    var seen: Set<String> = []
    for family in families { unique(choice(family, ["IPv4", "IPv6"]), in: &seen, at: family.path) }
    if families.count > 2 {
      add(
        .invalid(spec["ipFamilies"].path, spec["ipFamilies"].value ?? .null, "may only hold up to 2 values"))
    }
  }

  private mutating func servicePorts(_ ports: [Field], type: String) {
    var names: Set<String> = []
    var numbers: Set<String> = []
    var nodePorts: Set<String> = []
    for port in ports where isObject(port) {
      let portName = string(port["name"]) ?? ""
      if portName.isEmpty {
        if ports.count > 1 { add(.required(port["name"].path)) }
      } else {
        unique(name(port["name"], .dnsLabel), in: &names, at: port["name"].path)
      }
      require(port["port"])
      let number = integer(port["port"], in: 1...65_535)
      let transport = choice(port["protocol"], ["SCTP", "TCP", "UDP"]) ?? "TCP"
      if let number, !numbers.insert("\(transport)/\(number)").inserted {
        add(.duplicate(port.path, ["port": .integer(number), "protocol": .string(transport)]))
      }
      if let node = integer(port["nodePort"], in: 0...65_535), node != 0 {
        if !["LoadBalancer", "NodePort"].contains(type) {
          add(.forbidden(port["nodePort"].path, "may not be used when `type` is '\(type)'"))
        } else if !nodePorts.insert("\(transport)/\(node)").inserted {
          add(.duplicate(port["nodePort"].path, .integer(node)))
        }
      }
      self.port(port["targetPort"])
      if port["appProtocol"].isPresent { name(port["appProtocol"], .qualifiedName) }
    }
  }
}
