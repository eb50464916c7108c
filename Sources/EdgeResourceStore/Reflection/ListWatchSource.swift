import EdgeAPIModels

/// Whatever can show a resource as it is and tell its changes from there: a ``ResourceStore``, a Kubernetes API server.
public protocol ListWatchSource<Object>: Sendable {
  associatedtype Object: Sendable

  /// One page of the objects; all pages of a list show one state, and say which.
  /// - Parameters:
  ///   - limit: the longest page; nil asks for all in one.
  ///   - token: the one that the page before gave.
  /// - Throws: ``ResourceError`` with `expired` when the state of a continued list is gone.
  func list(limit: Int?, continuing token: String?) async throws(ResourceError) -> ResourcePage<Object>

  /// Hands over what changes after a version, in order, until the source ends the watch (then it returns and can be resumed
  /// after the last batch) or the task is cancelled.
  /// - Parameter deliver: the source waits while it runs, and keeps what happens meanwhile in bounded memory.
  /// - Throws: ``ResourceError`` with `expired` when the changes after that version are not all known any more.
  func watch(
    after version: ResourceVersion, _ deliver: @escaping @Sendable (ResourceBatch<Object>) async -> Void
  ) async throws(ResourceError)
}

/// A page of a list.
public struct ResourcePage<Object: Sendable>: Sendable {
  public var items: [ResourceItem<Object>] = []
  public var unreadable: [UnreadableObject] = []
  /// The state that the whole list shows; a watch carries on after it.
  public var version: ResourceVersion
  /// Present when there is another page.
  public var continueToken: String?
  /// Objects on later pages; nil when unknown.
  public var remainingCount: Int?

  public init(version: ResourceVersion) { self.version = version }
}

/// What happened to a resource in one step of its source; without changes, a note that nothing did up to the version.
public struct ResourceBatch<Object: Sendable>: Sendable {
  /// Where a watch resumes: everything up to here has been told.
  public var version: ResourceVersion
  public var changes: [ResourceChange<Object>]

  public init(version: ResourceVersion, changes: [ResourceChange<Object>] = []) {
    self.version = version
    self.changes = changes
  }
}

/// One change as a source tells it.
public enum ResourceChange<Object: Sendable>: Sendable {
  /// Created or changed.
  case put(ResourceItem<Object>)
  /// Deleted at a version.
  case deleted(ObjectKey, ResourceVersion)
  /// Created or changed into something that cannot be read.
  case unreadable(UnreadableObject)
}
