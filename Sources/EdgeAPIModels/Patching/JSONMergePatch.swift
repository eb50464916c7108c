import EdgeJSON

/// JSON merge patch (RFC 7386): a patch looks like the object, null removes a member, arrays are replaced whole.
///
/// One thing is as in Kubernetes' API server and not as in the RFC: in an array that is new or replaces something other
/// than an object, members that are null are left out of the objects. No API object means anything by them.
public enum JSONMergePatch {
  public static func apply(_ patch: JSONValue, to target: JSONValue) -> JSONValue {
    guard case .object(let changes) = patch else {
      return target.objectValue == nil ? withoutNullMembers(patch) : patch
    }
    var result = target.objectValue ?? JSONObject()
    for (key, change) in changes {
      // Not `nil` in a conditional expression: it would be read as the literal for JSON's null.
      if change.isNull { result[key] = Optional.none } else { result[key] = apply(change, to: result[key] ?? .null) }
    }
    return .object(result)
  }

  private static func withoutNullMembers(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let elements): .array(elements.map(withoutNullMembers))
    case .object(let object):
      .object(JSONObject(object.filter { !$0.value.isNull }.map { ($0.key, withoutNullMembers($0.value)) }))
    default: value
    }
  }

  /// The patch that makes `modified` out of `original`. A merge patch cannot write a null: members that are null in
  /// `modified` come out removed.
  public static func create(from original: JSONValue, to modified: JSONValue) -> JSONValue {
    guard case .object(let before) = original, case .object(let after) = modified else { return modified }
    var patch = JSONObject()
    for (key, value) in after {
      guard let old = before[key] else {
        patch[key] = value
        continue
      }
      if old == value { continue }
      patch[key] = old.objectValue != nil && value.objectValue != nil ? create(from: old, to: value) : value
    }
    for (key, _) in before where after[key] == nil { patch[key] = .null }
    return .object(patch)
  }
}
