import EdgeJSON

/// What stands in a column of a table.
public struct TableColumn: Hashable, Sendable {
  public let name: String
  /// An OpenAPI type: `string`, `integer`, `number`, `boolean` or `date`.
  public let type: String
  /// An OpenAPI format; `name` marks the column that names the object.
  public let format: String
  public let description: String
  /// 0 is always shown, more than 0 only in a wide view.
  public let priority: Int64

  public init(name: String, type: String, format: String = "", description: String = "", priority: Int64 = 0) {
    self.name = name
    self.type = type
    self.format = format
    self.description = description
    self.priority = priority
  }

  public var json: JSONValue {
    [
      "name": .string(name), "type": .string(type), "format": .string(format), "description": .string(description),
      "priority": .integer(priority),
    ]
  }
}
