import EdgeJSON
import EdgePrimitives

extension TableLayout {
  static func policies(_ gvk: GroupVersionKind) -> TableLayout? {
    switch (gvk.group, gvk.kind) {
    case ("rbac.authorization.k8s.io", "Role"), ("rbac.authorization.k8s.io", "ClusterRole"): other
    case ("rbac.authorization.k8s.io", "RoleBinding"), ("rbac.authorization.k8s.io", "ClusterRoleBinding"): binding
    case ("networking.k8s.io", "Ingress"): ingress
    case ("networking.k8s.io", "IngressClass"): ingressClass
    case ("networking.k8s.io", "NetworkPolicy"): networkPolicy
    case ("scheduling.k8s.io", "PriorityClass"): priorityClass
    case ("node.k8s.io", "RuntimeClass"):
      TableLayout([.name, .text("Handler", "Configuration of the runtime", ["handler"]), .age])
    case ("policy", "PodDisruptionBudget"): disruptionBudget
    case ("certificates.k8s.io", "CertificateSigningRequest"): signingRequest
    case ("apiextensions.k8s.io", "CustomResourceDefinition"): definition
    default: nil
    }
  }

  private static let binding = TableLayout([
    .name,
    CellColumn("Role", "Role that is given") { object, _ in
      let role = object["roleRef"]
      return .string("\(role?["kind"]?.stringValue ?? "")/\(role?["name"]?.stringValue ?? "")")
    }, .age, subjects("Users", "User"), subjects("Groups", "Group"), subjects("ServiceAccounts", "ServiceAccount"),
  ])

  private static func subjects(_ name: String, _ kind: String) -> CellColumn {
    CellColumn(name, "Subjects that are given the role", priority: 1) { object, _ in
      let subjects = (object["subjects"]?.arrayValue ?? []).filter { $0["kind"]?.stringValue == kind }
      let names = subjects.map { subject in
        let name = subject["name"]?.stringValue ?? ""
        return kind == "ServiceAccount" ? "\(subject["namespace"]?.stringValue ?? "")/\(name)" : name
      }
      return .string(names.joined(separator: ", "))
    }
  }

  private static let ingress = TableLayout([
    .name, .text("Class", "Who implements the ingress", ["spec", "ingressClassName"], absent: CellText.none),
    CellColumn("Hosts", "Hosts of the rules") { object, _ in .string(hosts(object)) },
    CellColumn("Address", "Addresses of the load balancer") { object, _ in
      .string(CellText.ingress(object["status"]?["loadBalancer"]).joined(separator: ","))
    },
    CellColumn("Ports", "Ports that are open") { object, _ in
      .string(object["spec"]?["tls"]?.arrayValue?.isEmpty == false ? "80, 443" : "80")
    }, .age,
  ])

  /// The first three hosts. As in Kubernetes, what is said to be more counts rules, with a host or without.
  private static func hosts(_ ingress: JSONValue) -> String {
    let rules = ingress["spec"]?["rules"]?.arrayValue ?? []
    var hosts: [String] = []
    for rule in rules {
      if hosts.count == 3 { return "\(hosts.joined(separator: ",")) + \(rules.count - 3) more..." }
      if let host = rule["host"]?.stringValue, !host.isEmpty { hosts.append(host) }
    }
    return CellText.joined(hosts, absent: "*")
  }

  private static let ingressClass = TableLayout([
    .name, .text("Controller", "Who implements the class", ["spec", "controller"]),
    CellColumn("Parameters", "Settings of the controller") { object, _ in
      guard let parameters = object["spec"]?["parameters"], let kind = parameters["kind"]?.stringValue else {
        return .string(CellText.none)
      }
      let group = parameters["apiGroup"]?.stringValue.map { ".\($0)" } ?? ""
      return .string("\(kind)\(group)/\(parameters["name"]?.stringValue ?? "")")
    }, .age,
  ])

  private static let networkPolicy = TableLayout([
    .name,
    CellColumn("Pod-Selector", "Pods that the policy is for") { object, _ in
      .string(CellText.selector(object["spec"]?["podSelector"]))
    }, .age,
  ])

  private static let priorityClass = TableLayout([
    .name, .count("Value", "Priority of the pods", ["value"]),
    CellColumn("Global-Default", "boolean", "Whether pods without a class have this one") { object, _ in
      .bool(object["globalDefault"]?.boolValue ?? false)
    }, .age,
    .text("PreemptionPolicy", "Whether other pods may be evicted for these", ["preemptionPolicy"]),
  ])

  private static let disruptionBudget = TableLayout([
    .name, limit("Min Available", "minAvailable"), limit("Max Unavailable", "maxUnavailable"),
    .count("Allowed Disruptions", "Pods that may be evicted now", ["status", "disruptionsAllowed"]), .age,
  ])

  private static func limit(_ name: String, _ member: String) -> CellColumn {
    CellColumn(name, "Bound on the pods of the budget") { object, _ in
      let value = object["spec"]?[member]
      return .string(value?.stringValue ?? value?.integerValue.map { "\($0)" } ?? "N/A")
    }
  }

  private static let signingRequest = TableLayout([
    .name, .age, .text("SignerName", "Who is asked to sign", ["spec", "signerName"], absent: CellText.none),
    .text("Requestor", "Who asks", ["spec", "username"]),
    CellColumn("RequestedDuration", "How long the certificate is to last") { object, _ in
      let seconds = object["spec"]?["expirationSeconds"]?.integerValue
      return .string(seconds.map { HumanDuration.text(.seconds($0)) } ?? CellText.none)
    }, CellColumn("Condition", "What became of the request") { object, _ in .string(signingStatus(object)) },
  ])

  private static func signingStatus(_ request: JSONValue) -> String {
    let types = (request["status"]?["conditions"]?.arrayValue ?? []).compactMap { $0["type"]?.stringValue }
    var status = types.contains("Denied") ? "Denied" : types.contains("Approved") ? "Approved" : "Pending"
    if types.contains("Failed") { status += ",Failed" }
    if request["status"]?["certificate"]?.stringValue?.isEmpty == false { status += ",Issued" }
    return status
  }

  private static let definition = TableLayout([
    .name, .text("Scope", "Cluster or Namespaced", ["spec", "scope"]),
    CellColumn("Versions", "Versions that are served") { object, _ in
      let served = (object["spec"]?["versions"]?.arrayValue ?? []).filter { $0["served"] == true }
      let labels = served.map { "\($0["name"]?.stringValue ?? "")\($0["storage"] == true ? "(storage)" : "")" }
      return .string(labels.sorted().joined(separator: ","))
    }, .createdAt,
    .text("Group", "Group of the kind", ["spec", "group"], priority: 1),
    .text("Kind", "The kind that is defined", ["spec", "names", "kind"], priority: 1),
    CellColumn("ShortNames", "Short words for the kind", priority: 1) { object, _ in
      .string(CellText.strings(object["spec"]?["names"]?["shortNames"]).joined(separator: ","))
    },
    CellColumn("Established", "boolean", "Whether the kind is served", priority: 1) { object, _ in
      let conditions = object["status"]?["conditions"]?.arrayValue ?? []
      return .bool(conditions.contains { $0["type"] == "Established" && $0["status"] == "True" })
    },
  ])
}
