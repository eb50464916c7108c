import EdgeJSON

/// Finds out whether two patches of one object want different things.
///
/// As in `MergingMapsHaveConflicts` upstream. What two patches do to different elements of a merged list, or to different
/// scalars of one, is no conflict.
enum StrategicConflicts<Schema: PatchSchema> {
  /// - Throws: `conflict` when there is one, and else what keeps from comparing. Upstream cannot compare two patches that
  ///   both remove scalars from one list: it looks for a field of the directive's name.
  static func check(
    _ patch: JSONObject, against changes: JSONObject, _ schema: Schema?
  ) throws(PatchError) {
    var obstacle: PatchError?
    for (key, value) in patch where key != PatchDirective.patch && key != PatchDirective.retainKeys {
      guard let other = changes[key] else { continue }
      do {
        try check(key, value, against: other, schema)
      } catch {
        if error.code == .conflict { throw error }
        obstacle = obstacle ?? error
      }
    }
    if let obstacle { throw obstacle }
  }

  private static func check(
    _ key: String, _ value: JSONValue, against other: JSONValue, _ schema: Schema?
  ) throws(PatchError) {
    var field: PatchField<Schema>?
    switch value {
    case .array: field = try Schema.listField(key, of: schema)
    case .object: field = try Schema.objectField(key, of: schema)
    default: break
    }
    do {
      try check(value, against: other, field)
    } catch {
      throw error.under(key)
    }
  }

  private static func check(
    _ value: JSONValue, against other: JSONValue, _ field: PatchField<Schema>?
  ) throws(PatchError) {
    switch (value, other) {
    case (.object(let object), .object(let otherObject)):
      if object[PatchDirective.patch] != otherObject[PatchDirective.patch] { throw conflict() }
      if field?.strategy.contains(.replace) ?? false { return }
      try check(object, against: otherObject, field?.schema)
    case (.array(let list), .array(let otherList)):
      try check(list, against: otherList, field)
    default:
      if !value.isDeeplyEqual(to: other) { throw conflict() }
    }
  }

  private static func check(
    _ list: [JSONValue], against other: [JSONValue], _ field: PatchField<Schema>?
  ) throws(PatchError) {
    let kind = try PatchElementKind(of: list, other)
    // Elements carry the schema of the list on, and no strategy.
    let element = PatchField(schema: field?.schema)
    if field?.strategy.contains(.merge) ?? false {
      if kind != .object { return }
      let counterparts = try elements(of: other, by: field?.mergeKey ?? "")
      for (identity, value) in try elements(of: list, by: field?.mergeKey ?? "") {
        if let counterpart = counterparts[identity] { try check(value, against: counterpart, element) }
      }
      return
    }
    if list.count != other.count { throw conflict() }
    if kind == .object {
      for (value, counterpart) in zip(list, other) { try check(value, against: counterpart, element) }
    } else if Set(list.compactMap(PatchScalar.init)) != Set(other.compactMap(PatchScalar.init)) {
      // Upstream compares them sorted and without duplicates.
      throw conflict()
    }
  }

  private static func elements(
    of list: [JSONValue], by mergeKey: String
  ) throws(PatchError) -> [PatchScalar: JSONValue] {
    let identities = try StrategicMerge<Schema>.identities(of: list, by: mergeKey)
    return Dictionary(zip(identities, list)) { _, last in last }
  }

  private static func conflict() -> PatchError {
    PatchError(.conflict, "the live object was changed in another way than the patch changes it")
  }
}
