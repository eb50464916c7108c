import EdgeAPIModels

/// Whoever can answer get, list and watch with the API server's semantics: the registry in the cloud, a cache on a node.
///
/// All of them speak the storage version; the HTTP layer converts.
public protocol ObjectSource: Sendable {
  /// - Throws: ``APIError/Code/notFound``.
  func get(_ key: ObjectKey) async throws(APIError) -> UnstructuredObject
  /// - Throws: ``APIError/Code/expired`` when a continued page's snapshot is compacted.
  func list(_ resource: GroupResource, options: ListOptions) async throws(APIError) -> ObjectList
  /// - Parameter resource: nil watches all resources.
  /// - Throws: ``APIError/Code/expired`` when the start is compacted; the watch may throw it later as well.
  func watch(_ resource: GroupResource?, options: WatchOptions) async throws(APIError) -> ObjectWatch
}

/// What a list covers. The default is everything, read now.
public struct ListOptions: Sendable {
  /// nil covers all namespaces.
  public var namespace: String?
  public var labelSelector: LabelSelector?
  public var fieldSelector: FieldSelector?
  /// The longest page in objects; nil means all in one.
  public var limit: Int?
  /// The token of the page before; the list goes on in the same snapshot.
  public var continueToken: String?
  public var version = ListVersion.mostRecent

  public init(
    namespace: String? = nil, labelSelector: LabelSelector? = nil, fieldSelector: FieldSelector? = nil,
    limit: Int? = nil, continueToken: String? = nil, version: ListVersion = .mostRecent
  ) {
    self.namespace = namespace
    self.labelSelector = labelSelector
    self.fieldSelector = fieldSelector
    self.limit = limit
    self.continueToken = continueToken
    self.version = version
  }
}

/// Which state a list shows; the pair `resourceVersion` and `resourceVersionMatch` of the HTTP API.
public enum ListVersion: Hashable, Sendable {
  case mostRecent
  case notOlderThan(String)
  case exact(String)
}

/// What a watch covers and where it starts.
public struct WatchOptions: Sendable {
  /// nil covers all namespaces.
  public var namespace: String?
  public var labelSelector: LabelSelector?
  public var fieldSelector: FieldSelector?
  /// Events after this resource version; nil or `0` first tells the present state as added events.
  public var resourceVersion: String?
  /// Tells by bookmarks how far the watch has come when selectors hide everything that happens.
  public var sendsBookmarks: Bool

  public init(
    namespace: String? = nil, labelSelector: LabelSelector? = nil, fieldSelector: FieldSelector? = nil,
    resourceVersion: String? = nil, sendsBookmarks: Bool = false
  ) {
    self.namespace = namespace
    self.labelSelector = labelSelector
    self.fieldSelector = fieldSelector
    self.resourceVersion = resourceVersion
    self.sendsBookmarks = sendsBookmarks
  }
}

/// One page of a list, with the resource version from which a watch carries on.
public struct ObjectList: Sendable {
  public let items: [UnstructuredObject]
  public let resourceVersion: String
  /// Present when there is another page.
  public let continueToken: String?
  /// Objects on later pages; nil when unknown (with selectors).
  public let remainingItemCount: Int?

  public init(
    items: [UnstructuredObject], resourceVersion: String, continueToken: String? = nil, remainingItemCount: Int? = nil
  ) {
    self.items = items
    self.resourceVersion = resourceVersion
    self.continueToken = continueToken
    self.remainingItemCount = remainingItemCount
  }
}

extension ObjectSource {
  public func list(
    _ resource: GroupResource, namespace: String? = nil, labelSelector: LabelSelector? = nil,
    fieldSelector: FieldSelector? = nil, limit: Int? = nil, continue continueToken: String? = nil
  ) async throws(APIError) -> ObjectList {
    try await list(
      resource,
      options: ListOptions(
        namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector, limit: limit,
        continueToken: continueToken))
  }

  /// - Parameter resourceVersion: events after it; nil first tells the present state as added events.
  public func watch(
    _ resource: GroupResource? = nil, namespace: String? = nil, labelSelector: LabelSelector? = nil,
    fieldSelector: FieldSelector? = nil, from resourceVersion: String? = nil
  ) async throws(APIError) -> ObjectWatch {
    try await watch(
      resource,
      options: WatchOptions(
        namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector,
        resourceVersion: resourceVersion))
  }
}
