#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import EdgeStore
import Synchronization
import Testing

@testable import EdgeControlPlane

@Suite("controller runner and control plane")
struct ControllerRunnerTests {
  /// Fails a number of times for each object and counts the attempts.
  private final class Flaky: Controller {
    let name = "flaky"
    private let failures: Int
    private let attempts = Mutex<[String: Int]>([:])

    init(failures: Int) { self.failures = failures }

    func affected(by change: ClusterView.Change, view: ClusterView) -> [ObjectKey] {
      change.key.resource == .configMaps ? [change.key] : []
    }

    func reconcile(_ key: ObjectKey) async throws(APIError) {
      let attempt = attempts.withLock { attempts in
        attempts[key.name, default: 0] += 1
        return attempts[key.name] ?? 0
      }
      if attempt <= failures { throw APIError(.unavailable, "not now") }
    }

    func attempts(_ name: String) -> Int { attempts.withLock { $0[name] ?? 0 } }
  }

  @Test("what failed is tried again after a while, without any further change")
  func retries() async throws {
    let cluster = Cluster()
    try await cluster.create(Sample.configMap("a"))
    let flaky = Flaky(failures: 3)
    let runner = ControllerRunner(controller: flaky, view: cluster.view, logger: quiet)
    try await cluster.run([{ await runner.run() }]) { cluster in
      try await eventually { flaky.attempts("a") == 4 }
      try await cluster.create(Sample.configMap("b"))
      try await eventually { flaky.attempts("b") == 4 }
      #expect(flaky.attempts("a") == 4, "success ends the retries")
    }
  }

  @Test("an object that fails for ever delays the others not at all, and its own attempts grow apart")
  func permanentFailure() async throws {
    let cluster = Cluster()
    try await cluster.create(Sample.configMap("a"))
    let flaky = Flaky(failures: .max)
    let runner = ControllerRunner(controller: flaky, view: cluster.view, logger: quiet)
    try await cluster.run([{ await runner.run() }]) { cluster in
      try await Task.sleep(for: .milliseconds(300))
      #expect(flaky.attempts("a") < 60)
      try await cluster.create(Sample.configMap("b"))
      try await eventually { flaky.attempts("b") > 0 }
    }
  }

  @Test("the control plane makes its namespaces once, collects what a crash left behind, and ends when cancelled")
  func start() async throws {
    let cluster = Cluster()
    let owner = try await cluster.create(Sample.configMap("owner"))[0]
    var orphan = Sample.configMap("orphan")
    orphan.metadata.ownerReferences = [owner.controllerReference]
    try await cluster.create(orphan)
    // As after a crash between the deletion and its collection: the owner is gone, the dependent is not.
    _ = try await cluster.store.commit(
      .init(success: [.delete(.key(.init("/registry/configmaps/default/owner")))]))
    for _ in 0..<2 {
      try await cluster.runControlPlane { cluster in
        try await eventually {
          try await cluster.registry.list(.namespaces).items.count == ControlPlane.standardNamespaces.count
        }
        try await eventually { try await cluster.registry.list(.configMaps, namespace: "default").items.isEmpty }
      }
    }
  }

  @Test("a control plane that never gets its first list still ends when cancelled")
  func cancelledBeforeSync() async throws {
    let cluster = Cluster()
    let plane = ControlPlane(registry: cluster.registry, view: cluster.view, logger: quiet)
    let running = Task { try await plane.run() }
    try await Task.sleep(for: .milliseconds(20))
    running.cancel()
    _ = try? await running.value
  }
}
#endif
