import EdgeJSON

/// Makes a strategic merge patch out of two objects, or the half of one that a three-way merge needs.
struct StrategicDiff<Schema: PatchSchema> {
  /// Whether the patch sets what is new or changed.
  let additions: Bool
  /// Whether the patch removes what is gone.
  let deletions: Bool
  /// Whether merged lists get a `$setElementOrder`.
  let ordersLists: Bool

  /// - Parameter retainsKeys: whether the patch must say which members stay (strategy `retainKeys`).
  func patch(
    from original: JSONObject, to modified: JSONObject, _ schema: Schema?, retainsKeys: Bool = false
  ) throws(PatchError) -> JSONObject {
    var patch = JSONObject()
    for (key, value) in modified {
      guard let before = original[key] else {
        if additions { patch[key] = value }
        continue
      }
      if key == PatchDirective.patch {
        guard before.stringValue != nil, value.stringValue != nil else {
          throw PatchError(.malformedDocument, "a directive is a string", path: key)
        }
        if before != value { patch[key] = value }
        continue
      }
      switch (before, value) {
      case (.object(let before), .object(let after)):
        try compareObjects(key, before, after, &patch, schema)
      case (.array(let before), .array(let after)):
        try compareLists(key, before, after, &patch, schema)
      default:
        if additions, !before.isDeeplyEqual(to: value) { patch[key] = value }
      }
    }
    if deletions {
      for (key, _) in original where !modified.contains(key: key) { patch[key] = .null }
    }
    if retainsKeys {
      let retained = modified.filter { !$0.value.isNull }.map(\.key)
      let clears = original.contains { !$0.value.isNull && !modified.contains(key: $0.key) }
      if !retained.isEmpty, !patch.isEmpty || clears {
        patch[PatchDirective.retainKeys] = .array(sortedAsGoDoes(retained.map { .string($0) }))
      }
    }
    return patch
  }

  private func compareObjects(
    _ key: String, _ before: JSONObject, _ after: JSONObject, _ patch: inout JSONObject, _ schema: Schema?
  ) throws(PatchError) {
    guard let field = schema?.patchField(named: key) else {
      if JSONValue.object(before).isDeeplyEqual(to: .object(after)) { return }
      _ = try Schema.objectField(key, of: schema)
      return
    }
    if field.strategy.contains(.replace) {
      if additions { patch[key] = .object(after) }
      return
    }
    do {
      let change = try self.patch(
        from: before, to: after, field.schema, retainsKeys: field.strategy.contains(.retainKeys))
      if !change.isEmpty { patch[key] = .object(change) }
    } catch {
      throw error.under(key)
    }
  }

  private func compareLists(
    _ key: String, _ before: [JSONValue], _ after: [JSONValue], _ patch: inout JSONObject, _ schema: Schema?
  ) throws(PatchError) {
    let isEqual = { JSONValue.array(before).isDeeplyEqual(to: .array(after)) }
    guard let field = schema?.patchField(named: key), field.isList else {
      if isEqual() { return }
      _ = try Schema.listField(key, of: schema)
      return
    }
    guard field.strategy.contains(.merge) else {
      if additions, !isEqual() { patch[key] = .array(after) }
      return
    }
    do {
      let change = try compareMerged(before, after, field)
      if !change.elements.isEmpty { patch[key] = .array(change.elements) }
      if !change.deleted.isEmpty { patch[PatchDirective.deletionKey(of: key)] = .array(change.deleted) }
      if !change.order.isEmpty { patch[PatchDirective.orderKey(of: key)] = .array(change.order) }
    } catch {
      throw error.under(key)
    }
  }
}
