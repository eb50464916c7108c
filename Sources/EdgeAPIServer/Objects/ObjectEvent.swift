import EdgeAPIModels

/// One step of a watch.
public struct ObjectEvent: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable {
    case added = "ADDED"
    case modified = "MODIFIED"
    case deleted = "DELETED"
    /// Nothing happened that the watcher asked for up to this resource version; its object holds only kind and version.
    case bookmark = "BOOKMARK"
  }

  public let kind: Kind
  /// The object after the change; for ``Kind/deleted`` its last state, with the resource version of the deletion.
  public let object: UnstructuredObject

  public init(_ kind: Kind, _ object: UnstructuredObject) {
    self.kind = kind
    self.object = object
  }

  /// Where a watch resumes after this event.
  public var resourceVersion: String? { object.metadata.resourceVersion }
}
