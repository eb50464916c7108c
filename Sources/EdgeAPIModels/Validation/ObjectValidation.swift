import EdgeJSON

/// What is wrong with an object, field by field, as the API server of Kubernetes would say it.
///
/// Metadata is checked for every kind; the rest for the kinds of ``ResourceCatalog/standard`` whose content this package
/// acts upon, in the version in which the object is written. Members that nobody here knows are left alone. Errors come in
/// the order of the fields, at most 100; an object of hostile shape gives errors, never a crash.
public enum ObjectValidation {
  public static func validate(_ object: UnstructuredObject) -> [FieldError] {
    var report = FieldReport()
    let root = Field(path: FieldPath(), value: .object(object.content))
    let gvk = object.gvk
    report.metadata(
      root["metadata"], nameRule: nameRule(of: gvk),
      isNamespaced: ResourceCatalog.standard.type(for: gvk)?.isNamespaced)
    switch (gvk.group, gvk.kind) {
    case ("", "Node"): report.node(root)
    case ("", "Pod"): report.pod(root)
    case ("", "Service"): report.service(root)
    case ("", "ConfigMap"): report.configMap(root)
    case ("apps", "Deployment"), ("apps", "ReplicaSet"), ("apps", "DaemonSet"): report.workload(root, kind: gvk.kind)
    case ("discovery.k8s.io", "EndpointSlice"): report.endpointSlice(root)
    case ("coordination.k8s.io", "Lease"): report.lease(root)
    case ("apps.openyurt.io", "NodePool"): report.nodePool(root)
    case ("devices.kubeedge.io", "DeviceModel"): report.deviceModel(root, version: gvk.version)
    case ("devices.kubeedge.io", "Device"): report.device(root, version: gvk.version)
    default: break
    }
    return report.errors
  }

  private static func nameRule(of gvk: GroupVersionKind) -> NameRule {
    switch (gvk.group, gvk.kind) {
    case ("", "Namespace"): .dnsLabel
    case ("", "Service"): .dnsLabelStartingWithLetter
    default: .dnsSubdomain
    }
  }
}

extension FieldReport {
  mutating func metadata(_ metadata: Field, nameRule: NameRule, isNamespaced: Bool?) {
    guard isObject(metadata) else {
      add(.required(metadata.path.child("name"), "name or generateName is required"))
      return
    }
    let generateName = string(metadata["generateName"]) ?? ""
    if !generateName.isEmpty { name(metadata["generateName"], nameRule.acceptingPrefixes()) }
    switch string(metadata["name"]) ?? "" {
    case "": if generateName.isEmpty { add(.required(metadata.path.child("name"), "name or generateName is required")) }
    default: name(metadata["name"], nameRule)
    }
    if let namespace = string(metadata["namespace"]), !namespace.isEmpty {
      if isNamespaced == false {
        add(.forbidden(metadata.path.child("namespace"), "not allowed on this type"))
      } else {
        name(metadata["namespace"], .dnsLabel)
      }
    }
    labels(metadata["labels"])
    annotations(metadata["annotations"])
    for finalizer in items(metadata["finalizers"]) { name(finalizer, .qualifiedName) }
    ownerReferences(metadata["ownerReferences"])
  }

  private mutating func ownerReferences(_ references: Field) {
    var controllers = 0
    for reference in items(references) where isObject(reference) {
      for member in ["apiVersion", "kind", "name", "uid"] { _ = requiredString(reference[member]) }
      if bool(reference["controller"]) == true { controllers += 1 }
    }
    if controllers > 1 {
      add(.invalid(references.path, references.value ?? .null, "Only one reference can have Controller set to true."))
    }
  }
}
