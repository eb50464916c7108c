import EdgeJSON

/// Carries the changes from `base` to `changed` over to `original`, where `base` is `original` as seen through a narrower
/// form: what the narrow form cannot show keeps its place beside what was changed there.
///
/// Lists of objects are matched by `name` or `propertyName`, in the order of `changed`.
enum KeyedMerge {
  static func merge(original: JSONObject, base: JSONObject, changed: JSONObject) -> JSONObject {
    var result = original
    for key in Set(base.keys).union(changed.keys) where base[key] != changed[key] {
      if let old = original[key], let before = base[key], let after = changed[key] {
        result[key] = merge(original: old, base: before, changed: after)
      } else {
        result[key] = changed[key]
      }
    }
    return result
  }

  private static func merge(original: JSONValue, base: JSONValue, changed: JSONValue) -> JSONValue {
    if base == changed { return original }
    switch (original, base, changed) {
    case (.object(let original), .object(let base), .object(let changed)):
      return .object(merge(original: original, base: base, changed: changed))
    case (.array(let original), .array(let base), .array(let changed)):
      guard let originals = keyed(original), let bases = keyed(base), keyed(changed) != nil else {
        return .array(changed)
      }
      return .array(
        changed.map { element in
          guard let name = name(of: element), let old = originals[name], let before = bases[name] else {
            return element
          }
          return merge(original: old, base: before, changed: element)
        })
    default: return changed
    }
  }

  private static func name(of element: JSONValue) -> String? {
    element["name"]?.stringValue ?? element["propertyName"]?.stringValue
  }

  /// nil when an element has no name or two have the same.
  private static func keyed(_ elements: [JSONValue]) -> [String: JSONValue]? {
    var keyed: [String: JSONValue] = [:]
    for element in elements {
      guard let name = name(of: element), keyed.updateValue(element, forKey: name) == nil else { return nil }
    }
    return keyed
  }
}
