import EdgeJSON

/// Steps of which defaults are made. Each leaves alone what is there and has another type than expected.
extension JSONObject {
  /// Sets a member that is absent or null.
  mutating func fill(_ key: String, _ value: JSONValue) {
    if self[key]?.isNull ?? true { self[key] = value }
  }

  /// Sets a text that is absent or empty: Go does not tell the two apart.
  mutating func fillText(_ key: String, _ value: String) {
    if self[key] == "" { self[key] = .string(value) }
    fill(key, .string(value))
  }

  /// Changes the object at a key in place.
  mutating func change(_ key: String, _ change: (inout JSONObject) -> Void) {
    guard case .object(var object)? = self[key] else { return }
    change(&object)
    self[key] = .object(object)
  }

  /// Changes the object at a key in place; one that is absent is made first.
  mutating func changeOrMake(_ key: String, _ change: (inout JSONObject) -> Void) {
    fill(key, .object(JSONObject()))
    self.change(key, change)
  }

  /// Changes every object of a list in place; other elements stay as they are.
  mutating func changeEach(_ key: String, _ change: (inout JSONObject) -> Void) {
    guard case .array(let elements)? = self[key] else { return }
    self[key] = .array(
      elements.map { element in
        guard case .object(var object) = element else { return element }
        change(&object)
        return .object(object)
      })
  }
}
