import EdgeJSON

extension JSONMergePatch {
  /// The merge patch of `kubectl apply` for custom resources: takes the live object `current` to `modified` and removes
  /// what `original` (the configuration that was applied before) has and `modified` has no more. Lists are replaced
  /// whole; everything else in `current` stays.
  ///
  /// Source: `jsonmergepatch.CreateThreeWayJSONMergePatch` of `k8s.io/apimachinery`.
  /// - Throws: `malformedDocument` for what is no object (null counts as an empty one); `conflict` when a removal meets
  ///   an addition.
  public static func createThreeWay(
    original: JSONValue, modified: JSONValue, current: JSONValue
  ) throws(PatchError) -> JSONValue {
    let modified = try object(modified)
    let additions = additions(in: difference(from: try object(current), to: modified))
    let removals = removals(in: difference(from: try object(original), to: modified))
    try check(.object(additions), against: .object(removals))
    return apply(.object(additions), to: .object(removals))
  }

  /// What a patch sets. An empty object that is set is a value; one that is empty without its removals is no change.
  private static func additions(in patch: JSONObject) -> JSONObject {
    var result = JSONObject()
    for (key, value) in patch where !value.isNull {
      guard case .object(let inner) = value, !inner.isEmpty else {
        result[key] = value
        continue
      }
      let innerAdditions = additions(in: inner)
      if !innerAdditions.isEmpty { result[key] = .object(innerAdditions) }
    }
    return result
  }

  private static func removals(in patch: JSONObject) -> JSONObject {
    var result = JSONObject()
    for (key, value) in patch {
      if value.isNull {
        result[key] = value
      } else if case .object(let inner) = value {
        let innerRemovals = removals(in: inner)
        if !innerRemovals.isEmpty { result[key] = .object(innerRemovals) }
      }
    }
    return result
  }

  private static func check(_ additions: JSONValue, against removals: JSONValue) throws(PatchError) {
    guard case (.object(let added), .object(let removed)) = (additions, removals) else {
      if additions.isDeeplyEqual(to: removals) { return }
      throw PatchError(.conflict, "is set and removed at once")
    }
    for (key, value) in added {
      guard let other = removed[key] else { continue }
      do {
        try check(value, against: other)
      } catch {
        throw error.under(key)
      }
    }
  }
}
