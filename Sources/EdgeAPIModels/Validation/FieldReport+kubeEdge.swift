import EdgeJSON

/// Source: the CRDs of KubeEdge and its admission server.
extension FieldReport {
  mutating func deviceStatus(_ root: Field, version: String) {
    guard version != "v1alpha2" else {
      twinStates(root["twins"], desired: "desired")
      return
    }
    guard isObject(root["status"]) else { return }
    _ = string(root["status"]["state"])
    _ = string(root["status"]["lastOnlineTime"])
    _ = members(root["status"]["extensions"])
    twinStates(root["status"]["twins"], desired: "observedDesired")
  }

  mutating func twinStates(_ twins: Field, desired: String) {
    var names: Set<String> = []
    for twin in items(twins) where isObject(twin) {
      unique(requiredString(twin["propertyName"]), in: &names, at: twin["propertyName"].path)
      twinValue(twin[desired])
      twinValue(twin["reported"])
    }
  }

  mutating func rule(_ root: Field) {
    let spec = root["spec"]
    require(spec)
    guard isObject(spec), spec.isPresent else { return }
    for end in ["source", "target"] {
      _ = requiredString(spec[end])
      require(spec["\(end)Resource"])
      texts(spec["\(end)Resource"])
    }
  }

  mutating func ruleEndpoint(_ root: Field) {
    let spec = root["spec"]
    require(spec)
    guard isObject(spec), spec.isPresent else { return }
    let type = choice(spec["ruleEndpointType"], ["rest", "eventbus", "servicebus"], isRequired: true)
    texts(spec["properties"])
    guard type == "servicebus" else { return }
    let port = Field(
      path: spec["properties"].path.key("service_port"), value: spec["properties"].value?["service_port"])
    guard let text = requiredString(port, "service_port is needed where ruleEndpointType is servicebus") else { return }
    if Int(text).map({ !(1...65_535).contains($0) }) ?? true {
      add(.invalid(port.path, .string(text), "must be between 1 and 65535, inclusive"))
    }
  }

  /// A map of texts.
  private mutating func texts(_ field: Field) {
    for (key, value) in members(field) ?? JSONObject() { _ = string(Field(path: field.path.key(key), value: value)) }
  }

  mutating func objectSync(_ root: Field) {
    guard isObject(root["spec"]) else { return }
    for member in ["objectAPIVersion", "objectKind", "objectName"] { _ = string(root["spec"][member]) }
    _ = string(root["status"]["objectResourceVersion"])
  }

  mutating func nodeGroup(_ root: Field) {
    let spec = root["spec"]
    require(spec)
    guard isObject(spec) else { return }
    var names: Set<String> = []
    for node in items(spec["nodes"]) { unique(name(node, .dnsSubdomain), in: &names, at: node.path) }
    labels(spec["matchLabels"])
    _ = bool(spec["topologyEnabled"])
  }

  mutating func edgeApplication(_ root: Field) {
    let spec = root["spec"]
    require(spec)
    guard isObject(spec), spec.isPresent else { return }
    for manifest in items(spec["workloadTemplate"]["manifests"]) where isObject(manifest) {
      for member in ["apiVersion", "kind"] { _ = requiredString(manifest[member]) }
      requiredName(manifest["metadata"]["name"], .pathSegment)
    }
    let scope = spec["workloadScope"]
    require(scope)
    var groups: Set<String> = []
    for group in items(scope["targetNodeGroups"]) where isObject(group) {
      unique(requiredName(group["name"], .dnsSubdomain), in: &groups, at: group["name"].path)
      overriders(group["overriders"])
    }
    for target in items(scope["targetNodeLabels"]) where isObject(target) {
      labelSelector(target["labelSelector"])
      overriders(target["overriders"])
    }
  }

  private mutating func overriders(_ field: Field) {
    guard field.isPresent, isObject(field) else { return }
    count(field["replicas"])
    for image in items(field["imageOverriders"]) where isObject(image) {
      choice(image["component"], ["Registry", "Repository", "Tag"], isRequired: true)
      choice(image["operator"], ["add", "remove", "replace"], isRequired: true)
      _ = string(image["value"])
    }
    for list in ["commandOverriders", "argsOverriders"] {
      for entry in items(field[list]) where isObject(entry) {
        _ = requiredString(entry["containerName"])
        choice(entry["operator"], ["add", "remove"], isRequired: true)
        strings(entry["value"])
      }
    }
    for entry in items(field["envOverriders"]) where isObject(entry) {
      _ = requiredString(entry["containerName"])
      choice(entry["operator"], ["add", "remove", "replace"], isRequired: true)
    }
    for entry in items(field["resourcesOverriders"]) where isObject(entry) {
      _ = requiredString(entry["containerName"])
      require(entry["value"])
      for bound in ["limits", "requests"] { quantities(entry["value"][bound]) }
    }
  }

  /// Jobs that KubeEdge runs on nodes.
  mutating func nodeJob(_ root: Field, kind: String) {
    let spec = root["spec"]
    require(spec)
    guard isObject(spec), spec.isPresent else { return }
    let settings = kind == "ImagePrePullJob" ? spec["imagePrePullTemplate"] : spec
    require(settings)
    guard isObject(settings), settings.isPresent else { return }
    nodeTargets(settings)
    nonNegative(settings, ["concurrency", "timeoutSeconds"])
    share(settings["failureTolerate"])
    strings(settings["checkItems"])
    switch kind {
    case "NodeUpgradeJob":
      if let version = requiredString(settings["version"]), !version.hasPrefix("v") {
        add(.invalid(settings["version"].path, .string(version), "must be a version such as v1.22.0"))
      }
      _ = string(settings["image"])
    case "ImagePrePullJob":
      for image in requiredItems(settings["images"]) { _ = requiredString(image) }
      nonNegative(settings, ["retryTimes"])
    case "ConfigUpdateJob":
      require(settings["updateFields"])
      texts(settings["updateFields"])
    default: break
    }
  }

  /// Either names or a selector.
  private mutating func nodeTargets(_ spec: Field) {
    let names = items(spec["nodeNames"])
    for node in names { name(node, .dnsSubdomain) }
    labelSelector(spec["labelSelector"])
    if names.isEmpty, !spec["labelSelector"].isPresent {
      add(.required(spec["nodeNames"].path, "either nodeNames or labelSelector must be given"))
    } else if !names.isEmpty, spec["labelSelector"].isPresent {
      add(.forbidden(spec["labelSelector"].path, "may not be given together with nodeNames"))
    }
  }

  /// A share of nodes that may fail, `0.1`.
  private mutating func share(_ field: Field) {
    guard let text = string(field), !text.isEmpty else { return }
    if JSONNumber(literal: text)?.doubleValue.map({ (0...1).contains($0) }) != true {
      add(.invalid(field.path, .string(text), "must be a number between 0 and 1"))
    }
  }
}
