import EdgeJSON

extension ObjectChanges {
  private static let words =
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    + "`spec.activeDeadlineSeconds`,`spec.terminationGracePeriodSeconds`,`spec.tolerations`"
    + " (only additions to existing tolerations)"

  /// A pod is replaced rather than changed; only what a node agent can follow in place may differ. Binding sets
  /// `nodeName` once, and gates may be lifted.
  mutating func pod() {
    for list in ["containers", "initContainers"] {
      if new["spec"]?[list]?.arrayValue?.count ?? 0 != old["spec"]?[list]?.arrayValue?.count ?? 0 {
        report.add(.forbidden(FieldPath("spec.\(list)"), "pod updates may not add or remove containers"))
        return
      }
    }
    deadline()
    tolerations()
    let isBound = old["spec"]?["nodeName"]?.stringValue?.isEmpty == false
    if frozen(new, isBound: isBound) != frozen(old, isBound: isBound) {
      report.add(.forbidden(FieldPath("spec"), Self.words))
    }
  }

  private func frozen(_ object: JSONValue, isBound: Bool) -> JSONValue? {
    guard var spec = object["spec"], spec.objectValue != nil else { return nil }
    for member in ["activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations", "schedulingGates"] {
      spec[member] = nil
    }
    if !isBound { spec["nodeName"] = nil }
    for list in ["containers", "initContainers"] {
      guard let containers = spec[list]?.arrayValue else { continue }
      spec[list] = .array(
        containers.map { container in
          guard case .object(var rest) = container else { return container }
          rest["image"] = nil
          return .object(rest)
        })
    }
    return spec
  }

  private mutating func deadline() {
    guard let before = old["spec"]?["activeDeadlineSeconds"]?.integerValue else { return }
    let path = FieldPath("spec.activeDeadlineSeconds")
    guard let after = new["spec"]?["activeDeadlineSeconds"]?.integerValue else {
      report.add(.invalid(path, "", "must not update from a positive integer to nil value"))
      return
    }
    if after > before {
      report.add(.invalid(path, .integer(after), "must be less than or equal to previous value"))
    }
  }

  /// Tolerations are told apart by everything but their seconds.
  private mutating func tolerations() {
    func keys(_ object: JSONValue) -> Set<JSONValue> {
      Set(
        (object["spec"]?["tolerations"]?.arrayValue ?? []).map { toleration in
          guard case .object(var key) = toleration else { return toleration }
          key["tolerationSeconds"] = nil
          return .object(key)
        })
    }
    if !keys(old).isSubset(of: keys(new)) {
      report.add(
        .forbidden(
          FieldPath("spec.tolerations"), "existing toleration can not be modified except its tolerationSeconds"))
    }
  }
}
