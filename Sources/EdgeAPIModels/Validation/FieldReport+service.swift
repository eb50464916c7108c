import EdgeJSON

extension FieldReport {
  mutating func service(_ root: Field) {
    let spec = root["spec"]
    require(spec)
    guard isObject(spec) else { return }
    let type = choice(spec["type"], ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]) ?? "ClusterIP"
    labels(spec["selector"])
    choice(spec["sessionAffinity"], ["ClientIP", "None"])
    choice(spec["internalTrafficPolicy"], ["Cluster", "Local"])
    choice(spec["externalTrafficPolicy"], ["Cluster", "Local"])
    let clusterIP = string(spec["clusterIP"]) ?? ""
    if !["", "None"].contains(clusterIP), !IPAddressText.isValid(clusterIP) {
      add(.invalid(spec["clusterIP"].path, .string(clusterIP), IPAddressText.problem))
    }
    if type == "ExternalName" { requiredName(spec["externalName"], .dnsSubdomain) }
    let mayLackPorts = clusterIP == "None" || type == "ExternalName"
    servicePorts(mayLackPorts ? items(spec["ports"]) : requiredItems(spec["ports"]))
  }

  private mutating func servicePorts(_ ports: [Field]) {
    var names: Set<String> = []
    var numbers: Set<String> = []
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
      _ = integer(port["nodePort"], in: 0...65_535)
      targetPort(port["targetPort"])
    }
  }

  private mutating func targetPort(_ field: Field) {
    switch field.value {
    case nil: break
    case .integer: _ = integer(field, in: 1...65_535)
    case .string: name(field, .portName)
    case .some(let value): add(.typeInvalid(field.path, value, expected: "integer or string"))
    }
  }

  mutating func endpointSlice(_ root: Field) {
    let family = choice(root["addressType"], ["IPv4", "IPv6", "FQDN"], isRequired: true)
    let endpoints = items(root["endpoints"])
    if endpoints.count > 1000 { add(.tooMany(root["endpoints"].path, count: endpoints.count, maximum: 1000)) }
    for endpoint in endpoints where isObject(endpoint) {
      let addresses = requiredItems(endpoint["addresses"], "must contain at least 1 address")
      if addresses.count > 100 { add(.tooMany(endpoint["addresses"].path, count: addresses.count, maximum: 100)) }
      for address in addresses { self.address(address, family: family) }
      for condition in ["ready", "serving", "terminating"] { _ = bool(endpoint["conditions"][condition]) }
      if endpoint["nodeName"].isPresent { name(endpoint["nodeName"], .dnsSubdomain) }
      _ = string(endpoint["zone"])
    }
    let ports = items(root["ports"])
    if ports.count > 100 { add(.tooMany(root["ports"].path, count: ports.count, maximum: 100)) }
    var names: Set<String> = []
    for port in ports where isObject(port) {
      let portName = string(port["name"]) ?? ""
      if !portName.isEmpty { name(port["name"], .dnsLabel) }
      unique(portName, in: &names, at: port["name"].path)
      choice(port["protocol"], ["SCTP", "TCP", "UDP"])
      _ = integer(port["port"], in: 1...65_535)
    }
  }

  private mutating func address(_ field: Field, family: String?) {
    guard let address = string(field) else { return }
    switch family {
    case "IPv4" where !IPAddressText.isIPv4(address):
      add(.invalid(field.path, .string(address), "must be a valid IPv4 address"))
    case "IPv6" where !IPAddressText.isIPv6(address):
      add(.invalid(field.path, .string(address), "must be a valid IPv6 address"))
    case "FQDN": name(field, .dnsSubdomain)
    default: break
    }
  }
}
