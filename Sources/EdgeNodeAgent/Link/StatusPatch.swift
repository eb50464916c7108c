import EdgeAPIModels
import EdgeJSON

/// A whole status as the strategic merge patch that brings the stored one to it.
///
/// Lists of conditions and addresses are merged by key: what others say there (another controller's condition) stays, as
/// with a kubelet. An address that this node no longer says is deleted by its key, and only if the cloud is known to have
/// it: an API server before Kubernetes 1.24 takes a directive for an element when there is no list to apply it to.
enum StatusPatch {
  /// - Parameter known: the status that the cloud had last.
  static func merging(_ status: JSONValue, over known: JSONValue?, apiVersion: String, kind: String) -> JSONValue {
    guard var members = status.objectValue, let known = known?.objectValue,
      let gvk = GroupVersionKind(apiVersion: apiVersion, kind: kind),
      let fields = TypeSchema(gvk)?.patchField(named: "status")?.schema
    else { return status }
    for (name, value) in members where name != "conditions" {
      guard let elements = value.arrayValue, let stored = known[name]?.arrayValue,
        let field = fields.patchField(named: name), field.strategy.contains(.merge), let key = field.mergeKey
      else { continue }
      let said = Set(elements.compactMap { $0[key]?.stringValue })
      let gone = Set(stored.compactMap { $0[key]?.stringValue }).subtracting(said)
      members[name] = .array(elements + gone.sorted().map { [key: .string($0), "$patch": "delete"] })
    }
    return .object(members)
  }
}
