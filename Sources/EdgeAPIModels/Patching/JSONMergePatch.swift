import EdgeJSON

/// JSON merge patch (RFC 7386): a patch looks like the object, null removes a member, arrays are replaced whole.
///
/// One thing is as in Kubernetes' API server and not as in the RFC: in an array that is new or replaces something other
/// than an object, members that are null are left out of the objects. No API object means anything by them.
public enum JSONMergePatch {
  /// Applies a patch to any value, as RFC 7386 does.
  public static func apply(_ patch: JSONValue, to target: JSONValue) -> JSONValue {
    guard case .object(let changes) = patch else {
      return target.objectValue == nil ? patch.withoutNullMembers : patch
    }
    guard case .object(var result) = target else { return patch.withoutNullMembers }
    merge(changes, into: &result)
    return .object(result)
  }

  /// Applies a patch with the answers of the library that Kubernetes uses (evanphx/json-patch v4), which takes only
  /// objects and arrays as patches and no null as a document.
  /// - Throws: `malformedDocument` for a null document, `malformedPatch` for a scalar or null patch.
  public static func applyAsKubernetes(_ patch: JSONValue, to document: JSONValue) throws(PatchError) -> JSONValue {
    if document.isNull { throw PatchError(.malformedDocument, "null cannot be merged into") }
    switch patch {
    case .object: return apply(patch, to: document)
    case .array: return patch.withoutNullMembers
    default: throw PatchError(.malformedPatch, "a merge patch is an object, or an array that replaces the document")
    }
  }

  private static func merge(_ changes: JSONObject, into target: inout JSONObject) {
    for (key, change) in changes {
      if change.isNull {
        target[key] = nil
        continue
      }
      guard case .object(let inner) = change else {
        target[key] = target[key]?.objectValue == nil ? change.withoutNullMembers : change
        continue
      }
      if case .object(var object)? = target[key] {
        merge(inner, into: &object)
        target[key] = .object(object)
      } else {
        target[key] = change.withoutNullMembers
      }
    }
  }
}

extension JSONValue {
  /// The value without the members of objects that are null, at any depth. Elements of arrays that are null stay.
  var withoutNullMembers: JSONValue {
    switch self {
    case .array(let elements): .array(elements.map(\.withoutNullMembers))
    case .object(let object):
      .object(JSONObject(object.lazy.filter { !$0.value.isNull }.map { ($0.key, $0.value.withoutNullMembers) }))
    default: self
    }
  }
}
