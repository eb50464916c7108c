import EdgeJSON

/// Source: `pkg/apis/rbac/validation` of Kubernetes.
extension FieldReport {
  private static let group = "rbac.authorization.k8s.io"

  mutating func role(_ root: Field, isNamespaced: Bool) {
    for rule in items(root["rules"]) where isObject(rule) { policyRule(rule, isNamespaced: isNamespaced) }
    guard !isNamespaced, root["aggregationRule"].isPresent else { return }
    for selector in requiredItems(
      root["aggregationRule"]["clusterRoleSelectors"],
      "at least one clusterRoleSelector required if aggregationRule is non-nil")
    {
      labelSelector(selector)
    }
  }

  private mutating func policyRule(_ rule: Field, isNamespaced: Bool) {
    if items(rule["verbs"]).isEmpty { add(.required(rule["verbs"].path, "verbs must contain at least one value")) }
    let paths = items(rule["nonResourceURLs"])
    let resources = items(rule["resources"])
    let groups = items(rule["apiGroups"])
    for list in ["verbs", "nonResourceURLs", "resources", "apiGroups", "resourceNames"] { strings(rule[list]) }
    if !paths.isEmpty {
      if isNamespaced {
        add(
          .invalid(
            rule["nonResourceURLs"].path, rule["nonResourceURLs"].value ?? .null,
            "namespaced rules cannot apply to non-resource URLs"))
      }
      if !groups.isEmpty || !resources.isEmpty || !items(rule["resourceNames"]).isEmpty {
        add(
          .invalid(
            rule["nonResourceURLs"].path, rule["nonResourceURLs"].value ?? .null,
            "rules cannot apply to both regular resources and non-resource URLs"))
      }
      return
    }
    if groups.isEmpty {
      add(.required(rule["apiGroups"].path, "resource rules must supply at least one api group"))
    }
    if resources.isEmpty {
      add(.required(rule["resources"].path, "resource rules must supply at least one resource"))
    }
  }

  mutating func roleBinding(_ root: Field, isNamespaced: Bool) {
    let role = root["roleRef"]
    require(role)
    if isObject(role), role.isPresent {
      choice(role["apiGroup"], [Self.group])
      choice(role["kind"], isNamespaced ? ["Role", "ClusterRole"] : ["ClusterRole"], isRequired: true)
      requiredName(role["name"], .pathSegment)
    }
    for subject in items(root["subjects"]) where isObject(subject) {
      self.subject(subject, isNamespaced: isNamespaced)
    }
  }

  private mutating func subject(_ subject: Field, isNamespaced: Bool) {
    let name = requiredString(subject["name"])
    let kind = choice(subject["kind"], ["Group", "ServiceAccount", "User"], isRequired: true)
    let group = string(subject["apiGroup"]) ?? ""
    if kind == "ServiceAccount" {
      if name != nil { self.name(subject["name"], .dnsSubdomain) }
      if !group.isEmpty { add(.notSupported(subject["apiGroup"].path, .string(group), supported: [""])) }
      if !isNamespaced { _ = requiredString(subject["namespace"]) }
    } else if kind != nil, !group.isEmpty, group != Self.group {
      add(.notSupported(subject["apiGroup"].path, .string(group), supported: [Self.group]))
    }
  }
}
