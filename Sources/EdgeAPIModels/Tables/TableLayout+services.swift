import EdgeJSON
import EdgePrimitives

extension TableLayout {
  static let service = TableLayout([
    .name, .text("Type", "How the service is reached", ["spec", "type"]),
    CellColumn("Cluster-IP", "Address inside the cluster") { object, _ in
      let address = object["spec"]?["clusterIPs"]?[0]?.stringValue ?? object["spec"]?["clusterIP"]?.stringValue ?? ""
      return .string(address.isEmpty ? CellText.none : address)
    }, CellColumn("External-IP", "Addresses outside the cluster") { object, _ in .string(externalAddress(object)) },
    CellColumn("Port(s)", "Ports and protocols, with node ports") { object, _ in .string(servicePorts(object)) }, .age,
    CellColumn("Selector", "Labels of the pods behind the service", priority: 1) { object, _ in
      .string(CellText.labels(object["spec"]?["selector"]))
    },
  ])

  private static func externalAddress(_ service: JSONValue) -> String {
    let external = CellText.strings(service["spec"]?["externalIPs"])
    switch service["spec"]?["type"]?.stringValue {
    case "ClusterIP", "NodePort": return CellText.joined(external)
    case "LoadBalancer":
      let balancers = CellText.ingress(service["status"]?["loadBalancer"])
      if !external.isEmpty { return CellText.joined((balancers.isEmpty ? [] : balancers) + external) }
      return CellText.joined(balancers, absent: "<pending>")
    case "ExternalName": return service["spec"]?["externalName"]?.stringValue ?? ""
    default: return "<unknown>"
    }
  }

  private static func servicePorts(_ service: JSONValue) -> String {
    let ports = (service["spec"]?["ports"]?.arrayValue ?? []).map { port in
      let number = port["port"]?.integerValue ?? 0
      let node = port["nodePort"]?.integerValue ?? 0
      return "\(number)\(node > 0 ? ":\(node)" : "")/\(port["protocol"]?.stringValue ?? "")"
    }
    return CellText.joined(ports)
  }

  static let endpoints = TableLayout([
    .name,
    CellColumn("Endpoints", "Addresses behind the service") { object, _ in
      let subsets = object["subsets"]?.arrayValue ?? []
      let places = subsets.flatMap { subset -> [String] in
        let addresses = (subset["addresses"]?.arrayValue ?? []).compactMap { $0["ip"]?.stringValue }
        let ports = (subset["ports"]?.arrayValue ?? []).compactMap { $0["port"]?.integerValue }
        if ports.isEmpty { return addresses }
        return ports.flatMap { port in addresses.map { $0.contains(":") ? "[\($0)]:\(port)" : "\($0):\(port)" } }
      }
      return .string(CellText.firstThree(places, absent: CellText.none))
    }, .age,
  ])

  static let endpointSlice = TableLayout([
    .name, .text("AddressType", "Family of the addresses", ["addressType"]),
    CellColumn("Ports", "Ports of every endpoint") { object, _ in
      let ports = (object["ports"]?.arrayValue ?? []).map {
        $0["port"]?.integerValue.map { "\($0)" } ?? $0["name"]?.stringValue ?? "*"
      }
      return .string(CellText.firstThree(ports, absent: "<unset>"))
    },
    CellColumn("Endpoints", "Addresses of the endpoints") { object, _ in
      let addresses = (object["endpoints"]?.arrayValue ?? []).flatMap { CellText.strings($0["addresses"]) }
      return .string(CellText.firstThree(addresses, absent: "<unset>"))
    }, .age,
  ])
}

extension CellText {
  /// Addresses or names of a load balancer, each once, sorted.
  static func ingress(_ loadBalancer: JSONValue?) -> [String] {
    let addresses = (loadBalancer?["ingress"]?.arrayValue ?? []).compactMap { entry in
      [entry["ip"], entry["hostname"]].compactMap { $0?.stringValue }.first { !$0.isEmpty }
    }
    return Set(addresses).sorted()
  }
}
