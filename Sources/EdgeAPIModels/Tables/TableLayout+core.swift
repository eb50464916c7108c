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
    CellColumn("Data", "Number of entries") { object, _ in
      .integer(Int64((object["data"]?.objectValue?.count ?? 0) + (object["binaryData"]?.objectValue?.count ?? 0)))
    }, .age,
  ])

  private static let secret = TableLayout([
    .name, .text("Type", "What the secret is for", ["type"]),
    CellColumn("Data", "Number of entries") { object, _ in
      .integer(Int64(object["data"]?.objectValue?.count ?? 0))
    }, .age,
  ])

  private static let serviceAccount = TableLayout([
    .name,
    CellColumn("Secrets", "Number of secrets") { object, _ in
      .integer(Int64(object["secrets"]?.arrayValue?.count ?? 0))
    }, .age,
  ])
}
