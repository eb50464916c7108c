import EdgeJSON

/// A place in an object that is being checked: its path and what stands there, nil when nothing does. A JSON null counts
/// as nothing.
struct Field {
  let path: FieldPath
  let value: JSONValue?

  init(path: FieldPath, value: JSONValue?) {
    self.path = path
    self.value = value?.isNull == true ? nil : value
  }

  var isPresent: Bool { value != nil }

  subscript(name: String) -> Field { Field(path: path.child(name), value: value?[name]) }
}

/// Collects what is wrong with an object. The reading methods report a wrong JSON type and give nil, so that checks read
/// as if every value were well typed.
struct FieldReport {
  /// A hostile object may be wrong in every byte; nobody reads more than this.
  static let maximumErrors = 100

  private(set) var errors: [FieldError] = []

  mutating func add(_ error: FieldError) {
    if errors.count < Self.maximumErrors { errors.append(error) }
  }

  mutating func require(_ field: Field, _ detail: String = "") {
    if !field.isPresent { add(.required(field.path, detail)) }
  }

  /// Whether an object stands here whose members can be checked.
  mutating func isObject(_ field: Field) -> Bool { members(field) != nil }

  mutating func members(_ field: Field) -> JSONObject? { read(field, "object", \.objectValue) }
  mutating func string(_ field: Field) -> String? { read(field, "string", \.stringValue) }
  mutating func bool(_ field: Field) -> Bool? { read(field, "boolean", \.boolValue) }

  mutating func items(_ field: Field) -> [Field] {
    guard let elements = read(field, "array", \.arrayValue) else { return [] }
    return elements.enumerated().map { Field(path: field.path.index($0.offset), value: $0.element) }
  }

  /// The elements of an array that must be there and have some.
  mutating func requiredItems(_ field: Field, _ detail: String = "") -> [Field] {
    if !field.isPresent || field.value?.arrayValue?.isEmpty == true { add(.required(field.path, detail)) }
    return items(field)
  }

  /// A string that must be there and not be empty.
  mutating func requiredString(_ field: Field, _ detail: String = "") -> String? {
    let text = string(field)
    if !field.isPresent || text == "" {
      add(.required(field.path, detail))
      return nil
    }
    return text
  }

  mutating func integer(_ field: Field, in range: ClosedRange<Int64>? = nil) -> Int64? {
    guard let number = read(field, "integer", \.integerValue) else { return nil }
    guard let range, !range.contains(number) else { return number }
    let detail =
      range.upperBound == .max
      ? "must be greater than or equal to \(range.lowerBound)"
      : "must be between \(range.lowerBound) and \(range.upperBound), inclusive"
    add(.invalid(field.path, .integer(number), detail))
    return nil
  }

  /// A string that follows a rule; an absent one follows every rule.
  @discardableResult
  mutating func name(_ field: Field, _ rule: NameRule) -> String? {
    guard let text = string(field) else { return nil }
    let problems = rule.problems(in: text)
    for problem in problems { add(.invalid(field.path, .string(text), problem)) }
    return problems.isEmpty ? text : nil
  }

  @discardableResult
  mutating func requiredName(_ field: Field, _ rule: NameRule) -> String? {
    requiredString(field) == nil ? nil : name(field, rule)
  }

  @discardableResult
  mutating func choice(_ field: Field, _ supported: [String], isRequired: Bool = false) -> String? {
    guard let text = isRequired ? requiredString(field) : string(field) else { return nil }
    if supported.contains(text) { return text }
    add(.notSupported(field.path, .string(text), supported: supported))
    return nil
  }

  /// Says so when `name` was there before.
  mutating func unique(_ name: String?, in seen: inout Set<String>, at path: FieldPath) {
    guard let name else { return }
    if !seen.insert(name).inserted { add(.duplicate(path, .string(name))) }
  }

  mutating func strings(_ field: Field) {
    for item in items(field) { _ = string(item) }
  }

  mutating func labels(_ field: Field) {
    for (key, value) in members(field) ?? JSONObject() {
      for problem in NameRule.qualifiedName.problems(in: key) { add(.invalid(field.path, .string(key), problem)) }
      guard let text = string(Field(path: field.path.key(key), value: value)) else { continue }
      for problem in NameRule.labelValue.problems(in: text) { add(.invalid(field.path, .string(text), problem)) }
    }
  }

  mutating func annotations(_ field: Field) {
    var size = 0
    for (key, value) in members(field) ?? JSONObject() {
      for problem in NameRule.qualifiedName.problems(in: key.lowercased()) {
        add(.invalid(field.path, .string(key), problem))
      }
      size += key.utf8.count + (string(Field(path: field.path.key(key), value: value))?.utf8.count ?? 0)
    }
    if size > 256 << 10 { add(.tooLong(field.path, maximumBytes: 256 << 10)) }
  }

  private mutating func read<Value>(
    _ field: Field, _ expected: String, _ view: KeyPath<JSONValue, Value?>
  ) -> Value? {
    guard let value = field.value else { return nil }
    if let typed = value[keyPath: view] { return typed }
    add(.typeInvalid(field.path, value, expected: expected))
    return nil
  }
}
