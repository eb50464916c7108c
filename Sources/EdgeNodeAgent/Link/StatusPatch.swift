import EdgeAPIModels
import EdgeJSON

/// A whole status as the strategic merge patch that puts it in the place of the stored one's members.
///
/// The cloud merges lists of conditions and addresses by key and would keep what this node no longer says; a directive in
/// such a list replaces it whole.
enum StatusPatch {
  static func replacing(with status: JSONValue, apiVersion: String, kind: String) -> JSONValue {
    guard var members = status.objectValue,
      let gvk = GroupVersionKind(apiVersion: apiVersion, kind: kind),
      let fields = TypeSchema(gvk)?.patchField(named: "status")?.schema
    else { return status }
    for (name, value) in members {
      guard let elements = value.arrayValue, let field = fields.patchField(named: name),
        field.strategy.contains(.merge),
        field.mergeKey != nil
      else { continue }
      members[name] = .array(elements + [["$patch": "replace"]])
    }
    return .object(members)
  }
}
