import EdgeJSON

extension ObjectValidation {
  /// What is wrong with an object that is to replace `old`: what ``validate(_:)`` finds, then the fields that may not
  /// change.
  ///
  /// Metadata that the new object leaves out counts as carried over, and so do the uid and the creation time.
  public static func validate(updated object: UnstructuredObject, old: UnstructuredObject) -> [FieldError] {
    var changes = ObjectChanges(new: object, old: old)
    changes.metadata()
    changes.content()
    return Array((validate(object) + changes.report.errors).prefix(FieldReport.maximumErrors))
  }
}

/// The differences between two states of an object that are not allowed.
struct ObjectChanges {
  let new: JSONValue
  let old: JSONValue
  let gvk: GroupVersionKind
  var report = FieldReport()

  init(new: UnstructuredObject, old: UnstructuredObject) {
    self.new = .object(new.content)
    self.old = .object(old.content)
    gvk = old.gvk
  }

  mutating func metadata() {
    for member in ["name", "namespace", "uid", "creationTimestamp"] {
      guard let value = new["metadata"]?[member], !value.isNull, value != "" else { continue }
      if value != old["metadata"]?[member] {
        report.add(.invalid(FieldPath("metadata.\(member)"), value, "field is immutable"))
      }
    }
    if let generation = new["metadata"]?["generation"]?.integerValue,
      let before = old["metadata"]?["generation"]?.integerValue, generation < before
    {
      report.add(.invalid(FieldPath("metadata.generation"), .integer(generation), "must not be decremented"))
    }
    guard old["metadata"]?["deletionTimestamp"]?.stringValue != nil else { return }
    let before = Set(ObjectMeta(content: old["metadata"]?.objectValue ?? JSONObject()).finalizers)
    let added = ObjectMeta(content: new["metadata"]?.objectValue ?? JSONObject()).finalizers
      .filter { !before.contains($0) }
    if !added.isEmpty {
      let list = added.map { GoQuoting.quoted($0) }.joined(separator: ", ")
      report.add(
        .forbidden(
          FieldPath("metadata.finalizers"),
          "no new finalizers can be added if the object is being deleted, found new finalizers []string{\(list)}"))
    }
  }

  mutating func content() {
    switch (gvk.group, gvk.kind) {
    case ("", "Pod"): pod()
    case ("", "Service"): service()
    case ("", "ConfigMap"), ("", "Secret"): data()
    case ("", "PersistentVolume"): volume()
    case ("", "PersistentVolumeClaim"): claim()
    case ("", "Node"): node()
    case ("apps", "Deployment"), ("apps", "ReplicaSet"), ("apps", "DaemonSet"): immutable("spec", "selector")
    case ("apps", "StatefulSet"): statefulSet()
    case ("batch", "Job"):
      for member in ["selector", "template", "completionMode"] { immutable("spec", member) }
      if old["spec"]?["completionMode"] != "Indexed" { immutable("spec", "completions") }
    case ("discovery.k8s.io", "EndpointSlice"): immutable("addressType")
    case ("storage.k8s.io", "StorageClass"): storageClass()
    case ("scheduling.k8s.io", "PriorityClass"):
      if differs("value") { report.add(.forbidden(FieldPath("value"), "may not be changed in an update.")) }
      immutable("preemptionPolicy")
    case ("node.k8s.io", "RuntimeClass"): immutable("handler")
    case ("rbac.authorization.k8s.io", "RoleBinding"), ("rbac.authorization.k8s.io", "ClusterRoleBinding"):
      if differs("roleRef") {
        report.add(.invalid(FieldPath("roleRef"), new["roleRef"] ?? .null, "cannot change roleRef"))
      }
    case ("apiextensions.k8s.io", "CustomResourceDefinition"):
      immutable("spec", "group")
      immutable("spec", "scope")
      for member in ["plural", "kind"] { immutable("spec", "names", member) }
    default: edge()
    }
  }

  func differs(_ path: String...) -> Bool { present(new[path: path]) != present(old[path: path]) }

  private func present(_ value: JSONValue?) -> JSONValue? { value?.isNull == true ? nil : value }

  mutating func immutable(_ path: String...) {
    if present(new[path: path]) != present(old[path: path]) {
      report.add(
        .invalid(FieldPath(path.joined(separator: ".")), new[path: path] ?? .null, "field is immutable"))
    }
  }
}
