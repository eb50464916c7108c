#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives

/// The node's cache with the API server's read semantics, so that the same HTTP layer serves local clients while the
/// cloud is away. Selectors are evaluated here, over the one stored copy of each object (FF-12).
public struct CachedObjects: ObjectSource {
  private let cache: ObjectCache

  public init(cache: ObjectCache) { self.cache = cache }

  public func get(_ key: ObjectKey) async throws(APIError) -> UnstructuredObject {
    guard let object = cache.servedObject(key) else { throw .notFound(key) }
    return object
  }

  public func list(_ resource: GroupResource, options: ListOptions) async throws(APIError) -> ObjectList {
    let items = cache.servedObjects(
      of: resource, namespace: options.namespace, labels: options.labelSelector, fields: options.fieldSelector)
    return ObjectList(items: items, resourceVersion: version)
  }

  /// Tells the present state as added events and then what changes. A cache keeps no history, so a watch from an earlier
  /// version is answered as expired and the client lists again.
  public func watch(_ resource: GroupResource?, options: WatchOptions) async throws(APIError) -> ObjectWatch {
    if let start = options.resourceVersion, !start.isEmpty, start != "0", start != version {
      throw APIError(.expired, "the node's cache keeps no history before resource version \(version)")
    }
    let tellsPresent = options.resourceVersion.map { $0.isEmpty || $0 == "0" } ?? true
    let cursor = CacheWatchCursor(cache: cache, resource: resource, options: options, tellsPresent: tellsPresent)
    return ObjectWatch { () async throws(APIError) in await cursor.next() }
  }

  /// The newest version among the cached objects: where a list stands.
  private var version: String { String(cache.newestVersion) }
}

/// Read by one task. What a client has been told is remembered, so that an object that leaves the selection is told as
/// deleted.
private actor CacheWatchCursor {
  private let cache: ObjectCache
  private let subscription: ObjectCache.Subscription
  private let resource: GroupResource?
  private let options: WatchOptions
  private var told: [ObjectKey: UnstructuredObject] = [:]
  private var pending: [ObjectEvent] = []

  init(cache: ObjectCache, resource: GroupResource?, options: WatchOptions, tellsPresent: Bool) {
    self.cache = cache
    self.resource = resource
    self.options = options
    subscription = cache.subscribe(to: resource.map { [$0] })
    for object in cache.servedObjects(matching: resource, options) {
      guard let key = try? object.key() else { continue }
      told[key] = object
      if tellsPresent { pending.append(ObjectEvent(.added, object)) }
    }
  }

  deinit { cache.unsubscribe(subscription) }

  func next() async -> ObjectEvent? {
    while pending.isEmpty {
      guard let keys = await subscription.changes.next() else { return nil }
      for key in keys { note(key) }
    }
    return pending.removeFirst()
  }

  private func note(_ key: ObjectKey) {
    let object = cache.servedObject(key).flatMap { options.covers($0) ? $0 : nil }
    switch (told.updateValue(object, forKey: key), object) {
    case (nil, let new?): pending.append(ObjectEvent(.added, new))
    case (let old?, let new?) where old != new: pending.append(ObjectEvent(.modified, new))
    case (let old?, nil): pending.append(ObjectEvent(.deleted, old))
    default: break
    }
  }
}

extension Dictionary {
  /// As `updateValue`, where nil removes.
  fileprivate mutating func updateValue(_ value: Value?, forKey key: Key) -> Value? {
    guard let value else { return removeValue(forKey: key) }
    return updateValue(value, forKey: key)
  }
}

extension WatchOptions {
  fileprivate func covers(_ object: UnstructuredObject) -> Bool {
    (namespace == nil || object.metadata.namespace == nil || object.metadata.namespace == namespace)
      && (labelSelector?.matches(object.metadata.labels) ?? true) && (fieldSelector?.matches(object) ?? true)
  }
}

extension ObjectCache {
  fileprivate func servedObjects(matching resource: GroupResource?, _ options: WatchOptions) -> [UnstructuredObject] {
    let resources = resource.map { [$0] } ?? ResourceCatalog.standard.all.map(\.groupResource)
    return resources.flatMap { servedObjects(of: $0) }.filter { options.covers($0) }
  }
}
#endif
