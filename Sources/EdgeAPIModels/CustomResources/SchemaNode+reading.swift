import EdgeJSON

/// How the parts of a schema are read, and which parts a structural schema cannot have.
extension SchemaNode {
  /// Bounds the stack that a hostile schema can take; objects are checked no deeper than their schemas.
  static let maximumDepth = 128

  static let knownTypes = ["array", "boolean", "integer", "number", "object", "string"]

  static func child(_ field: Field, report: inout FieldReport, depth: Int) -> SchemaNode? {
    guard field.isPresent else { return nil }
    if case .array? = field.value {
      report.add(.forbidden(field.path, "items must be a schema object and not an array"))
      return nil
    }
    return SchemaNode(field, report: &report, depth: depth + 1)
  }

  static func children(_ field: Field, report: inout FieldReport, depth: Int) -> [SchemaNode] {
    report.items(field).map { SchemaNode($0, report: &report, depth: depth + 1) }
  }

  static func additional(_ field: Field, report: inout FieldReport, depth: Int) -> AdditionalProperties? {
    switch field.value {
    case nil: return nil
    case .bool(let isAllowed)?: return isAllowed ? .allowed : .forbidden
    default: return .schema(SchemaNode(field, report: &report, depth: depth + 1))
    }
  }

  static func pattern(_ field: Field, report: inout FieldReport) -> TextPattern? {
    guard let source = report.string(field), !source.isEmpty else { return nil }
    do {
      return try TextPattern(parsing: source)
    } catch {
      let detail = "must be a valid regular expression, but isn't: \(error)"
      report.add(.invalid(field.path, .string(source), detail))
      return nil
    }
  }

  static func preserves(_ field: Field, report: inout FieldReport) -> Bool {
    guard let value = report.bool(field) else { return false }
    if !value { report.add(.invalid(field.path, false, "must be true or undefined")) }
    return value
  }

  static func refuseUnsupported(_ field: Field, report: inout FieldReport) {
    for name in ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"]
    where field[name].isPresent {
      report.add(.forbidden(field[name].path, "\(name) is not supported"))
    }
  }
}

extension FieldReport {
  mutating func number(_ field: Field) -> Double? {
    guard let value = field.value else { return nil }
    if let number = value.doubleValue { return number }
    add(.typeInvalid(field.path, value, expected: "number"))
    return nil
  }

  mutating func stringList(_ field: Field) -> [String] { items(field).compactMap { string($0) } }
}
