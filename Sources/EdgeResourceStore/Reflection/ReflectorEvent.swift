import EdgeAPIModels

/// What a ``Reflector`` tells of a resource, in order. Every event is one step of what is known of one object, but for
/// `synced`.
public enum ReflectorEvent<Object: Sendable>: Sendable {
  case added(ResourceItem<Object>)
  case modified(ResourceItem<Object>, old: ResourceItem<Object>)
  /// The object is gone; its last known state and the version of the deletion.
  case deleted(ResourceItem<Object>, at: ResourceVersion)
  /// The object was changed into something that cannot be read. What was known of it stays in the view: it may be old, but
  /// the object is not gone.
  case unreadable(UnreadableObject, old: ResourceItem<Object>?)
  /// The resource was listed. What differs from what was known may be the sum of many changes, of which only the outcome is
  /// seen; of the first list everything differs.
  case synced(ResourceDifference<Object>)
}

/// What a list showed that was not known before it.
public struct ResourceDifference<Object: Sendable>: Sendable {
  public var added: [ResourceItem<Object>] = []
  public var modified: [(new: ResourceItem<Object>, old: ResourceItem<Object>)] = []
  /// What is gone, in its last known state. When it went is not known.
  public var deleted: [ResourceItem<Object>] = []
  /// All that cannot be read, whether it was known or not.
  public var unreadable: [UnreadableObject] = []
  /// The state that was listed.
  public var version: ResourceVersion
  /// Whether nothing was known before.
  public var isFirst: Bool

  public var isEmpty: Bool { added.isEmpty && modified.isEmpty && deleted.isEmpty && unreadable.isEmpty }
}
