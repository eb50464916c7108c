import EdgeJSON

/// Checks values against schema nodes, in the order and the words of `kube-openapi`'s validators.
enum SchemaCheck {
  /// - Parameter path: the value's path as the messages show it; empty at the root.
  static func check(_ value: JSONValue, _ node: SchemaNode, path: String) -> SchemaProblems {
    var problems = SchemaProblems()
    if case .null = value {
      problems.merge(type(value, node, path))
      problems.merge(enumeration(value, node, path))
      return problems
    }
    if !node.types.isEmpty || node.format != nil { run(type(value, node, path), &problems) }
    run(SchemaJunctors.check(value, node, path), &problems)
    switch value {
    case .string(let text):
      run(string(text, node, path), &problems)
      if let format = node.format { run(Self.format(text, format, path), &problems) }
    case .integer, .number: run(number(value, node, path), &problems)
    case .array(let elements): run(array(elements, node, path), &problems)
    default: break
    }
    run(enumeration(value, node, path), &problems)
    if case .object(let object) = value { run(members(object, node, path), &problems) }
    problems.count()
    return problems
  }

  private static func run(_ found: SchemaProblems, _ problems: inout SchemaProblems) {
    problems.merge(found)
    problems.count()
  }

  static func fieldPath(_ path: String) -> FieldPath {
    if path.isEmpty || path == "." { return FieldPath("<nil>") }
    return FieldPath(path.hasPrefix(".") ? String(path.dropFirst()) : path)
  }

  private static func typeError(_ path: String, _ expected: String, shown: JSONValue, found: String) -> FieldError {
    FieldError(
      path: fieldPath(path).description, kind: .typeInvalid, badValue: shown,
      detail: "\(path) in body must be of type \(expected): \(GoQuoting.quoted(found))")
  }

  private static func type(_ value: JSONValue, _ node: SchemaNode, _ path: String) -> SchemaProblems {
    var problems = SchemaProblems()
    let types = node.types
    let found = value.typeName
    if case .null = value {
      if !types.isEmpty, !node.isNullable {
        problems.add(typeError(path, types.joined(separator: ","), shown: "null", found: found))
      } else {
        problems.count()
      }
      return problems
    }
    let isText = found == "string" || found == "array"
    if node.format != nil, isText, !types.contains("number"), !types.contains("integer") {
      // A text with a format is that check's part.
      problems.count()
      return problems
    }
    let isIntegralNumber = found == "number" && value.isIntegral && types.contains("integer")
    let isIntegerForNumber = found == "integer" && types.contains("number")
    if !types.isEmpty, !types.contains(found), !isIntegralNumber, !isIntegerForNumber {
      let expected = !isText ? node.format ?? types.joined(separator: ",") : types.joined(separator: ",")
      // Where a format was asked for, the server shows the value's own format, which is empty but for numbers.
      let shown = expected == node.format ? (found == "integer" ? "int64" : found == "number" ? "float64" : "") : found
      problems.add(typeError(path, expected, shown: .string(shown), found: shown))
    } else {
      problems.count()
    }
    return problems
  }

  private static func string(_ text: String, _ node: SchemaNode, _ path: String) -> SchemaProblems {
    var problems = SchemaProblems()
    lazy var length = Int64(text.unicodeScalars.count)
    if let maximum = node.maximumLength, length > maximum {
      problems.add(.tooLong(fieldPath(path), maximumBytes: Int(maximum)))
    } else if let minimum = node.minimumLength, length < minimum {
      invalid(.string(text), "should be at least \(minimum) chars long", path, &problems)
    } else if let pattern = node.pattern, !pattern.matches(text) {
      invalid(.string(text), "should match '\(pattern.source)'", path, &problems)
    }
    return problems
  }

  private static func format(_ text: String, _ format: String, _ path: String) -> SchemaProblems {
    var problems = SchemaProblems()
    if !SchemaFormat.accepts(text, format: format) {
      problems.add(typeError(path, format, shown: .string(text), found: text))
    }
    return problems
  }

  static func invalid(
    _ value: JSONValue, _ detail: String, _ path: String, _ problems: inout SchemaProblems
  ) {
    problems.add(.invalid(fieldPath(path), value, "\(path) in body \(detail)"))
  }

  private static func array(_ elements: [JSONValue], _ node: SchemaNode, _ path: String) -> SchemaProblems {
    var problems = SchemaProblems()
    if let items = node.items {
      for (index, element) in elements.enumerated() {
        problems.merge(check(element, items, path: "\(path)[\(index)]"))
      }
    }
    let size = Int64(elements.count)
    if let minimum = node.minimumItems, size < minimum {
      invalid(.integer(size), "should have at least \(minimum) items", path, &problems)
    }
    if let maximum = node.maximumItems, size > maximum {
      problems.add(.tooMany(fieldPath(path), count: elements.count, maximum: Int(maximum)))
    }
    if node.hasUniqueItems, Set(elements).count != elements.count {
      invalid("", "shouldn't contain duplicates", path, &problems)
    }
    problems.count()
    return problems
  }

  private static func enumeration(_ value: JSONValue, _ node: SchemaNode, _ path: String) -> SchemaProblems {
    var problems = SchemaProblems()
    if node.enumeration.isEmpty || node.enumeration.contains(where: { isEqual($0, value) }) { return problems }
    let supported = node.enumeration.map { $0.stringValue ?? $0.text }
    problems.add(.notSupported(fieldPath(path), value.isNull ? "null" : value, supported: supported))
    return problems
  }

  /// `1` and `1.0` are the same number.
  private static func isEqual(_ left: JSONValue, _ right: JSONValue) -> Bool {
    if left == right { return true }
    guard let first = left.doubleValue, let second = right.doubleValue else { return false }
    return first == second
  }

  private static func members(_ object: JSONObject, _ node: SchemaNode, _ path: String) -> SchemaProblems {
    var problems = SchemaProblems()
    let count = Int64(object.count)
    if let minimum = node.minimumProperties, count < minimum {
      invalid(.integer(count), "should have at least \(minimum) properties", path, &problems)
    }
    if let maximum = node.maximumProperties, count > maximum {
      problems.add(.tooMany(fieldPath(path), count: object.count, maximum: Int(maximum)))
    }
    if let additional = node.additionalProperties {
      for (key, value) in object where node.property(key) == nil {
        switch additional {
        case .allowed: break
        case .forbidden:
          problems.add(
            .invalid(fieldPath(path), .string(key), "\(path).\(key) in body is a forbidden property"))
        case .schema(let child): problems.merge(check(value, child, path: "\(path).\(key)"))
        }
      }
    }
    for (name, child) in node.properties {
      if let value = object[name] {
        problems.merge(check(value, child, path: path.isEmpty ? name : "\(path).\(name)"))
      }
    }
    for name in node.required where object[name] == nil {
      problems.add(.required(fieldPath("\(path).\(name)")))
    }
    return problems
  }
}
