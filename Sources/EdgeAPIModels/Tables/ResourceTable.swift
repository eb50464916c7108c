import EdgeJSON
import EdgePrimitives

/// Objects as a person reads them, one a row: `meta.k8s.io/v1 Table`, which a client asks for with `as=Table`.
///
/// Columns and cells are those of the API server for the kinds of Kubernetes, those of the printer columns for custom
/// kinds. A value of the wrong JSON type prints as an absent one. Nothing is read but the arguments: the time against which
/// ages are counted is one of them.
public struct ResourceTable: Sendable {
  /// What a row carries beside its cells, `includeObject` in the request.
  public enum IncludedObject: String, Sendable {
    case none = "None"
    case metadata = "Metadata"
    case object = "Object"
  }

  public struct Row: Sendable, Hashable {
    /// One value for each column; null where there is nothing to show.
    public let cells: [JSONValue]
    /// Facts that a client may act upon: a pod that has completed.
    public let conditions: [JSONValue]
    /// As ``IncludedObject`` wants it.
    public let object: JSONValue
    public let namespace: String?
  }

  public let columns: [TableColumn]
  public let rows: [Row]
  /// Resource version and continue token of the list, or the resource version of the one object.
  public let metadata: JSONObject

  /// - Parameters:
  ///   - value: an object, or a list (an object with `items`) of objects of one kind.
  ///   - layout: how the objects print; ``TableLayout/standard(for:)`` of their kind when nil.
  ///   - now: the time against which ages are counted.
  public init(
    _ value: JSONValue, layout: TableLayout? = nil, now: Timestamp, includes included: IncludedObject = .metadata
  ) {
    let apiVersion = value["apiVersion"]?.stringValue ?? ""
    let kind = value["kind"]?.stringValue ?? ""
    let items = kind.hasSuffix("List") ? value["items"]?.arrayValue ?? [] : nil
    let itemKind = items == nil ? kind : String(kind.dropLast(4))
    let gvk = GroupVersionKind(apiVersion: apiVersion, kind: itemKind)
    let layout = layout ?? gvk.map { .standard(for: $0) } ?? .other
    columns = layout.columns
    rows = (items ?? [value]).map { item in
      Row(
        cells: layout.cells(item, now), conditions: layout.conditions(item),
        object: Self.object(item, included, apiVersion: apiVersion, kind: itemKind),
        namespace: item["metadata"]?["namespace"]?.stringValue)
    }
    var metadata = JSONObject()
    let names = items == nil ? ["resourceVersion"] : ["resourceVersion", "continue", "remainingItemCount"]
    for name in names { metadata[name] = value["metadata"]?[name] }
    self.metadata = metadata
  }

  /// A table of objects of one kind that are at hand one by one.
  ///
  /// - Parameter kind: what the objects are; it chooses the columns, also when there is no object.
  public init(
    _ objects: [UnstructuredObject], kind: GroupVersionKind, layout: TableLayout? = nil, now: Timestamp,
    includes included: IncludedObject = .metadata
  ) {
    self.init(
      [
        "apiVersion": .string(kind.apiVersion), "kind": .string(kind.kind + "List"),
        "items": .array(objects.map { .object($0.content) }),
      ], layout: layout, now: now, includes: included)
  }

  /// The table as the API answers with it.
  public var json: JSONValue { json(columns: .array(columns.map(\.json))) }

  /// The table of a later event of a watch: the client has the columns already.
  public var jsonWithoutColumns: JSONValue { json(columns: .null) }

  private func json(columns: JSONValue) -> JSONValue {
    [
      "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": .object(metadata), "columnDefinitions": columns,
      "rows": .array(
        rows.map { row in
          var object: JSONObject = ["cells": .array(row.cells)]
          if !row.conditions.isEmpty { object["conditions"] = .array(row.conditions) }
          object["object"] = row.object
          return .object(object)
        }),
    ]
  }

  private static func object(
    _ item: JSONValue, _ included: IncludedObject, apiVersion: String, kind: String
  ) -> JSONValue {
    switch included {
    case .none: return .null
    case .metadata:
      return [
        "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": item["metadata"] ?? [:],
      ]
    case .object:
      // Lists leave the type of their items to the reader.
      guard case .object(var object) = item else { return item }
      if object["apiVersion"] == nil { object["apiVersion"] = .string(apiVersion) }
      if object["kind"] == nil { object["kind"] = .string(kind) }
      return .object(object)
    }
  }
}
