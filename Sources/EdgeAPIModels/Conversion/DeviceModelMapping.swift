import EdgeJSON

/// Device models: the property types of v1alpha2 are objects (`{"int": {"minimum": 0}}`), those of v1beta1 are words with
/// bounds as texts (`"type": "INT", "minimum": "0"`).
enum DeviceModelMapping {
  private static let words = [
    "int": "INT", "float": "FLOAT", "double": "DOUBLE", "string": "STRING", "boolean": "BOOLEAN", "bytes": "BYTES",
  ]
  private static let nestedNames = Dictionary(uniqueKeysWithValues: words.map { ($0.value, $0.key) })
  private static let bounds = ["minimum", "maximum"]

  static func toFlat(_ body: JSONObject) -> JSONObject {
    body.mappingProperties { nested in
      var flat = nested.taking(["name", "description"])
      guard let type = nested["type"]?.objectValue,
        let (name, settings) = type.compactMap({ key, value in value.objectValue.map { (key, $0) } }).first,
        let word = words[name]
      else { return flat }
      flat["type"] = .string(word)
      for key in ["accessMode", "unit"] { flat[key] = settings[key] }
      for key in bounds {
        switch settings[key] {
        case .integer(let number): flat[key] = .string(String(number))
        case .number(let number): flat[key] = .string(number.literal)
        default: break
        }
      }
      return flat
    }
  }

  static func toNested(_ body: JSONObject) -> JSONObject {
    body.mappingProperties { flat in
      var nested = flat.taking(["name", "description"])
      guard let name = flat["type"]?.stringValue.flatMap({ nestedNames[$0] }) else { return nested }
      var settings = flat.taking(["accessMode"])
      if ["int", "float", "double"].contains(name) {
        settings["unit"] = flat["unit"]
        for key in bounds { settings[key] = flat[key]?.stringValue.flatMap { number($0, isInteger: name == "int") } }
      }
      nested["type"] = .object([name: .object(settings)])
      return nested
    }
  }

  private static func number(_ text: String, isInteger: Bool) -> JSONValue? {
    guard let value = try? JSONValue(parsing: text) else { return nil }
    switch value {
    case .integer: return value
    case .number: return isInteger ? nil : value
    default: return nil
    }
  }
}

extension JSONObject {
  func taking(_ keys: [String]) -> JSONObject {
    var taken = JSONObject()
    for key in keys { taken[key] = self[key] }
    return taken
  }

  /// A body with only the members that both versions of a model share, and its properties translated.
  fileprivate func mappingProperties(_ translate: (JSONObject) -> JSONObject) -> JSONObject {
    guard let spec = self["spec"]?.objectValue else { return taking(["spec"]) }
    var translated = spec.taking(["protocol"])
    if let properties = spec["properties"]?.arrayValue {
      translated["properties"] = .array(properties.compactMap(\.objectValue).map { .object(translate($0)) })
    }
    return ["spec": .object(translated)]
  }
}
