import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import EdgeStore
import Synchronization

/// The objects that the cloud entrusted to this node: one durable copy of each, served whether the cloud is there or not.
///
/// What ``apply(_:)`` has returned for is on disk (as durable as the store), so the link acknowledges only afterwards.
/// Reads come from memory and never wait for a writer (FF-16). Views by namespace and selector are computed from the one
/// copy, so two clients with different selectors cannot overwrite each other (FF-12).
public final class ObjectCache: Sendable {
  /// One change as the cloud sent it.
  public enum Change: Sendable {
    case upsert(UnstructuredObject)
    /// `uid` guards against deleting a successor of the same name; nil deletes whatever bears the name.
    case delete(ObjectKey, uid: String?)
  }

  public enum Outcome: Hashable, Sendable {
    case stored
    /// The same content was there already; nothing was written.
    case unchanged
    /// The change is older than what is stored and was dropped.
    case stale
  }

  private struct State {
    var objects: [ObjectKey: UnstructuredObject] = [:]
    /// Status that this node observed itself; it amends what local clients are served.
    var localStatus: [ObjectKey: JSONValue] = [:]
    var subscribers: [Int: (resources: Set<GroupResource>?, queue: CoalescingQueue<ObjectKey>)] = [:]
    var nextSubscriber = 0
    var acceptsOlderVersions = false
    var epoch = ""
    var isNew = false

    var newestVersion: UInt64 { objects.values.compactMap { version(of: $0) }.max() ?? 0 }
  }

  private let store: any MVCCStore
  private let catalog: ResourceCatalog
  private let state = Mutex(State())

  /// Opens the cache over a store and loads what it holds.
  /// - Parameter entropy: names the epoch of a store that is new, see ``Inventory/epoch``.
  public static func open(
    store: any MVCCStore, catalog: ResourceCatalog = .standard, entropy: some EntropySource = SystemEntropy()
  ) async throws(CacheError) -> ObjectCache {
    let cache = ObjectCache(store: store, catalog: catalog)
    try await cache.load(entropy: entropy)
    return cache
  }

  private init(store: any MVCCStore, catalog: ResourceCatalog) {
    self.store = store
    self.catalog = catalog
  }

  private func load(entropy: some EntropySource) async throws(CacheError) {
    do throws(StoreError) {
      var epoch = try await store.get(Self.epochKey).map { String(decoding: $0.value, as: UTF8.self) }
      let isNew = epoch == nil
      if epoch == nil {
        let fresh = UniqueID(from: entropy).rawValue
        _ = try await store.put(Self.epochKey, Array(fresh.utf8))
        epoch = fresh
      }
      let stored = try await store.range(RangeRequest(.prefix(StoreKey(Self.objectPrefix))))
      var objects: [ObjectKey: UnstructuredObject] = [:]
      for entry in stored.kvs {
        // What cannot be read any more is left out of memory and so out of the inventory: the cloud sends it again.
        guard let object = try? UnstructuredObject(parsing: entry.value), let key = try? object.key(in: catalog) else {
          continue
        }
        objects[key] = object
      }
      let loaded = objects
      state.withLock { state in
        state.objects = loaded
        state.epoch = epoch ?? ""
        state.isNew = isNew
      }
    } catch {
      throw CacheError(code: .store, message: "the cached objects cannot be read: \(error.message)", cause: error)
    }
  }

  // MARK: Changes from the cloud

  /// Takes in one change and returns when it is durable. Call it in the order in which the changes arrived.
  public func apply(_ change: Change) async throws(CacheError) -> Outcome {
    switch change {
    case .upsert(let object): try await upsert(object)
    case .delete(let key, let uid): try await delete(key, uid: uid)
    }
  }

  private func upsert(_ object: UnstructuredObject) async throws(CacheError) -> Outcome {
    let key = try self.key(of: object)
    let (current, acceptsOlder) = state.withLock { ($0.objects[key], $0.acceptsOlderVersions) }
    if let current {
      if current.content == object.content { return .unchanged }
      if !acceptsOlder, current.metadata.uid == object.metadata.uid, let have = version(of: current),
        let offered = version(of: object), offered < have
      {
        return .stale
      }
    }
    do throws(StoreError) {
      _ = try await store.put(Self.storeKey(key), object.serialized())
    } catch {
      throw CacheError(code: .store, message: "\(key) could not be stored: \(error.message)", cause: error)
    }
    publish(key) { state in
      // What was observed of a predecessor says nothing about its successor of the same name.
      if current?.metadata.uid != object.metadata.uid { state.localStatus[key] = nil }
      state.objects[key] = object
      return true
    }
    return .stored
  }

  private func delete(_ key: ObjectKey, uid: String?) async throws(CacheError) -> Outcome {
    guard let current = object(key) else { return .unchanged }
    if let uid, !uid.isEmpty, let have = current.metadata.uid, have != uid { return .stale }
    do throws(StoreError) {
      _ = try await store.delete(Self.storeKey(key))
    } catch {
      throw CacheError(code: .store, message: "\(key) could not be deleted: \(error.message)", cause: error)
    }
    publish(key) {
      $0.objects[key] = nil
      $0.localStatus[key] = nil
      return true
    }
    return .stored
  }

  /// A session begins.
  ///
  /// A hub that compares inventories names its revision and sends the changes of each object in order, so its word is
  /// final: a cloud that was restored from a backup counts from further back, and refusing its versions would leave the
  /// node different for good. Any other hub (nil) may repeat itself late and is held to its versions.
  /// - Returns: whether the cloud went back in time.
  @discardableResult
  public func sessionBegan(cloudRevision: UInt64?) -> Bool {
    state.withLock { state in
      state.acceptsOlderVersions = cloudRevision != nil
      return cloudRevision.map { $0 < state.newestVersion } ?? false
    }
  }

  // MARK: Local facts

  /// Records the status that this node itself observed. It is served in place of the cloud's until the object goes.
  public func amendStatus(of key: ObjectKey, with status: JSONValue) {
    publish(key) { state in
      guard state.objects[key] != nil, state.localStatus[key] != status else { return false }
      state.localStatus[key] = status
      return true
    }
  }

  // MARK: Reads

  /// The object as the cloud sent it.
  public func object(_ key: ObjectKey) -> UnstructuredObject? { state.withLock { $0.objects[key] } }

  /// The object as local clients see it: with the status that this node observed.
  public func servedObject(_ key: ObjectKey) -> UnstructuredObject? {
    state.withLock { state in state.objects[key].map { Self.amended($0, state.localStatus[key]) } }
  }

  /// The objects of one resource in order of namespace and name, as the cloud sent them.
  public func objects(
    of resource: GroupResource, namespace: String? = nil, where isWanted: (UnstructuredObject) -> Bool = { _ in true }
  ) -> [UnstructuredObject] {
    select(resource, namespace) { object, _ in object }.filter(isWanted)
  }

  /// The objects of one resource as local clients see them.
  public func servedObjects(
    of resource: GroupResource, namespace: String? = nil, labels: LabelSelector? = nil, fields: FieldSelector? = nil
  ) -> [UnstructuredObject] {
    select(resource, namespace) { Self.amended($0, $1) }.filter { object in
      (labels?.matches(object.metadata.labels) ?? true) && (fields?.matches(object) ?? true)
    }
  }

  private func select(
    _ resource: GroupResource, _ namespace: String?, _ transform: (UnstructuredObject, JSONValue?) -> UnstructuredObject
  ) -> [UnstructuredObject] {
    let found = state.withLock { state in
      state.objects.compactMap { key, object -> (ObjectKey, UnstructuredObject, JSONValue?)? in
        guard key.resource == resource, namespace == nil || key.namespace == namespace else { return nil }
        return (key, object, state.localStatus[key])
      }
    }
    return found.sorted { $0.0 < $1.0 }.map { transform($0.1, $0.2) }
  }

  private static func amended(_ object: UnstructuredObject, _ status: JSONValue?) -> UnstructuredObject {
    guard let status else { return object }
    var amended = object
    amended.content["status"] = status
    return amended
  }

  /// Whether the store held no cache when it was opened: a first start, or a database that was lost.
  public var isNew: Bool { state.withLock { $0.isNew } }

  /// The newest resource version among the objects; 0 when there is none.
  public var newestVersion: UInt64 { state.withLock { $0.newestVersion } }

  public var count: Int { state.withLock { $0.objects.count } }

  /// What this node holds, for the comparison that opens each session.
  public func inventory() -> Inventory {
    let (epoch, objects) = state.withLock { ($0.epoch, $0.objects) }
    return Inventory(epoch: epoch, entries: objects.mapValues { ObjectDigest(of: $0) })
  }

  // MARK: Watching

  /// A queue of the keys that change from now on, each at most once until it is taken. `resources` nil means all.
  /// The queue is bounded by the number of objects. End it with ``unsubscribe(_:)``.
  public func subscribe(to resources: Set<GroupResource>? = nil) -> Subscription {
    let queue = CoalescingQueue<ObjectKey>()
    let id = state.withLock { state in
      defer { state.nextSubscriber += 1 }
      state.subscribers[state.nextSubscriber] = (resources, queue)
      return state.nextSubscriber
    }
    return Subscription(id: id, changes: queue)
  }

  public func unsubscribe(_ subscription: Subscription) {
    state.withLock { _ = $0.subscribers.removeValue(forKey: subscription.id) }
    subscription.changes.finish()
  }

  public struct Subscription: Sendable {
    let id: Int
    public let changes: CoalescingQueue<ObjectKey>
  }

  /// - Parameter change: returns false when nothing changed and nobody is to be told.
  private func publish(_ key: ObjectKey, _ change: (inout State) -> Bool) {
    let queues = state.withLock { state -> [CoalescingQueue<ObjectKey>] in
      guard change(&state) else { return [] }
      return state.subscribers.values.filter { $0.resources?.contains(key.resource) ?? true }.map(\.queue)
    }
    for queue in queues { queue.add(key) }
  }

  // MARK: Keys

  private func key(of object: UnstructuredObject) throws(CacheError) -> ObjectKey {
    do {
      return try object.key(in: catalog)
    } catch {
      throw CacheError(code: .invalidObject, message: "\(error)")
    }
  }

  private static let objectPrefix = "/objects/"
  private static let epochKey = StoreKey("/cache/epoch")

  private static func storeKey(_ key: ObjectKey) -> StoreKey { StoreKey(objectPrefix + key.description) }
}

/// Versions are compared only where both are numbers, as all of Kubernetes' own are; KubeEdge panics otherwise.
private func version(of object: UnstructuredObject) -> UInt64? {
  object.metadata.resourceVersion.flatMap { UInt64($0) }
}
