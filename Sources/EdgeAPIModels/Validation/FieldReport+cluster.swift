import EdgeJSON
import EdgePrimitives

extension FieldReport {
  mutating func node(_ root: Field) {
    guard isObject(root["spec"]) else { return }
    taints(root["spec"]["taints"])
    _ = bool(root["spec"]["unschedulable"])
  }

  /// Taints are told apart by key and effect.
  private mutating func taints(_ taints: Field) {
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

  mutating func configMap(_ root: Field) {
    var size = 0
    for (key, value) in members(root["data"]) ?? JSONObject() {
      let field = Field(path: root["data"].path.key(key), value: value)
      for problem in NameRule.configMapKey.problems(in: key) { add(.invalid(field.path, .string(key), problem)) }
      size += string(field)?.utf8.count ?? 0
      if root.value?["binaryData"]?[key] != nil {
        add(.invalid(field.path, .string(key), "duplicate of key present in binaryData"))
      }
    }
    for (key, value) in members(root["binaryData"]) ?? JSONObject() {
      let field = Field(path: root["binaryData"].path.key(key), value: value)
      for problem in NameRule.configMapKey.problems(in: key) { add(.invalid(field.path, .string(key), problem)) }
      size += string(field)?.utf8.count ?? 0
    }
    if size > 1 << 20 { add(.tooLong(FieldPath(), maximumBytes: 1 << 20)) }
    _ = bool(root["immutable"])
  }

  mutating func lease(_ root: Field) {
    let spec = root["spec"]
    guard isObject(spec) else { return }
    if let seconds = integer(spec["leaseDurationSeconds"]), seconds <= 0 {
      add(.invalid(spec["leaseDurationSeconds"].path, .integer(seconds), "must be greater than 0"))
    }
    _ = integer(spec["leaseTransitions"], in: 0...(Int64(Int32.max)))
    if let holder = string(spec["holderIdentity"]), holder.isEmpty {
      add(.invalid(spec["holderIdentity"].path, "", "must not be empty"))
    }
    for time in ["renewTime", "acquireTime"] {
      if let text = string(spec[time]), Timestamp(rfc3339: text) == nil {
        add(.invalid(spec[time].path, .string(text), "must be a time as of RFC 3339"))
      }
    }
  }

  /// Source: the NodePool types and webhook of OpenYurt.
  mutating func nodePool(_ root: Field) {
    let spec = root["spec"]
    guard isObject(spec) else { return }
    let type = choice(spec["type"], ["Edge", "Cloud"])
    labels(spec["labels"])
    annotations(spec["annotations"])
    taints(spec["taints"])
    if bool(spec["hostNetwork"]) == true, type == "Cloud" {
      add(.forbidden(spec["hostNetwork"].path, "a pool of type Cloud cannot use the host network"))
    }
    choice(spec["leaderElectionStrategy"], ["mark", "random"])
    _ = integer(spec["leaderReplicas"], in: 1...(Int64(Int32.max)))
  }
}
