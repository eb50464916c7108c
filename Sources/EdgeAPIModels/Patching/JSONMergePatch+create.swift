import EdgeJSON

extension JSONMergePatch {
  /// The patch that makes `modified` out of `original`; for two arrays of one length, an array of the patches of their
  /// elements. A merge patch cannot write a null: members that are null in `modified` come out removed.
  ///
  /// Numbers are compared by value. (Upstream compares doubles, so it misses changes of integers beyond 2^53.)
  /// - Throws: `malformedDocument` for scalars, for an object and an array, and for arrays of different lengths. A null
  ///   counts as an empty object.
  public static func create(from original: JSONValue, to modified: JSONValue) throws(PatchError) -> JSONValue {
    if case (.array(let before), .array(let after)) = (original, modified) {
      guard before.count == after.count else {
        throw PatchError(.malformedDocument, "the arrays have different lengths")
      }
      var patches: [JSONValue] = []
      for (before, after) in zip(before, after) {
        patches.append(.object(difference(from: try object(before), to: try object(after))))
      }
      return .array(patches)
    }
    return .object(difference(from: try object(original), to: try object(modified)))
  }

  static func object(_ document: JSONValue) throws(PatchError) -> JSONObject {
    switch document {
    case .object(let object): return object
    case .null: return JSONObject()
    default: throw PatchError(.malformedDocument, "the document is not a JSON object")
    }
  }

  static func difference(from before: JSONObject, to after: JSONObject) -> JSONObject {
    var patch = JSONObject()
    for (key, value) in after {
      switch (before[key], value) {
      case (nil, _): patch[key] = value
      case (.object(let old)?, .object(let new)):
        let inner = difference(from: old, to: new)
        if !inner.isEmpty { patch[key] = .object(inner) }
      case (let old?, _): if !old.isNumericallyEqual(to: value) { patch[key] = value }
      }
    }
    for (key, _) in before where !after.contains(key: key) { patch[key] = .null }
    return patch
  }
}

extension JSONValue {
  /// Equality in which a number is its value, however it is written: `1` equals `1.0`.
  func isNumericallyEqual(to other: JSONValue) -> Bool {
    switch (self, other) {
    case (.integer(let left), .integer(let right)): return left == right
    case (.integer, .number), (.number, .integer), (.number, .number):
      return self == other || (doubleValue != nil && doubleValue == other.doubleValue)
    case (.array(let left), .array(let right)):
      return left.count == right.count && zip(left, right).allSatisfy { $0.isNumericallyEqual(to: $1) }
    case (.object(let left), .object(let right)):
      guard left.count == right.count else { return false }
      for (key, value) in left {
        guard let counterpart = right[key], value.isNumericallyEqual(to: counterpart) else { return false }
      }
      return true
    default: return self == other
    }
  }
}
