import EdgeJSON

/// Where a pod may run.
extension FieldReport {
  mutating func scheduling(_ spec: Field) {
    labels(spec["nodeSelector"])
    tolerations(spec["tolerations"])
    affinity(spec["affinity"])
    var constraints: Set<String> = []
    for constraint in items(spec["topologySpreadConstraints"]) where isObject(constraint) {
      if let skew = integer(constraint["maxSkew"]), skew <= 0 {
        add(.invalid(constraint["maxSkew"].path, .integer(skew), "must be greater than zero"))
      }
      let key = requiredString(constraint["topologyKey"], "can not be empty")
      let reaction = choice(
        constraint["whenUnsatisfiable"], ["DoNotSchedule", "ScheduleAnyway"], isRequired: true)
      if let key, let reaction, !constraints.insert("{\(key), \(reaction)}").inserted {
        add(.duplicate(constraint.path.child("{topologyKey, whenUnsatisfiable}"), .string("{\(key), \(reaction)}")))
      }
      labelSelector(constraint["labelSelector"])
    }
    for gate in items(spec["readinessGates"]) where isObject(gate) {
      requiredName(gate["conditionType"], .qualifiedName)
    }
  }

  mutating func tolerations(_ tolerations: Field) {
    for toleration in items(tolerations) where isObject(toleration) {
      let key = string(toleration["key"]) ?? ""
      if !key.isEmpty { name(toleration["key"], .qualifiedName) }
      let exists = choice(toleration["operator"], ["Equal", "Exists"]) == "Exists"
      if key.isEmpty, !exists {
        add(
          .invalid(
            toleration["operator"].path, "",
            "operator must be Exists when `key` is empty, which means \"match all values and all keys\""))
      }
      if exists, let value = string(toleration["value"]), !value.isEmpty {
        add(.invalid(toleration["operator"].path, .string(value), "value must be empty when `operator` is 'Exists'"))
      }
      let effect = string(toleration["effect"]) ?? ""
      if toleration["tolerationSeconds"].isPresent, effect != "NoExecute" {
        add(
          .invalid(
            toleration["effect"].path, .string(effect),
            "effect must be 'NoExecute' when `tolerationSeconds` is set"))
      }
      _ = integer(toleration["tolerationSeconds"])
      if !effect.isEmpty { choice(toleration["effect"], ["NoSchedule", "PreferNoSchedule", "NoExecute"]) }
    }
  }

  private mutating func affinity(_ affinity: Field) {
    guard affinity.isPresent, isObject(affinity) else { return }
    let node = affinity["nodeAffinity"]
    let required = node["requiredDuringSchedulingIgnoredDuringExecution"]
    if required.isPresent { nodeSelector(required) }
    for preferred in items(node["preferredDuringSchedulingIgnoredDuringExecution"]) where isObject(preferred) {
      weight(preferred)
      nodeTerm(preferred["preference"])
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
      for term in items(affinity[kind]["requiredDuringSchedulingIgnoredDuringExecution"]) { podTerm(term) }
      for preferred in items(affinity[kind]["preferredDuringSchedulingIgnoredDuringExecution"])
      where isObject(preferred) {
        weight(preferred)
        podTerm(preferred["podAffinityTerm"])
      }
    }
  }

  private mutating func weight(_ preferred: Field) {
    if let weight = integer(preferred["weight"]), !(1...100).contains(weight) {
      add(.invalid(preferred["weight"].path, .integer(weight), "must be in the range 1-100"))
    }
  }

  private mutating func podTerm(_ term: Field) {
    guard isObject(term) else { return }
    labelSelector(term["labelSelector"])
    labelSelector(term["namespaceSelector"])
    for namespace in items(term["namespaces"]) { name(namespace, .dnsLabel) }
    if requiredString(term["topologyKey"], "can not be empty") != nil { name(term["topologyKey"], .qualifiedName) }
  }

  mutating func nodeSelector(_ selector: Field) {
    guard isObject(selector) else { return }
    for term in requiredItems(selector["nodeSelectorTerms"], "must have at least one node selector term") {
      nodeTerm(term)
    }
  }

  mutating func nodeTerm(_ term: Field) {
    guard isObject(term) else { return }
    for expression in items(term["matchExpressions"]) where isObject(expression) {
      requirement(expression)
      requiredName(expression["key"], .qualifiedName)
    }
    for expression in items(term["matchFields"]) where isObject(expression) {
      if let key = requiredString(expression["key"]), key != "metadata.name" {
        add(.invalid(expression["key"].path, .string(key), "not a valid field selector key"))
      }
      if let text = requiredString(expression["operator"]), text != "In", text != "NotIn" {
        add(.invalid(expression["operator"].path, .string(text), "not a valid selector operator"))
      }
      if items(expression["values"]).count != 1 {
        add(
          .required(
            expression["values"].path,
            "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"))
      }
    }
  }

  private mutating func requirement(_ expression: Field) {
    let values = items(expression["values"])
    switch requiredString(expression["operator"]) {
    case nil: break
    case "In", "NotIn":
      if values.isEmpty {
        add(.required(expression["values"].path, "must be specified when `operator` is 'In' or 'NotIn'"))
      }
    case "Exists", "DoesNotExist":
      if !values.isEmpty {
        add(
          .forbidden(expression["values"].path, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
      }
    case "Gt", "Lt":
      if values.count != 1 {
        add(
          .required(expression["values"].path, "must be specified single value when `operator` is 'Lt' or 'Gt'"))
      }
    case .some(let other):
      add(.invalid(expression["operator"].path, .string(other), "not a valid selector operator"))
    }
    strings(expression["values"])
  }
}
