import EdgeJSON
import EdgePrimitives

extension CellColumn {
  /// A column of a custom kind. Source: `apiextensions-apiserver`'s table convertor.
  static func printer(_ column: PrinterColumn) -> CellColumn {
    let description =
      column.description.isEmpty
      ? "Custom resource definition column (in JSONPath format): \(column.jsonPath)" : column.description
    let path = PrinterColumnPath(column.jsonPath)
    return CellColumn(
      column.name, column.type, format: column.format, description, priority: column.priority
    ) { object, now in
      guard let value = path.values(in: object).first, !value.isNull else { return .null }
      return cell(value, type: column.type, now)
    }
  }

  private static func cell(_ value: JSONValue, type: String, _ now: Timestamp) -> JSONValue {
    switch type {
    case "string": return .string(value.stringValue ?? value.text)
    case "integer":
      if let integer = value.integerValue { return .integer(integer) }
      return value.doubleValue.flatMap { Int64(exactly: $0.rounded(.towardZero)) }.map { .integer($0) } ?? .null
    case "number": return value.doubleValue == nil ? .null : value
    case "boolean": return value.boolValue == nil ? .null : value
    case "date":
      guard let text = value.stringValue else { return .null }
      return .string(Timestamp(rfc3339: text).map { HumanDuration.text(now - $0) } ?? "<invalid>")
    default: return .null
    }
  }
}
