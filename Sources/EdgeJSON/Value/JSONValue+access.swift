extension JSONValue {
  public var isNull: Bool { if case .null = self { true } else { false } }

  public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }

  public var stringValue: String? { if case .string(let value) = self { value } else { nil } }

  public var arrayValue: [JSONValue]? { if case .array(let value) = self { value } else { nil } }

  public var objectValue: JSONObject? { if case .object(let value) = self { value } else { nil } }

  /// The number as an integer; nil for other types and for literals with a fraction or an exponent, also `1.0`.
  public var integerValue: Int64? { if case .integer(let value) = self { value } else { nil } }

  /// The nearest double; nil for other types and for numbers beyond the range of a double.
  public var doubleValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value.doubleValue
    default: nil
    }
  }

  /// A member of an object; nil when this is no object or has no such member.
  ///
  /// Setting a member of a value that is no object replaces the value by an object; setting nil removes the member.
  public subscript(key: String) -> JSONValue? {
    get { if case .object(let object) = self { object[key] } else { nil } }
    set { self[path: [key]] = newValue }
  }

  /// An element of an array; nil when this is no array or the index is outside it.
  public subscript(index: Int) -> JSONValue? {
    guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  /// Changes an object in place, without a copy when nobody else holds it.
  /// - Returns: nil when this is no object; `change` is not called then.
  public mutating func modifyObject<Result, Failure: Error>(
    _ change: (inout JSONObject) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard case .object(var object) = self else { return nil }
    self = .null
    defer { self = .object(object) }
    return try change(&object)
  }

  /// Changes an array in place, without a copy when nobody else holds it.
  /// - Returns: nil when this is no array; `change` is not called then.
  public mutating func modifyArray<Result, Failure: Error>(
    _ change: (inout [JSONValue]) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard case .array(var elements) = self else { return nil }
    self = .null
    defer { self = .array(elements) }
    return try change(&elements)
  }

  /// The value at a path of object keys; the empty path is the value itself.
  ///
  /// Setting creates the objects that are missing on the way and replaces what is no object there. Setting nil removes
  /// the last key and creates nothing.
  public subscript(path path: [String]) -> JSONValue? {
    get { self[path[...]] }
    set { set(newValue, at: path[...]) }
  }

  private subscript(path: ArraySlice<String>) -> JSONValue? {
    guard let key = path.first else { return self }
    guard case .object(let object) = self, let child = object[key] else { return nil }
    return child[path.dropFirst()]
  }

  fileprivate mutating func set(_ newValue: JSONValue?, at path: ArraySlice<String>) {
    if path.isEmpty {
      self = newValue ?? .null
    } else if case .object(var object) = self {
      object.set(newValue, at: path)
      self = .object(object)
    } else if newValue != nil {
      var object = JSONObject()
      object.set(newValue, at: path)
      self = .object(object)
    }
  }
}

extension JSONObject {
  /// The value at a path of object keys, with the rules of ``JSONValue/subscript(path:)``. The empty path reads as the
  /// object itself and cannot be set.
  public subscript(path path: [String]) -> JSONValue? {
    get { JSONValue.object(self)[path: path] }
    set {
      precondition(!path.isEmpty, "an object cannot be replaced through an empty path")
      set(newValue, at: path[...])
    }
  }

  fileprivate mutating func set(_ newValue: JSONValue?, at path: ArraySlice<String>) {
    guard let key = path.first else { return }
    let rest = path.dropFirst()
    if rest.isEmpty {
      self[key] = newValue
    } else if var child = self[key] {
      child.set(newValue, at: rest)
      self[key] = child
    } else if newValue != nil {
      var child = JSONValue.object(JSONObject())
      child.set(newValue, at: rest)
      self[key] = child
    }
  }
}
