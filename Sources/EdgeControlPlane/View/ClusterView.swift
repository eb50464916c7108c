#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgePrimitives
import Logging
import Synchronization

/// The controllers' picture of the cluster: every object in memory, kept up to date by one watch over all resources.
///
/// A reflector: it lists, watches from there, resumes where a watch ended and lists again when its position has been
/// compacted; what disappeared in between is told as deleted (FF-17).
public final class ClusterView: Sendable {
  /// One object before and after a change.
  public struct Change: Sendable {
    public let key: ObjectKey
    public let old: UnstructuredObject?
    public let new: UnstructuredObject?
    /// What was removed, with the resource version of its removal or, when that went unseen, of the list that lacks it.
    public var removed: UnstructuredObject?
  }

  /// Called on the view's own task for one change after the other; it must only take note.
  public typealias Observer = @Sendable (Change) -> Void

  private struct State {
    var objects: [GroupResource: [ObjectKey: UnstructuredObject]] = [:]
    var observers: [Int: Observer] = [:]
    var nextObserver = 0
    var isSynced = false
    var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var lastWaiter: UInt64 = 0
  }

  private let source: any ObjectSource
  private let catalog: ResourceCatalog
  private let logger: Logger
  private let state = Mutex(State())

  public init(source: any ObjectSource, catalog: ResourceCatalog = .standard, logger: Logger) {
    self.source = source
    self.catalog = catalog
    self.logger = logger
  }

  public func run() async {
    var backoff = Backoff()
    while !Task.isCancelled {
      do throws(APIError) {
        let (start, listed) = try await relist()
        var position = start
        backoff.reset()
        while !Task.isCancelled {
          let watch = try await source.watch(nil, options: WatchOptions(resourceVersion: position))
          for try await event in watch {
            if event.kind != .bookmark { take(event, since: listed) }
            position = event.resourceVersion ?? position
          }
        }
      } catch {
        guard !Task.isCancelled else { return }
        if error.code == .expired {
          logger.info("the watch position was compacted; listing again")
          continue
        }
        logger.error("the cluster view lost its watch", metadata: ["error": "\(error)"])
        try? await Task.sleep(for: backoff.next(using: SystemEntropy()))
      }
    }
  }

  /// Returns when the first list is complete or the waiting task is cancelled.
  public func synced() async {
    let waiter = state.withLock { state in
      state.lastWaiter += 1
      return state.lastWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if state.isSynced || Task.isCancelled { return true }
          state.waiting[waiter] = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: waiter) }?.resume()
    }
  }

  public func object(_ key: ObjectKey) -> UnstructuredObject? { state.withLock { $0.objects[key.resource]?[key] } }

  /// The objects of one resource in order of namespace and name.
  public func objects(of resource: GroupResource, namespace: String? = nil) -> [UnstructuredObject] {
    let found = state.withLock { $0.objects[resource] ?? [:] }
    return found.filter { namespace == nil || $0.key.namespace == namespace }.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Observes every change from now on, and first what is there already, as additions.
  public func observe(_ observer: @escaping Observer) -> Int {
    let (id, present) = state.withLock { state in
      defer { state.nextObserver += 1 }
      state.observers[state.nextObserver] = observer
      return (state.nextObserver, state.objects.values.flatMap { $0 })
    }
    for (key, object) in present { observer(Change(key: key, old: nil, new: object)) }
    return id
  }

  public func removeObserver(_ id: Int) { state.withLock { _ = $0.observers.removeValue(forKey: id) } }

  // MARK: The reflector

  /// Lists everything.
  /// - Returns: where to watch from, and the version that each resource was listed at.
  private func relist() async throws(APIError) -> (position: String, versions: [GroupResource: UInt64]) {
    var versions: [GroupResource: UInt64] = [:]
    var listed: [ObjectKey: UnstructuredObject] = [:]
    var position: UInt64?
    for type in catalog.all {
      let list = try await source.list(type.groupResource)
      for object in list.items {
        if let key = try? object.key(in: catalog) { listed[key] = object }
      }
      // The oldest list decides where the watch begins; events that a later list already shows are passed over.
      if let version = UInt64(list.resourceVersion) {
        position = min(position ?? version, version)
        versions[type.groupResource] = version
      }
    }
    let known = state.withLock { $0.objects.values.flatMap(\.keys) }
    for key in known where listed[key] == nil {
      var removed = object(key)
      removed?.metadata.resourceVersion = versions[key.resource].map { String($0) }
      replace(key, with: nil, removed: removed)
    }
    for (key, object) in listed { replace(key, with: object) }
    let waiting = state.withLock { state in
      state.isSynced = true
      defer { state.waiting = [:] }
      return state.waiting.values
    }
    for continuation in waiting { continuation.resume() }
    return (position.map(String.init) ?? "0", versions)
  }

  /// Takes one event, unless the list of its resource already shows it: told again it would bring back, for a moment,
  /// what has been deleted since.
  private func take(_ event: ObjectEvent, since listed: [GroupResource: UInt64]) {
    guard let key = try? event.object.key(in: catalog) else { return }
    if let shown = listed[key.resource], let version = event.resourceVersion.flatMap({ UInt64($0) }), version <= shown {
      return
    }
    if event.kind == .deleted {
      replace(key, with: nil, removed: event.object)
    } else {
      replace(key, with: event.object)
    }
  }

  private func replace(_ key: ObjectKey, with new: UnstructuredObject?, removed: UnstructuredObject? = nil) {
    let (old, observers) = state.withLock { state in
      let old = state.objects[key.resource]?[key]
      state.objects[key.resource, default: [:]][key] = new
      return (old, Array(state.observers.values))
    }
    guard old != nil || new != nil, old?.metadata.resourceVersion != new?.metadata.resourceVersion else { return }
    for observer in observers { observer(Change(key: key, old: old, new: new, removed: removed)) }
  }
}
#endif
