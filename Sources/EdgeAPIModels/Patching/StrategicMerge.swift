import EdgeJSON

/// Merges a strategic patch into an object, or into another patch.
///
/// Only the objects and lists on the way to a change are copied, one level each. There are no closures between the
/// levels, so that values as deep as can be parsed fit the stack.
struct StrategicMerge<Schema: PatchSchema> {
  enum Purpose {
    /// Directives are obeyed, nulls remove and leave nothing behind.
    case apply
    /// The target is a patch itself: directives and nulls stay, for whom the combined patch is sent to.
    case combine
  }

  let purpose: Purpose

  var isApplying: Bool { purpose == .apply }

  func merge(_ patch: JSONObject, into target: inout JSONObject, _ schema: Schema?) throws(PatchError) {
    if !patch.contains(where: { PatchDirective.isDirective($0.key) }) {
      for (key, value) in patch { try mergeMember(key, value, into: &target, schema) }
      return
    }
    var patch = patch
    if let directive = patch[PatchDirective.patch] {
      try obey(directive, &patch, &target)
      return
    }
    try applyRetainKeys(&patch, &target)
    try applyElementOrders(&patch, &target, schema)
    for (key, value) in patch {
      if !key.hasPrefix(PatchDirective.deleteFromList) {
        try mergeMember(key, value, into: &target, schema)
      } else if isApplying {
        let field = try PatchDirective.field(of: key, after: PatchDirective.deleteFromList)
        try deleteElements(field, value, from: &target, schema)
      } else {
        target[key] = value
      }
    }
  }

  private func obey(
    _ directive: JSONValue, _ patch: inout JSONObject, _ target: inout JSONObject
  ) throws(PatchError) {
    switch directive {
    case PatchDirective.replace:
      patch[PatchDirective.patch] = nil
      target = patch
    case PatchDirective.delete: target = JSONObject()
    default:
      throw PatchError(.malformedPatch, "an object cannot be patched by \(directive)", path: PatchDirective.patch)
    }
  }

  private func mergeMember(
    _ key: String, _ change: JSONValue, into target: inout JSONObject, _ schema: Schema?
  ) throws(PatchError) {
    if change.isNull {
      target[key] = nil
      if !isApplying { target[key] = change }
      return
    }
    switch (target[key], change) {
    case (.object(var object)?, .object(let changes)):
      let field = try Schema.objectField(key, of: schema)
      if field.strategy.contains(.replace) {
        target[key] = change
        return
      }
      do {
        try merge(changes, into: &object, field.schema)
      } catch {
        throw error.under(key)
      }
      target[key] = .object(object)
    case (.array(var list)?, .array(let changes)):
      let field = try Schema.listField(key, of: schema)
      guard field.strategy.contains(.merge) else {
        target[key] = change
        return
      }
      do {
        _ = try mergeList(changes, into: &list, field)
      } catch {
        throw error.under(key)
      }
      target[key] = .array(list)
    default: target[key] = change.withoutDirectives(droppingNulls: isApplying)
    }
  }

  /// `$deleteFromPrimitiveList`. It goes by the values alone, whatever the strategy of the field; as upstream has it, it
  /// merges where there are no scalars to remove.
  private func deleteElements(
    _ key: String, _ change: JSONValue, from target: inout JSONObject, _ schema: Schema?
  ) throws(PatchError) {
    if change.isNull {
      target[key] = nil
      return
    }
    guard let present = target[key] else { return }
    guard case (.array(var list), .array(let changes)) = (present, change) else {
      if let kind = PatchElementKind(present), kind == PatchElementKind(change) {
        try mergeMember(key, change, into: &target, schema)
      }
      return
    }
    let field = try Schema.listField(key, of: schema)
    if list.isEmpty && changes.isEmpty { return }
    do {
      if try PatchElementKind(of: list, changes) == .object {
        _ = try mergeList(changes, into: &list, field)
      } else {
        let removed = Set(changes.compactMap(PatchScalar.init))
        list.removeAll { element in PatchScalar(element).map(removed.contains) ?? false }
      }
      target[key] = .array(list)
    } catch {
      throw error.under(key)
    }
  }

  /// `$retainKeys`: whatever else the object has goes. A patch must retain what it sets.
  private func applyRetainKeys(_ patch: inout JSONObject, _ target: inout JSONObject) throws(PatchError) {
    let key = PatchDirective.retainKeys
    guard let directive = patch[key] else { return }
    patch[key] = nil
    guard isApplying else {
      if let present = target[key], !present.isDeeplyEqual(to: directive) {
        throw PatchError(.malformedPatch, "the two patches retain different keys", path: key)
      }
      target[key] = directive
      return
    }
    guard case .array(let list) = directive else {
      throw PatchError(.malformedPatch, "not a list of member names", path: key)
    }
    var retained = Set<PatchScalar>()
    for element in list {
      guard let name = PatchScalar(element) else {
        throw PatchError(.malformedPatch, "not a list of member names", path: key)
      }
      retained.insert(name)
    }
    func isRetained(_ name: String) -> Bool { PatchScalar(.string(name)).map(retained.contains) ?? false }
    for (name, value) in patch where !value.isNull && !isRetained(name) {
      if name.hasPrefix(PatchDirective.deleteFromList) || name.hasPrefix(PatchDirective.setElementOrder) { continue }
      throw PatchError(.malformedPatch, "the patch sets \"\(name)\" and does not retain it", path: key)
    }
    for name in target.keys where !isRetained(name) { target[name] = nil }
  }
}
