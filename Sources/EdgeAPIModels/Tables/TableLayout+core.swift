import EdgeJSON
import EdgePrimitives

extension TableLayout {
  static func core(_ gvk: GroupVersionKind) -> TableLayout? {
    switch (gvk.group, gvk.kind) {
    case ("", "Node"): node
    case ("", "Namespace"): TableLayout([.name, .text("Status", "Phase of the namespace", ["status", "phase"]), .age])
    case ("", "ConfigMap"): configMap
    case ("", "Secret"): secret
    case ("", "ServiceAccount"): serviceAccount
    case ("", "Event"), ("events.k8s.io", "Event"): event
    case ("", "Service"): service
    case ("", "Endpoints"): endpoints
    case ("discovery.k8s.io", "EndpointSlice"): endpointSlice
    case ("coordination.k8s.io", "Lease"):
      TableLayout([.name, .text("Holder", "Who holds the lease", ["spec", "holderIdentity"]), .age])
    default: nil
    }
  }

  private static let node = TableLayout([
    .name,
    CellColumn("Status", "Whether the node is ready and takes pods") { object, _ in .string(nodeStatus(object)) },
    CellColumn("Roles", "What the node is there for") { object, _ in .string(CellText.joined(roles(object))) }, .age,
    .text("Version", "Version of the node's kubelet", ["status", "nodeInfo", "kubeletVersion"]),
    address("InternalIP", "Internal-IP"), address("ExternalIP", "External-IP"),
    .text("OS-Image", "Operating system", ["status", "nodeInfo", "osImage"], absent: "<unknown>", priority: 1),
    .text("Kernel-Version", "Kernel", ["status", "nodeInfo", "kernelVersion"], absent: "<unknown>", priority: 1),
    .text(
      "Container-Runtime", "What runs the containers", ["status", "nodeInfo", "containerRuntimeVersion"],
      absent: "<unknown>", priority: 1),
  ])

  private static func nodeStatus(_ node: JSONValue) -> String {
    let ready = node["status"]?["conditions"]?.arrayValue?.first { $0["type"] == "Ready" }
    let status = ready.map { $0["status"] == "True" ? "Ready" : "NotReady" } ?? "Unknown"
    return node["spec"]?["unschedulable"] == true ? "\(status),SchedulingDisabled" : status
  }

  private static func roles(_ node: JSONValue) -> [String] {
    var roles: Set<String> = []
    for (key, value) in node["metadata"]?["labels"]?.objectValue ?? JSONObject() {
      if key.hasPrefix("node-role.kubernetes.io/"), key.utf8.count > 24 { roles.insert(String(key.dropFirst(24))) }
      if key == "kubernetes.io/role", let role = value.stringValue, !role.isEmpty { roles.insert(role) }
    }
    return roles.sorted()
  }

  private static func address(_ type: String, _ name: String) -> CellColumn {
    CellColumn(name, "Address of the node", priority: 1) { object, _ in
      let address = object["status"]?["addresses"]?.arrayValue?.first { $0["type"]?.stringValue == type }
      return .string(address?["address"]?.stringValue ?? CellText.none)
    }
  }

  private static let configMap = TableLayout([
    .name,
    CellColumn("Data", "integer", "Number of entries") { object, _ in
      .integer(Int64((object["data"]?.objectValue?.count ?? 0) + (object["binaryData"]?.objectValue?.count ?? 0)))
    }, .age,
  ])

  private static let secret = TableLayout([
    .name, .text("Type", "What the secret is for", ["type"]),
    CellColumn("Data", "integer", "Number of entries") { object, _ in
      .integer(Int64(object["data"]?.objectValue?.count ?? 0))
    }, .age,
  ])

  private static let serviceAccount = TableLayout([
    .name,
    CellColumn("Secrets", "integer", "Number of secrets") { object, _ in
      .integer(Int64(object["secrets"]?.arrayValue?.count ?? 0))
    }, .age,
  ])

  private static let event = TableLayout([
    CellColumn("Last Seen", "Time since it last happened") { object, now in .string(lastSeen(object, now)) },
    .text("Type", "Normal or Warning", ["type"]), .text("Reason", "Why it happened, in one word", ["reason"]),
    CellColumn("Object", "What it happened to") { object, _ in
      let target = object["involvedObject"] ?? object["regarding"]
      let kind = target?["kind"]?.stringValue?.lowercased() ?? ""
      let name = target?["name"]?.stringValue ?? ""
      return .string(name.isEmpty ? kind : "\(kind)/\(name)")
    },
    CellColumn("Subobject", "Which part of the object", priority: 1) { object, _ in
      .string((object["involvedObject"] ?? object["regarding"])?["fieldPath"]?.stringValue ?? "")
    }, CellColumn("Source", "Who says so", priority: 1) { object, _ in .string(eventSource(object)) },
    CellColumn("Message", "What happened") { object, _ in
      .string(trimmed((object["message"] ?? object["note"])?.stringValue ?? ""))
    },
    CellColumn("First Seen", "Time since it first happened", priority: 1) { object, now in
      .string(firstSeen(object, now))
    },
    CellColumn("Count", "How often it happened", priority: 1) { object, _ in
      let count = (object["series"]?["count"] ?? object["count"] ?? object["deprecatedCount"])?.integerValue ?? 0
      return .integer(max(count, 1))
    },
    CellColumn("Name", format: "name", "Name of the event", priority: 1) { object, now in
      CellColumn.name.cell(object, now)
    },
  ])

  private static func firstSeen(_ event: JSONValue, _ now: Timestamp) -> String {
    let first = event["firstTimestamp"]?.stringValue ?? event["deprecatedFirstTimestamp"]?.stringValue
    return HumanDuration.since(first ?? event["eventTime"]?.stringValue, now)
  }

  private static func lastSeen(_ event: JSONValue, _ now: Timestamp) -> String {
    let last = event["series"]?["lastObservedTime"]?.stringValue ?? event["lastTimestamp"]?.stringValue
    guard let last = last ?? event["deprecatedLastTimestamp"]?.stringValue else { return firstSeen(event, now) }
    return HumanDuration.since(last, now)
  }

  private static func eventSource(_ event: JSONValue) -> String {
    let source = event["source"] ?? event["deprecatedSource"]
    func text(_ value: JSONValue?, _ other: JSONValue?) -> String {
      [value, other].compactMap { $0?.stringValue }.first { !$0.isEmpty } ?? ""
    }
    let component = text(source?["component"], event["reportingComponent"] ?? event["reportingController"])
    let host = text(source?["host"], event["reportingInstance"])
    return host.isEmpty ? component : "\(component), \(host)"
  }

  private static func trimmed(_ text: String) -> String {
    var text = text.drop { $0.isWhitespace }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }

  private static let service = TableLayout([
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

  private static let endpoints = TableLayout([
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

  private static let endpointSlice = TableLayout([
    .name, .text("AddressType", "Family of the addresses", ["addressType"]),
    CellColumn("Ports", "Ports of every endpoint") { object, _ in
      let ports = (object["ports"]?.arrayValue ?? []).map { $0["port"]?.integerValue.map { "\($0)" } ?? "*" }
      return .string(CellText.firstThree(ports, absent: "<unset>"))
    },
    CellColumn("Endpoints", "Addresses of the endpoints") { object, _ in
      let addresses = (object["endpoints"]?.arrayValue ?? []).flatMap { CellText.strings($0["addresses"]) }
      return .string(CellText.firstThree(addresses, absent: "<unset>"))
    }, .age,
  ])
}

extension CellText {
  /// Addresses or names of a load balancer.
  static func ingress(_ loadBalancer: JSONValue?) -> [String] {
    var seen: Set<String> = []
    return (loadBalancer?["ingress"]?.arrayValue ?? []).compactMap { entry in
      let text = [entry["ip"], entry["hostname"]].compactMap { $0?.stringValue }.first { !$0.isEmpty }
      return text.flatMap { seen.insert($0).inserted ? $0 : nil }
    }
  }
}
