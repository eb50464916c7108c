import EdgeAPIModels
import EdgeJSON

/// The pure rules of an update: which part of the proposed object counts, and what it does to the system's own fields.
enum ObjectUpdate {
  /// Metadata that only the API server writes.
  private static let systemFields = [
    "name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
    "deletionGracePeriodSeconds",
  ]

  static func reconcile(
    _ proposed: UnstructuredObject, with current: UnstructuredObject, subresource: Subresource?,
    strategy: ResourceStrategy
  ) -> UnstructuredObject {
    if subresource == .status {
      var result = current
      result.content["status"] = proposed.content["status"]
      return result
    }
    var result = proposed
    if strategy.hasStatusSubresource { result.content["status"] = current.content["status"] }
    var metadata = result.metadata
    for field in systemFields { metadata.content[field] = current.metadata.content[field] }
    result.metadata = metadata
    return result
  }

  /// The generation counts the changes that someone has to act on.
  static func raiseGeneration(
    of new: inout UnstructuredObject, from current: UnstructuredObject, strategy: ResourceStrategy
  ) {
    guard new.content.contains(key: "spec") else { return }
    let changed = desired(new, strategy) != desired(current, strategy)
    new.metadata.generation = (current.metadata.generation ?? 1) + (changed ? 1 : 0)
  }

  private static func desired(_ object: UnstructuredObject, _ strategy: ResourceStrategy) -> JSONObject {
    var content = object.content
    content["metadata"] = nil
    if strategy.hasStatusSubresource { content["status"] = nil }
    return content
  }

  /// A deletion that only waited for finalizers is finished by the update that removes the last of them.
  static func finishesDeletion(_ object: UnstructuredObject) -> Bool {
    object.metadata.deletionTimestamp != nil && object.metadata.finalizers.isEmpty
      && (object.metadata.deletionGracePeriodSeconds ?? 0) == 0
  }
}
