import EdgeJSON

/// kubectl apply's merge: what the manifest says wins, what an earlier manifest said and this one does not is removed,
/// and what others wrote stays. Lists are replaced whole, as kubectl does for custom resources.
///
/// Source: `jsonmergepatch.CreateThreeWayJSONMergePatch` of `k8s.io/apimachinery`.
enum ThreeWayMerge {
  /// The RFC 7386 patch that takes `current` to the merged state.
  static func patch(original: JSONObject, modified: JSONObject, current: JSONObject) -> JSONObject {
    combined(deletions(original, modified), additions(current, modified))
  }

  private static func additions(_ current: JSONObject, _ modified: JSONObject) -> JSONObject {
    var patch = JSONObject()
    for (key, wanted) in modified where !wanted.isNull {
      switch (current[key], wanted) {
      case (.object(let present)?, .object(let asked)):
        let inner = additions(present, asked)
        if !inner.isEmpty { patch[key] = .object(inner) }
      case (let present, _):
        if present != wanted { patch[key] = wanted.withoutNullMembers }
      }
    }
    return patch
  }

  /// A null in the manifest is a removal too, whatever was applied before.
  private static func deletions(_ original: JSONObject, _ modified: JSONObject) -> JSONObject {
    var patch = JSONObject()
    for (key, before) in original {
      switch (before, modified[key]) {
      case (_, nil): patch[key] = .null
      case (.object(let old), .object(let new)?):
        let inner = deletions(old, new)
        if !inner.isEmpty { patch[key] = .object(inner) }
      default: break
      }
    }
    for (key, value) in modified where value.isNull { patch[key] = .null }
    return patch
  }

  private static func combined(_ deletions: JSONObject, _ additions: JSONObject) -> JSONObject {
    var patch = deletions
    for (key, addition) in additions {
      if case .object(let removed)? = patch[key], case .object(let added) = addition {
        patch[key] = .object(combined(removed, added))
      } else {
        patch[key] = addition
      }
    }
    return patch
  }
}
