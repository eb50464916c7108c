#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import EdgeStore
import Synchronization
import Testing

@testable import EdgeControlPlane

@Suite("cluster view")
struct ClusterViewTests {
  @Test("the view shows what was there and follows what changes")
  func follows() async throws {
    let cluster = Cluster()
    try await cluster.create(Sample.configMap("b"), Sample.configMap("a"), Sample.pod("web"))
    try await cluster.run { cluster in
      #expect(cluster.view.objects(of: .configMaps).map(\.metadata.name) == ["a", "b"])
      #expect(cluster.view.objects(of: .pods, namespace: "other").isEmpty)
      try await cluster.registry.delete(Sample.key(.configMaps, "a"))
      try await cluster.create(Sample.node("edge-1"))
      try await eventually { cluster.view.object(Sample.key(.nodes, "edge-1", namespace: nil)) != nil }
      #expect(cluster.view.objects(of: .configMaps).map(\.metadata.name) == ["b"])
    }
  }

  @Test("an observer is told first what is there, then each change with the state before and after")
  func observers() async throws {
    let cluster = Cluster()
    try await cluster.create(Sample.configMap("a"))
    try await cluster.run { cluster in
      let told = Mutex<[String]>([])
      let id = cluster.view.observe { change in
        func text(_ object: UnstructuredObject?) -> String { object?["data", "a"]?.stringValue ?? "-" }
        guard change.key.resource == .configMaps, change.key.namespace == "default" else { return }
        told.withLock { $0.append("\(change.key.name) \(text(change.old))>\(text(change.new))") }
      }
      _ = try await cluster.registry.update(Sample.configMap("a", value: "2"))
      try await cluster.registry.delete(Sample.key(.configMaps, "a"))
      try await cluster.caughtUp()
      #expect(told.withLock { $0 } == ["a ->1", "a 1>2", "a 2>-"])
      cluster.view.removeObserver(id)
      try await cluster.create(Sample.configMap("b"))
      try await cluster.caughtUp()
      #expect(told.withLock { $0.count } == 3)
    }
  }

  @Test("waiting for the first list ends with it, and with the waiting task")
  func synced() async throws {
    let cluster = Cluster()
    let waiting = Task { await cluster.view.synced() }
    let cancelled = Task { await cluster.view.synced() }
    try await Task.sleep(for: .milliseconds(2))
    cancelled.cancel()
    await cancelled.value
    try await cluster.run { _ in await waiting.value }
    await cluster.view.synced()
  }

  @Test("when its position has been compacted the view lists again and tells what disappeared as deleted (FF-17)")
  func relists() async throws {
    let cluster = Cluster(store: MemoryStore(compaction: nil))
    let gate = Gate()
    let view = ClusterView(source: GatedSource(cluster.registry, gate: gate), logger: quiet)
    try await cluster.create(Sample.configMap("kept"), Sample.configMap("gone"))
    let running = Task { await view.run() }
    await view.synced()
    let deleted = Mutex<[String]>([])
    _ = view.observe { change in if change.new == nil { deleted.withLock { $0.append(change.key.name) } } }
    // While the view is away from its watch the history it needs disappears.
    await gate.close()
    try await cluster.create(Sample.configMap("wake"))
    try await cluster.registry.delete(Sample.key(.configMaps, "gone"))
    try await cluster.create(Sample.configMap("new"))
    try await cluster.store.compact(upTo: try await cluster.store.status().revision)
    await gate.open()
    try await eventually { view.object(Sample.key(.configMaps, "new")) != nil }
    #expect(deleted.withLock { $0 } == ["gone"])
    #expect(view.object(Sample.key(.configMaps, "gone")) == nil && view.object(Sample.key(.configMaps, "kept")) != nil)
    try await cluster.create(Sample.configMap("later"))
    try await eventually { view.object(Sample.key(.configMaps, "later")) != nil }
    running.cancel()
    await running.value
  }

  @Test("what was deleted while the first list was read never comes back, not even for a moment")
  func nothingReturns() async throws {
    let cluster = Cluster()
    // Between the lists of two resources a pod is made and deleted; the watch begins before both.
    let source = InterleavingSource(cluster.registry, before: .pods) {
      _ = try? await cluster.create(Sample.pod("brief"))
      _ = try? await cluster.registry.delete(Sample.key(.pods, "brief"))
      _ = try? await cluster.create(Sample.pod("stays"))
    }
    let view = ClusterView(source: source, logger: quiet)
    let seen = Mutex<[String]>([])
    _ = view.observe { change in
      if change.key.resource == .pods { seen.withLock { $0.append(change.key.name) } }
    }
    let running = Task { await view.run() }
    await view.synced()
    try await cluster.create(Sample.pod("after"))
    try await eventually { view.object(Sample.key(.pods, "after")) != nil }
    #expect(seen.withLock { $0 } == ["stays", "after"])
    running.cancel()
    await running.value
  }

  @Test("a closed store does not end the view, and cancellation does")
  func closedStore() async throws {
    let cluster = Cluster()
    let running = Task { await cluster.view.run() }
    await cluster.view.synced()
    await cluster.store.close()
    try await Task.sleep(for: .milliseconds(20))
    running.cancel()
    await running.value
  }
}

/// Lets watches be held back, so that a test can change the world meanwhile.
private actor Gate {
  private var isClosed = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  func close() { isClosed = true }

  func open() {
    isClosed = false
    for continuation in waiting { continuation.resume() }
    waiting = []
  }

  func pass() async {
    guard isClosed else { return }
    await withCheckedContinuation { waiting.append($0) }
  }
}

/// A registry whose watches end after one event while the gate is closed and begin anew when it opens.
private struct GatedSource: ObjectSource {
  let registry: ObjectRegistry
  let gate: Gate

  init(_ registry: ObjectRegistry, gate: Gate) {
    self.registry = registry
    self.gate = gate
  }

  func get(_ key: ObjectKey) async throws(APIError) -> UnstructuredObject { try await registry.get(key) }

  func list(_ resource: GroupResource, options: ListOptions) async throws(APIError) -> ObjectList {
    try await registry.list(resource, options: options)
  }

  func watch(_ resource: GroupResource?, options: WatchOptions) async throws(APIError) -> ObjectWatch {
    await gate.pass()
    let watch = try await registry.watch(resource, options: options)
    let hasTold = Mutex(false)
    return ObjectWatch { () async throws(APIError) -> ObjectEvent? in
      if hasTold.withLock({ $0 }) { return nil }
      let event = try await watch.next()
      hasTold.withLock { $0 = true }
      return event
    }
  }
}

/// A registry in which something happens just before one resource is listed.
private struct InterleavingSource: ObjectSource {
  let registry: ObjectRegistry
  let resource: GroupResource
  let event: @Sendable () async -> Void

  init(_ registry: ObjectRegistry, before resource: GroupResource, _ event: @escaping @Sendable () async -> Void) {
    self.registry = registry
    self.resource = resource
    self.event = event
  }

  func get(_ key: ObjectKey) async throws(APIError) -> UnstructuredObject { try await registry.get(key) }

  func list(_ resource: GroupResource, options: ListOptions) async throws(APIError) -> ObjectList {
    if resource == self.resource { await event() }
    return try await registry.list(resource, options: options)
  }

  func watch(_ resource: GroupResource?, options: WatchOptions) async throws(APIError) -> ObjectWatch {
    try await registry.watch(resource, options: options)
  }
}
#endif
