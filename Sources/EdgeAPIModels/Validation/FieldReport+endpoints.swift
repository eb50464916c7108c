import EdgeJSON

extension FieldReport {
  mutating func endpoints(_ root: Field) {
    for subset in items(root["subsets"]) where isObject(subset) {
      let ready = items(subset["addresses"])
      let notReady = items(subset["notReadyAddresses"])
      if ready.isEmpty, notReady.isEmpty {
        add(.required(subset.path, "must specify `addresses` or `notReadyAddresses`"))
      }
      for address in ready + notReady where isObject(address) {
        require(address["ip"])
        self.address(address["ip"])
        for (member, rule) in [("hostname", NameRule.dnsLabel), ("nodeName", .dnsSubdomain)]
        where address[member].value.map({ $0 != "" }) ?? false {
          name(address[member], rule)
        }
      }
      let ports = items(subset["ports"])
      for port in ports where isObject(port) {
        let portName = string(port["name"]) ?? ""
        if !portName.isEmpty {
          name(port["name"], .dnsLabel)
        } else if ports.count > 1 {
          add(.required(port["name"].path))
        }
        require(port["port"])
        _ = integer(port["port"], in: 1...65_535)
        choice(port["protocol"], ["SCTP", "TCP", "UDP"])
      }
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
      if endpoint["hostname"].isPresent { name(endpoint["hostname"], .dnsLabel) }
      _ = string(endpoint["zone"])
      hints(endpoint["hints"])
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
      if port["appProtocol"].isPresent { name(port["appProtocol"], .qualifiedName) }
    }
  }

  /// For whom an endpoint is meant: at most eight zones and nodes, each once.
  private mutating func hints(_ hints: Field) {
    guard hints.isPresent, isObject(hints) else { return }
    for (member, rule) in [("forZones", NameRule.labelValue), ("forNodes", .dnsSubdomain)] {
      let entries = items(hints[member])
      if entries.count > 8 { add(.tooMany(hints[member].path, count: entries.count, maximum: 8)) }
      var seen: Set<String> = []
      for entry in entries where isObject(entry) {
        unique(requiredName(entry["name"], rule), in: &seen, at: entry["name"].path)
      }
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
