#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import EdgeStore
import Logging
import Testing

@testable import EdgeControlPlane

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A registry over an empty store and a view of it.
struct Cluster: Sendable {
  let store: MemoryStore
  let registry: ObjectRegistry
  let view: ClusterView

  init(store: MemoryStore = MemoryStore()) {
    self.store = store
    registry = ObjectRegistry(store: store)
    view = ClusterView(source: registry, logger: quiet)
  }

  /// Runs the view, and whatever else, while `body` runs.
  func run(
    _ services: [@Sendable () async -> Void] = [], _ body: (Cluster) async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await view.run() }
      await view.synced()
      for service in services { group.addTask { await service() } }
      try await body(self)
      group.cancelAll()
    }
  }

  /// Runs the view and all controllers while `body` runs.
  func runControlPlane(_ body: (Cluster) async throws -> Void) async throws {
    let plane = ControlPlane(registry: registry, view: view, logger: quiet)
    try await run([{ try? await plane.run() }], body)
  }

  @discardableResult
  func create(_ objects: UnstructuredObject...) async throws -> [UnstructuredObject] {
    var created: [UnstructuredObject] = []
    for object in objects { created.append(try await registry.create(object)) }
    return created
  }

  func pods() async throws -> [UnstructuredObject] { try await registry.list(.pods).items }

  /// Pods that are not on their way out.
  func activePods() async throws -> [UnstructuredObject] {
    try await pods().filter { $0.metadata.deletionTimestamp == nil }
  }

  /// Waits until the view shows what the store holds now.
  func caughtUp() async throws {
    let mark = try await registry.create(
      Sample.configMap("mark-\(UniqueID(from: SystemEntropy()))", namespace: "marks"))
    let key = Sample.key(.configMaps, mark.metadata.name ?? "", namespace: "marks")
    try await eventually { view.object(key) != nil }
    try await registry.delete(key)
    try await eventually { view.object(key) == nil }
  }
}

/// Waits until `condition` holds; fails after ten seconds.
func eventually(
  sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + .seconds(10)
  while try await !condition() {
    try #require(ContinuousClock.now < deadline, "the condition did not come true", sourceLocation: sourceLocation)
    try await Task.sleep(for: .milliseconds(2))
  }
}

/// The refusal that `body` must end with.
func refusal<Result>(_ body: () async throws -> Result) async -> APIError? {
  do {
    _ = try await body()
    return nil
  } catch {
    return error as? APIError
  }
}
#endif
