import EdgeJSON

/// Duplicates in lists that are sets (`x-kubernetes-list-type: set`) or maps.
enum ListTypeCheck {
  static func check(_ value: JSONValue, _ node: SchemaNode, at path: FieldPath, _ problems: inout SchemaProblems) {
    switch value {
    case .object(let object):
      for (key, member) in object {
        if let property = node.property(key) {
          check(member, property, at: path.child(key), &problems)
        } else if case .schema(let child)? = node.additionalProperties {
          check(member, child, at: path.key(key), &problems)
        }
      }
    case .array(let elements):
      switch node.listType {
      case .set: duplicates(elements, shown: elements, path, &problems)
      case .map: map(elements, keys: node.listMapKeys, path, &problems)
      default: break
      }
      guard let items = node.items else { return }
      for (index, element) in elements.enumerated() { check(element, items, at: path.index(index), &problems) }
    default: break
    }
  }

  /// Reports the second occurrence of each value; further ones add nothing.
  private static func duplicates(
    _ values: [JSONValue], shown: [JSONValue], _ path: FieldPath, _ problems: inout SchemaProblems
  ) {
    var seen: [JSONValue: Int] = [:]
    for (index, value) in values.enumerated() {
      let count = (seen[value] ?? 0) + 1
      seen[value] = count
      if count == 2 { problems.add(.duplicate(path.index(index), shown[index])) }
    }
  }

  private static func map(
    _ elements: [JSONValue], keys: [String], _ path: FieldPath, _ problems: inout SchemaProblems
  ) {
    for (index, element) in elements.enumerated() {
      switch element {
      case .null, .object: break
      default:
        problems.add(.invalid(path.index(index), element, "must be an object for an array of list-type map"))
        return
      }
    }
    let entries = elements.map { element in
      JSONValue.object(JSONObject(keys.compactMap { key in element[key].map { (key, $0) } }))
    }
    duplicates(entries, shown: entries, path, &problems)
  }
}
