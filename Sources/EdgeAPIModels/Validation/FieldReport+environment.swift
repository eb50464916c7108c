import EdgeJSON

/// Where the environment of a container comes from.
extension FieldReport {
  private static let podFields = [
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP",
    "status.hostIPs", "status.podIP", "status.podIPs",
  ]
  private static let containerResources = [
    "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage",
    "requests.memory",
  ]

  mutating func environment(_ container: Field) {
    for variable in items(container["env"]) where isObject(variable) {
      requiredName(variable["name"], .environmentVariable)
      let value = string(variable["value"]) ?? ""
      guard variable["valueFrom"].isPresent, isObject(variable["valueFrom"]) else { continue }
      valueSource(variable["valueFrom"])
      if !value.isEmpty {
        add(.invalid(variable["valueFrom"].path, "", "may not be specified when `value` is not empty"))
      }
    }
    for source in items(container["envFrom"]) where isObject(source) {
      if let prefix = string(source["prefix"]), !prefix.isEmpty { name(source["prefix"], .environmentVariable) }
      exactlyOne(source, ["configMapRef", "secretRef"])
      for reference in ["configMapRef", "secretRef"] where source[reference].isPresent {
        requiredName(source[reference]["name"], .dnsSubdomain)
      }
    }
  }

  private mutating func exactlyOne(_ field: Field, _ names: [String]) {
    let present = names.filter { field[$0].isPresent }
    if present.count == 1 { return }
    let quoted = names.map { "`\($0)`" }
    let list = quoted.dropLast().joined(separator: ", ") + " or " + (quoted.last ?? "")
    let detail =
      present.isEmpty ? "must specify one of: \(list)" : "may not have more than one field specified at a time"
    add(.invalid(field.path, "", detail))
  }

  private mutating func valueSource(_ source: Field) {
    exactlyOne(source, ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef"])
    if source["fieldRef"].isPresent { fieldReference(source["fieldRef"], fields: Self.podFields) }
    if source["resourceFieldRef"].isPresent { resourceReference(source["resourceFieldRef"], needsContainer: false) }
    for reference in ["configMapKeyRef", "secretKeyRef"] where source[reference].isPresent {
      guard isObject(source[reference]) else { continue }
      requiredName(source[reference]["name"], .dnsSubdomain)
      requiredName(source[reference]["key"], .configMapKey)
    }
  }

  mutating func fieldReference(_ reference: Field, fields: [String]) {
    guard isObject(reference), let path = requiredString(reference["fieldPath"]) else { return }
    for map in ["metadata.labels", "metadata.annotations"] where path.hasPrefix(map + "['") && path.hasSuffix("']") {
      let key = String(path.dropFirst(map.count + 2).dropLast(2))
      for problem in NameRule.qualifiedName.problems(in: map == "metadata.annotations" ? key.lowercased() : key) {
        add(.invalid(reference["fieldPath"].path, .string(key), problem))
      }
      return
    }
    if !fields.contains(path) {
      add(.notSupported(reference["fieldPath"].path, .string(path), supported: fields))
    }
  }

  mutating func resourceReference(_ reference: Field, needsContainer: Bool) {
    guard isObject(reference) else { return }
    if needsContainer { _ = requiredString(reference["containerName"]) }
    quantity(reference["divisor"])
    guard let resource = requiredString(reference["resource"]) else { return }
    let isHugePages = ["limits.hugepages-", "requests.hugepages-"].contains { resource.hasPrefix($0) }
    if !isHugePages, !Self.containerResources.contains(resource) {
      add(.notSupported(reference["resource"].path, .string(resource), supported: Self.containerResources))
    }
  }
}
