import EdgeJSON

extension ObjectChanges {
  mutating func service() {
    // An external name has no address; going there and back gives it up.
    guard old["spec"]?["type"] != "ExternalName", new["spec"]?["type"] != "ExternalName" else { return }
    let before = old["spec"]?["clusterIP"]?.stringValue ?? ""
    let after = new["spec"]?["clusterIP"]?.stringValue ?? ""
    if !before.isEmpty, before != after {
      report.add(.invalid(FieldPath("spec.clusterIPs[0]"), .string(after), "may not change once set"))
    }
    if old["spec"]?["type"] == "LoadBalancer", new["spec"]?["type"] == "LoadBalancer",
      differs("spec", "loadBalancerClass"), old["spec"]?["loadBalancerClass"] != nil
    {
      report.add(
        .invalid(
          FieldPath("spec.loadBalancerClass"), new["spec"]?["loadBalancerClass"] ?? .null, "may not change once set"))
    }
  }

  mutating func data() {
    if gvk.kind == "Secret" { immutable("type") }
    guard old["immutable"] == true else { return }
    let words = "field is immutable when `immutable` is set"
    if new["immutable"] != true { report.add(.forbidden(FieldPath("immutable"), words)) }
    for member in gvk.kind == "Secret" ? ["data"] : ["data", "binaryData"] where differs(member) {
      report.add(.forbidden(FieldPath(member), words))
    }
  }

  mutating func volume() {
    let known = [
      "capacity", "accessModes", "persistentVolumeReclaimPolicy", "claimRef", "storageClassName", "mountOptions",
      "volumeMode", "nodeAffinity", "volumeAttributesClassName",
    ]
    func source(_ object: JSONValue) -> JSONObject {
      var spec = object["spec"]?.objectValue ?? JSONObject()
      for member in known { spec[member] = nil }
      return spec
    }
    if source(new) != source(old) {
      report.add(
        .forbidden(
          FieldPath("spec.persistentvolumesource"), "spec.persistentvolumesource is immutable after creation"))
    }
    immutable("spec", "volumeMode")
    if old["spec"]?["nodeAffinity"] != nil { immutable("spec", "nodeAffinity") }
  }

  /// A claim may be bound once, and grow.
  mutating func claim() {
    func fixed(_ object: JSONValue) -> JSONValue? {
      var spec = object["spec"]
      spec?[path: ["resources", "requests"]] = nil
      spec?["volumeAttributesClassName"] = nil
      if old["spec"]?["volumeName"]?.stringValue?.isEmpty ?? true { spec?["volumeName"] = nil }
      return spec
    }
    if fixed(new) != fixed(old) {
      report.add(
        .forbidden(
          FieldPath("spec"),
          "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"))
    }
    let path = ["spec", "resources", "requests", "storage"]
    if let before = old[path: path].flatMap({ try? Quantity(json: $0) }),
      let after = new[path: path].flatMap({ try? Quantity(json: $0) }), after < before
    {
      report.add(
        .forbidden(
          FieldPath("spec.resources.requests.storage"), "field can not be less than status.capacity"))
    }
  }

  mutating func node() {
    if old["spec"]?["podCIDRs"]?.arrayValue?.isEmpty == false, differs("spec", "podCIDRs") {
      report.add(
        .forbidden(
          FieldPath("spec.podCIDRs"), "node updates may not change podCIDR except from \"\" to valid"))
    }
    if old["spec"]?["providerID"]?.stringValue?.isEmpty == false, differs("spec", "providerID") {
      report.add(
        .forbidden(
          FieldPath("spec.providerID"), "node updates may not change providerID except from \"\" to valid"))
    }
  }

  mutating func statefulSet() {
    let changeable = [
      "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
      "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
    ]
    func fixed(_ object: JSONValue) -> JSONObject {
      var spec = object["spec"]?.objectValue ?? JSONObject()
      for member in changeable { spec[member] = nil }
      return spec
    }
    if fixed(new) != fixed(old) {
      let quoted = changeable.map { "'\($0)'" }
      let list = quoted.dropLast().joined(separator: ", ") + " and " + (quoted.last ?? "")
      report.add(
        .forbidden(
          FieldPath("spec"), "updates to statefulset spec for fields other than \(list) are forbidden"))
    }
  }

  mutating func storageClass() {
    for member in ["parameters", "provisioner"] where differs(member) {
      report.add(.forbidden(FieldPath(member), "updates to \(member) are forbidden."))
    }
    immutable("reclaimPolicy")
    immutable("volumeBindingMode")
  }

  /// Source: the webhooks of OpenYurt and of KubeEdge's admission server.
  mutating func edge() {
    switch (gvk.group, gvk.kind) {
    case ("apps.openyurt.io", "NodePool"):
      for member in ["type", "hostNetwork", "interConnectivity"] {
        // A flag that is left out is off.
        let isFlag = member != "type"
        let before = old["spec"]?[member] ?? (isFlag ? false : "Edge")
        let after = new["spec"]?[member] ?? (isFlag ? false : "Edge")
        if before != after {
          report.add(.forbidden(FieldPath("spec.\(member)"), "pool \(member) can't be changed"))
        }
      }
    case ("apps.openyurt.io", "YurtAppSet") where gvk.version != "v1alpha1":
      let path = ["spec", "workload", "workloadTemplate"]
      for member in ["deploymentTemplate", "statefulSetTemplate"]
      where old[path: path + [member]] == nil && new[path: path + [member]] != nil {
        report.add(
          .invalid(
            FieldPath(path.joined(separator: ".")), new[path: path] ?? .null,
            "the kind of workload template should not be changed"))
      }
    case ("operations.kubeedge.io", "NodeUpgradeJob"):
      if differs("spec") {
        report.add(
          .forbidden(FieldPath("spec"), "spec fields are not allowed to update once it's created"))
      }
    default: break
    }
  }
}
