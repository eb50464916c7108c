import EdgeJSON

/// Reads the members of small objects of the scheduler; absent and null read as empty, as in Go.
enum SchedulingField {
  static func object(_ json: JSONValue, _ what: String) throws(ObjectError) -> JSONObject {
    switch json {
    case .object(let members): return members
    case .null: return JSONObject()
    default: throw ObjectError(code: .invalidField, message: "a \(what) must be an object")
    }
  }

  static func string(_ name: String, in members: JSONObject) throws(ObjectError) -> String {
    switch members[name] {
    case nil, .null: return ""
    case .string(let text): return text
    default: throw ObjectError(code: .invalidField, field: name, message: "must be a string")
    }
  }

  static func array(_ name: String, in members: JSONObject) throws(ObjectError) -> [JSONValue] {
    switch members[name] {
    case nil, .null: return []
    case .array(let elements): return elements
    default: throw ObjectError(code: .invalidField, field: name, message: "must be an array")
    }
  }
}
