import EdgeJSON

extension JSONObject {
  /// Without members that are null, at any depth. Null elements of arrays stay: they have a place.
  var withoutNullMembers: JSONObject {
    var result = JSONObject()
    for (key, value) in self where !value.isNull { result[key] = value.withoutNullMembers }
    return result
  }
}

extension JSONValue {
  var withoutNullMembers: JSONValue {
    switch self {
    case .object(let object): .object(object.withoutNullMembers)
    case .array(let elements): .array(elements.map(\.withoutNullMembers))
    default: self
    }
  }
}
