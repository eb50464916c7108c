import EdgeJSON
import EdgePrimitives

/// How objects of one kind print in a table.
public struct TableLayout: Sendable {
  public let columns: [TableColumn]
  let cells: @Sendable (JSONValue, Timestamp) -> [JSONValue]
  let conditions: @Sendable (JSONValue) -> [JSONValue]

  init(
    columns: [TableColumn], conditions: @escaping @Sendable (JSONValue) -> [JSONValue] = { _ in [] },
    cells: @escaping @Sendable (JSONValue, Timestamp) -> [JSONValue]
  ) {
    self.columns = columns
    self.conditions = conditions
    self.cells = cells
  }

  init(_ columns: [CellColumn]) {
    self.init(columns: columns.map(\.column)) { object, now in columns.map { $0.cell(object, now) } }
  }

  /// The layout of a kind that this package knows; ``other`` for the rest of Kubernetes' own groups, the age for those of
  /// others.
  public static func standard(for gvk: GroupVersionKind) -> TableLayout {
    workloads(gvk) ?? core(gvk) ?? policies(gvk) ?? storage(gvk) ?? kubeEdge(gvk) ?? openYurt(gvk)
      ?? (gvk.group.contains(".") && !gvk.group.hasSuffix(".k8s.io") ? TableLayout([PrinterColumn]()) : .other)
  }

  /// Name and creation time, as the API server shows a kind that has no columns of its own.
  public static let other = TableLayout([.name, .createdAt])

  /// The columns of a custom kind: its name, then what its definition wants, the age when that is nothing.
  public init(_ printerColumns: [PrinterColumn]) {
    let wanted =
      printerColumns.isEmpty
      ? [PrinterColumn(name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp")] : printerColumns
    self.init([.name] + wanted.map { .printer($0) })
  }
}

/// A column and how its cell is found.
struct CellColumn: Sendable {
  let column: TableColumn
  let cell: @Sendable (JSONValue, Timestamp) -> JSONValue

  /// A column of texts.
  init(
    _ name: String, format: String = "", _ description: String, priority: Int64 = 0,
    _ cell: @escaping @Sendable (JSONValue, Timestamp) -> JSONValue
  ) {
    self.init(name, "string", format: format, description, priority: priority, cell)
  }

  init(
    _ name: String, _ type: String, format: String = "", _ description: String, priority: Int64 = 0,
    _ cell: @escaping @Sendable (JSONValue, Timestamp) -> JSONValue
  ) {
    column = TableColumn(name: name, type: type, format: format, description: description, priority: priority)
    self.cell = cell
  }

  /// A text at a path.
  static func text(
    _ name: String, _ description: String, _ path: [String], absent: String = "", priority: Int64 = 0
  ) -> CellColumn {
    CellColumn(name, description, priority: priority) { object, _ in
      let text = object[path: path]?.stringValue ?? ""
      return .string(text.isEmpty ? absent : text)
    }
  }

  /// A number at a path, 0 when there is none.
  static func count(_ name: String, type: String = "integer", _ description: String, _ path: [String]) -> CellColumn {
    CellColumn(name, type, description) { object, _ in .integer(object[path: path]?.integerValue ?? 0) }
  }

  static let name = CellColumn("Name", format: "name", "Name of the object, unique among its kind and namespace") {
    object, _ in .string(object["metadata"]?["name"]?.stringValue ?? "")
  }

  static let age = CellColumn("Age", "Time since the object was created") { object, now in
    .string(HumanDuration.since(object["metadata"]?["creationTimestamp"]?.stringValue, now))
  }

  static let createdAt = CellColumn("Created At", "date", "When the object was created") { object, _ in
    // Read and written again: the column is in seconds and UTC, whatever the object says.
    let time = object["metadata"]?["creationTimestamp"]?.stringValue.flatMap { Timestamp(rfc3339: $0) }
    return time.map { .string($0.rfc3339) } ?? .null
  }
}

/// Lists and labels as cells print them.
enum CellText {
  static let none = "<none>"

  static func joined(_ parts: [String], absent: String = none) -> String {
    parts.isEmpty ? absent : parts.joined(separator: ",")
  }

  /// The first three, and how many more there are.
  static func firstThree(_ parts: [String], absent: String) -> String {
    if parts.isEmpty { return absent }
    let shown = parts.prefix(3).joined(separator: ",")
    return parts.count > 3 ? "\(shown) + \(parts.count - 3) more..." : shown
  }

  /// `a=b,c=d`, sorted by key.
  static func labels(_ value: JSONValue?) -> String {
    let members = (value?.objectValue ?? JSONObject()).map { "\($0.key)=\($0.value.stringValue ?? "")" }
    return joined(members.sorted())
  }

  /// A label selector of an object in the syntax of the query parameter.
  static func selector(_ value: JSONValue?) -> String {
    guard let value, let selector = try? LabelSelector(object: value) else { return none }
    return selector.isEmpty ? none : selector.description
  }

  static func strings(_ value: JSONValue?) -> [String] { value?.arrayValue?.compactMap(\.stringValue) ?? [] }

  static func bool(_ value: JSONValue?) -> String {
    value?.boolValue.map { $0 ? "True" : "False" } ?? "<unset>"
  }
}
