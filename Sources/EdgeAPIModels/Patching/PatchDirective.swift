import EdgeJSON

/// The members of a strategic merge patch that are no fields.
enum PatchDirective {
  /// `"$patch": "delete"`, `"replace"` or `"merge"`: what happens to the object that holds it.
  static let patch = "$patch"
  static let delete = JSONValue.string("delete")
  static let replace = JSONValue.string("replace")
  static let merge = JSONValue.string("merge")
  /// `"$retainKeys": [...]`: all other members of the object are removed.
  static let retainKeys = "$retainKeys"

  /// `"$deleteFromPrimitiveList/field": [...]`: the scalars to remove from a list.
  static let deleteFromList = "$deleteFromPrimitiveList"
  /// `"$setElementOrder/field": [...]`: the order of a merged list, its objects reduced to their merge keys.
  static let setElementOrder = "$setElementOrder"

  static func isDirective(_ key: String) -> Bool { key.utf8.first == UInt8(ascii: "$") }

  static func orderKey(of field: String) -> String { "\(setElementOrder)/\(field)" }
  static func deletionKey(of field: String) -> String { "\(deleteFromList)/\(field)" }

  /// The field that `$setElementOrder/field` or `$deleteFromPrimitiveList/field` is about.
  static func field(of key: String, after prefix: String) throws(PatchError) -> String {
    let rest = key.utf8.dropFirst(prefix.utf8.count)
    guard rest.first == UInt8(ascii: "/") else {
      throw PatchError(.malformedPatch, "not of the form \(prefix)/field", path: key)
    }
    return String(rest.dropFirst()) ?? ""
  }
}

extension JSONValue {
  /// A value that a patch adds, without what is only an instruction: objects with a `$patch` are left out, and with
  /// `droppingNulls` so are members that are null. nil when nothing of it is left.
  func withoutDirectives(droppingNulls: Bool) -> JSONValue? {
    if !holdsDirectives(orNulls: droppingNulls) { return self }
    switch self {
    case .array(let elements):
      return .array(elements.compactMap { $0.withoutDirectives(droppingNulls: droppingNulls) })
    case .object(let object):
      if let directive = object[PatchDirective.patch], !(droppingNulls && directive.isNull) { return nil }
      var result = JSONObject()
      for (key, value) in object where !(droppingNulls && value.isNull) {
        if let value = value.withoutDirectives(droppingNulls: droppingNulls) { result[key] = value }
      }
      return .object(result)
    default: return self
    }
  }

  private func holdsDirectives(orNulls: Bool) -> Bool {
    switch self {
    case .array(let elements): elements.contains { $0.holdsDirectives(orNulls: orNulls) }
    case .object(let object):
      object.contains { key, value in
        key == PatchDirective.patch || (orNulls && value.isNull) || value.holdsDirectives(orNulls: orNulls)
      }
    default: false
    }
  }
}
