import EdgeJSON
import EdgePrimitives

extension FieldReport {
  mutating func node(_ root: Field) {
    guard isObject(root["spec"]) else { return }
    taints(root["spec"]["taints"])
    _ = bool(root["spec"]["unschedulable"])
    let prefixes = items(root["spec"]["podCIDRs"])
    for prefix in prefixes { self.prefix(prefix) }
    if prefixes.count > 2 {
      add(
        .invalid(
          root["spec"]["podCIDRs"].path, root["spec"]["podCIDRs"].value ?? .null,
          "must specify no more than one CIDR for each IP family"))
    }
    if let prefix = string(root["spec"]["podCIDR"]), !prefix.isEmpty { self.prefix(root["spec"]["podCIDR"]) }
    quantities(root["status"]["capacity"])
    quantities(root["status"]["allocatable"])
    var addresses: Set<JSONValue> = []
    for address in items(root["status"]["addresses"]) {
      if let value = address.value, !addresses.insert(value).inserted { add(.duplicate(address.path, value)) }
    }
  }

  /// Taints are told apart by key and effect.
  mutating func taints(_ taints: Field) {
    var seen: Set<String> = []
    for taint in items(taints) where isObject(taint) {
      let key = requiredName(taint["key"], .qualifiedName)
      if string(taint["value"]) != nil { name(taint["value"], .labelValue) }
      let effect = choice(taint["effect"], ["NoSchedule", "PreferNoSchedule", "NoExecute"], isRequired: true)
      if let key, let effect, !seen.insert("\(key):\(effect)").inserted {
        add(.duplicate(taint.path, taint.value ?? .null))
      }
    }
  }

  mutating func namespace(_ root: Field) {
    for finalizer in items(root["spec"]["finalizers"]) { name(finalizer, .qualifiedName) }
  }

  mutating func configMap(_ root: Field) {
    var size = 0
    for (key, value) in members(root["data"]) ?? JSONObject() {
      let field = Field(path: root["data"].path.key(key), value: value)
      entryName(key, field)
      size += string(field)?.utf8.count ?? 0
      if root.value?["binaryData"]?[key] != nil {
        add(.invalid(field.path, .string(key), "duplicate of key present in binaryData"))
      }
    }
    for (key, value) in members(root["binaryData"]) ?? JSONObject() {
      let field = Field(path: root["binaryData"].path.key(key), value: value)
      entryName(key, field)
      size += bytes(field)
    }
    if size > 1 << 20 { add(.tooLong(FieldPath(), maximumBytes: 1 << 20)) }
    _ = bool(root["immutable"])
  }

  mutating func secret(_ root: Field) {
    var size = 0
    for (key, value) in members(root["data"]) ?? JSONObject() {
      let field = Field(path: root["data"].path.key(key), value: value)
      entryName(key, field)
      size += bytes(field)
    }
    for (key, value) in members(root["stringData"]) ?? JSONObject() {
      let field = Field(path: root["stringData"].path.key(key), value: value)
      entryName(key, field)
      size += string(field)?.utf8.count ?? 0
    }
    if size > 1 << 20 { add(.tooLong(root["data"].path, maximumBytes: 1 << 20)) }
    _ = bool(root["immutable"])
    secretType(root)
  }

  /// What each type of secrets must hold.
  private mutating func secretType(_ root: Field) {
    func has(_ key: String) -> Bool {
      root["data"].value?[key] != nil || root["stringData"].value?[key] != nil
    }
    let data = root["data"].path
    switch string(root["type"]) {
    case "kubernetes.io/service-account-token":
      let key = "kubernetes.io/service-account.name"
      if root["metadata"]["annotations"].value?[key]?.stringValue?.isEmpty ?? true {
        add(.required(root["metadata"]["annotations"].path.key(key)))
      }
    case "kubernetes.io/dockercfg": if !has(".dockercfg") { add(.required(data.key(".dockercfg"))) }
    case "kubernetes.io/dockerconfigjson":
      if !has(".dockerconfigjson") { add(.required(data.key(".dockerconfigjson"))) }
    case "kubernetes.io/basic-auth":
      if !has("username"), !has("password") {
        add(.required(data.key("username")))
        add(.required(data.key("password")))
      }
    case "kubernetes.io/ssh-auth": if !has("ssh-privatekey") { add(.required(data.key("ssh-privatekey"))) }
    case "kubernetes.io/tls":
      for key in ["tls.crt", "tls.key"] where !has(key) { add(.required(data.key(key))) }
    default: break
    }
  }

  private mutating func entryName(_ key: String, _ field: Field) {
    for problem in NameRule.configMapKey.problems(in: key) { add(.invalid(field.path, .string(key), problem)) }
  }

  /// The number of bytes that a text of base64 stands for.
  private mutating func bytes(_ field: Field) -> Int {
    guard let text = string(field) else { return 0 }
    guard let bytes = Base64.decode(text) else {
      add(.invalid(field.path, "", "illegal base64 data"))
      return 0
    }
    return bytes.count
  }

  mutating func serviceAccount(_ root: Field) {
    for list in ["secrets", "imagePullSecrets"] {
      for reference in items(root[list]) where isObject(reference) { _ = string(reference["name"]) }
    }
    _ = bool(root["automountServiceAccountToken"])
  }

  mutating func lease(_ root: Field) {
    let spec = root["spec"]
    guard isObject(spec) else { return }
    if let seconds = integer(spec["leaseDurationSeconds"]), seconds <= 0 {
      add(.invalid(spec["leaseDurationSeconds"].path, .integer(seconds), "must be greater than 0"))
    }
    count(spec["leaseTransitions"])
    if let holder = string(spec["holderIdentity"]), holder.isEmpty {
      add(.invalid(spec["holderIdentity"].path, "", "must not be empty"))
    }
    for time in ["renewTime", "acquireTime"] {
      if let text = string(spec[time]), Timestamp(rfc3339: text) == nil {
        add(.invalid(spec[time].path, .string(text), "must be a time as of RFC 3339"))
      }
    }
  }
}
