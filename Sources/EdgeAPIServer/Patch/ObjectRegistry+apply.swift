import EdgeAPIModels
import EdgeJSON

/// What applying a manifest did.
public struct ApplyResult: Hashable, Sendable {
  public enum Outcome: String, Hashable, Sendable {
    case created, configured, unchanged
  }

  public let outcome: Outcome
  /// The object as stored.
  public let object: UnstructuredObject
}

extension ObjectRegistry {
  /// Creates the object of a manifest, or merges the manifest into it as `kubectl apply` does: fields of the manifest
  /// win, fields that an earlier manifest had and this one has not are removed, fields of others stay.
  ///
  /// The manifest is remembered in the annotation `kubectl.kubernetes.io/last-applied-configuration`. Lists of built-in
  /// kinds are merged by their keys, those of custom kinds are replaced whole. A manifest in another version than the one
  /// applied before is compared in its own version.
  /// - Throws: as ``create(_:)`` and ``update(_:subresource:)``.
  @discardableResult
  public func apply(_ manifest: UnstructuredObject) async throws(APIError) -> ApplyResult {
    let type = try resourceType(of: manifest)
    var placed = manifest
    try place(&placed, type)
    // What the server manages is not the manifest's to say; one saved from `get -o yaml` carries it all the same.
    for field in ["creationTimestamp", "generation", "resourceVersion", "uid", "managedFields", "selfLink"] {
      placed.metadata.content[field] = nil
    }
    if type.hasStatusSubresource { placed.content["status"] = nil }
    let remembered = LastApplied.remembering(placed)
    guard let name = placed.metadata.name, !name.isEmpty else {
      throw APIError(.badRequest, "\(placed.kind) of a manifest to apply needs metadata.name")
    }
    let key = try key(of: placed)
    for _ in 0..<Self.applyAttempts {
      guard let before = try await read(key)?.object else {
        do {
          // A null in a manifest means that the field is not wanted, which a new object has no need to be told.
          var new = remembered
          new.content = new.content.withoutNullMembers
          return try await ApplyResult(outcome: .created, object: create(new))
        } catch  where error.code == .alreadyExists {
          continue
        }
      }
      do {
        let after = try await edit(key, subresource: nil, version: manifest.gvk.version) {
          (document) throws(APIError) in
          try merged(remembered, into: document)
        }
        let isUnchanged = after.metadata.resourceVersion == before.metadata.resourceVersion
        return ApplyResult(outcome: isUnchanged ? .unchanged : .configured, object: after)
      } catch  where error.code == .notFound {
        continue
      }
    }
    throw .conflict(key)
  }

  private func merged(_ manifest: UnstructuredObject, into document: JSONValue) throws(APIError) -> JSONValue {
    guard let current = document.objectValue else { return document }
    let original = JSONValue.object(try lastApplied(in: current, version: manifest.gvk.version))
    let modified = JSONValue.object(manifest.content)
    let schema = try resourceType(of: manifest).builtInSchema(version: manifest.gvk.version)
    do throws(PatchError) {
      guard let schema else {
        let patch = try JSONMergePatch.createThreeWay(original: original, modified: modified, current: document)
        return JSONMergePatch.apply(patch, to: document)
      }
      let patch = try StrategicMergePatch.createThreeWay(
        original: original, modified: modified, current: document, schema: schema)
      return try StrategicMergePatch.apply(patch, to: document, schema: schema)
    } catch {
      throw APIError(error)
    }
  }

  /// The manifest applied before, in the version of the new one; empty when there was none or it cannot be read, which
  /// removes nothing.
  private func lastApplied(in current: JSONObject, version: String) throws(APIError) -> JSONObject {
    guard let text = current["metadata"]?["annotations"]?[LastApplied.annotation]?.stringValue,
      let manifest = try? UnstructuredObject(parsing: Array(text.utf8))
    else { return JSONObject() }
    return (try? converted(manifest, to: version).content) ?? JSONObject()
  }

  private static var applyAttempts: Int { 8 }
}

enum LastApplied {
  static let annotation = "kubectl.kubernetes.io/last-applied-configuration"

  /// The manifest with itself as annotation, as kubectl writes it: sorted keys, one line, a line feed at the end.
  static func remembering(_ manifest: UnstructuredObject) -> UnstructuredObject {
    var plain = manifest
    plain.metadata.annotations[annotation] = nil
    let text = JSONValue.object(plain.content).serialized(JSONStyle(keyOrder: .sorted, escaping: .go))
    var result = plain
    result.metadata.annotations[annotation] = String(decoding: text, as: UTF8.self) + "\n"
    return result
  }
}
