import EdgeJSON

/// JSON merge patch (RFC 7386): a patch looks like the object, null removes a member, arrays are replaced whole.
public enum JSONMergePatch {
  public static func apply(_ patch: JSONValue, to target: JSONValue) -> JSONValue {
    guard case .object(let changes) = patch else { return patch }
    var result = target.objectValue ?? JSONObject()
    for (key, change) in changes {
      result[key] = change.isNull ? nil : apply(change, to: result[key] ?? .null)
    }
    return .object(result)
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
