import EdgeAPIModels
import EdgeJSON

/// A change that is written down as a patch of an object's JSON form.
public enum ObjectPatch: Hashable, Sendable {
  /// RFC 7386: looks like the object, null removes, lists are replaced whole.
  case merge(JSONValue)
  /// RFC 6902: a list of operations, which apply all or not at all.
  case json(JSONPatch)
  /// Kubernetes' merge patch that merges lists by key; only for built-in kinds.
  case strategic(JSONValue)

  /// - Parameter schema: the type of the document; nil for a custom kind.
  public func applied(to document: JSONValue, schema: TypeSchema?) throws(APIError) -> JSONValue {
    if case .strategic = self, schema == nil { throw .noStrategicMerge }
    do {
      return try result(for: document, schema)
    } catch {
      throw APIError(error)
    }
  }

  private func result(for document: JSONValue, _ schema: TypeSchema?) throws(PatchError) -> JSONValue {
    switch self {
    case .json(let patch): return try patch.apply(to: document)
    case .merge(let patch), .strategic(let patch):
      guard patch.objectValue != nil else { throw PatchError(.malformedPatch, "a merge patch must be a JSON object") }
      guard case .strategic = self, let schema else { return JSONMergePatch.apply(patch, to: document) }
      return try StrategicMergePatch.apply(patch, to: document, schema: schema)
    }
  }
}

/// The forms of a PATCH request's body.
enum PatchFormat: String, Hashable, Sendable, CaseIterable {
  case json = "application/json-patch+json"
  case merge = "application/merge-patch+json"
  case strategic = "application/strategic-merge-patch+json"
  /// A manifest to apply; its JSON is YAML, too.
  case apply = "application/apply-patch+yaml"

  /// Those that an object can be patched with, in the order in which a refusal names them.
  static func accepted(hasSchema: Bool, subresource: Subresource?) -> [PatchFormat] {
    allCases.filter { format in
      switch format {
      case .json, .merge: true
      case .strategic: hasSchema
      case .apply: subresource == nil
      }
    }
  }
}
