import EdgeAPIModels
import EdgeJSON
import EdgeTestKit

/// A patch schema out of the dump of Kubernetes' Go types, or out of the small one of upstream's own tests.
///
/// Sendable, as a table is complete before it is handed out.
final class GoTypeSchema: PatchSchema, @unchecked Sendable {
  private var fields: [String: PatchField<GoTypeSchema>] = [:]

  func patchField(named name: String) -> PatchField<GoTypeSchema>? { fields[name] }

  /// The types of every kind, by `group/version/Kind` (core: `v1/Pod`).
  static func kinds() throws -> [String: GoTypeSchema] {
    let table = try VectorTable("smp-schema")
    let types = table.header["types"]?.objectValue ?? JSONObject()
    let schemas = Dictionary(uniqueKeysWithValues: types.keys.map { ($0, GoTypeSchema()) })
    for (name, type) in types {
      for (field, member) in flattened(type, types) { schemas[name]?.fields[field] = patchField(member, schemas) }
    }
    var kinds: [String: GoTypeSchema] = [:]
    for kind in table.cases {
      let group = kind["group"]?.stringValue ?? ""
      let name = "\(kind["version"]?.stringValue ?? "")/\(kind["kind"]?.stringValue ?? "")"
      kinds[group.isEmpty ? name : "\(group)/\(name)"] = schemas[kind["type"]?.stringValue ?? ""]
    }
    return kinds
  }

  /// The fields with those of embedded types.
  private static func flattened(_ type: JSONValue, _ types: JSONObject) -> [(String, JSONValue)] {
    (type["fields"]?.arrayValue ?? []).flatMap { field -> [(String, JSONValue)] in
      if field["inline"] == true {
        guard let embedded = types[name(of: field["type"]?.stringValue ?? "")] else { return [] }
        return flattened(embedded, types)
      }
      return [(field["json"]?.stringValue ?? "", field)]
    }
  }

  private static func patchField(_ field: JSONValue, _ schemas: [String: GoTypeSchema]) -> PatchField<GoTypeSchema> {
    let type = field["type"]?.stringValue ?? ""
    return PatchField(
      schema: schemas[name(of: type)], isList: type.hasPrefix("[]") || type.hasPrefix("*"),
      strategy: strategy(field), mergeKey: field["patchMergeKey"]?.stringValue)
  }

  private static func name(of type: String) -> String { String(type.drop { $0 == "*" || $0 == "[" || $0 == "]" }) }

  private static func strategy(_ field: JSONValue) -> PatchStrategy {
    PatchStrategy(names: (field["patchStrategy"]?.arrayValue ?? []).compactMap(\.stringValue))
  }

  /// Upstream's `MergeItem`.
  static func mergeItem(_ table: VectorTable) -> GoTypeSchema {
    let types = table.header["schema"]?.objectValue ?? JSONObject()
    let schemas = Dictionary(uniqueKeysWithValues: types.keys.map { ($0, GoTypeSchema()) })
    for (name, type) in types {
      for (field, member) in type.objectValue ?? JSONObject() {
        let item = member["item"]?.stringValue
        schemas[name]?.fields[field] = PatchField(
          // What is no list is a pointer there.
          schema: schemas[item ?? member["type"]?.stringValue ?? ""], isList: true, strategy: strategy(member),
          mergeKey: member["patchMergeKey"]?.stringValue)
      }
    }
    return schemas["MergeItem"] ?? GoTypeSchema()
  }
}
