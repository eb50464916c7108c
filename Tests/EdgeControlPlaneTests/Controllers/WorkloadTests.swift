#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import EdgeStore
import EdgeTransport
import Synchronization
import Testing

@testable import EdgeControlPlane

@Suite("deployments and replica sets, end to end")
struct WorkloadTests {
  private let key = Sample.key(.deployments, "web")

  private func scale(_ replicas: Int64, _ cluster: Cluster) async throws {
    _ = try await cluster.registry.mutate(key) { deployment in
      deployment["spec", "replicas"] = .integer(replicas)
      return true
    }
  }

  private func status(_ field: String, _ cluster: Cluster) async throws -> Int64? {
    try await cluster.registry.get(key)["status", field]?.integerValue
  }

  /// Reports every active pod as running and ready until there are `count` of them, and finishes those on their way out.
  private func runPods(
    _ count: Int, image: String? = nil, on node: EdgeNode, _ cluster: Cluster
  ) async throws {
    try await eventually {
      for pod in try await cluster.pods() where pod["spec", "nodeName"]?.stringValue == node.name {
        if pod.metadata.deletionTimestamp != nil {
          try await node.reportTerminated(pod)
        } else if !pod.isReady {
          try await node.reportRunning(pod)
        }
      }
      let pods = try await cluster.pods()
      guard pods.count == count, pods.allSatisfy({ $0.isReady && $0.metadata.deletionTimestamp == nil }),
        pods.allSatisfy({ image == nil || $0["spec", "containers"]?[0]?["image"]?.stringValue == image })
      else { return false }
      let (ready, all) = (try await status("readyReplicas", cluster), try await status("replicas", cluster))
      return ready == Int64(count) && all == Int64(count)
    }
  }

  @Test("a deployment gets its pods, grows and shrinks, and its status says so")
  func scaling() async throws {
    try await Cluster().runControlPlane { cluster in
      let edge = try EdgeNode("edge-1", of: cluster)
      try await edge.register()
      try await cluster.create(Sample.deployment("web", replicas: 2))
      try await runPods(2, on: edge, cluster)
      try await scale(5, cluster)
      try await runPods(5, on: edge, cluster)
      try await scale(1, cluster)
      try await runPods(1, on: edge, cluster)
      try await scale(0, cluster)
      try await runPods(0, on: edge, cluster)
      try await eventually {
        let deployment = try await cluster.registry.get(key)
        return deployment["status", "observedGeneration"]?.integerValue == deployment.metadata.generation
      }
      #expect(try await cluster.registry.list(.replicaSets).items.count == 1)
    }
  }

  @Test("pods carry the template's labels, its hash and their owner")
  func podForm() async throws {
    try await Cluster().runControlPlane { cluster in
      try await cluster.create(Sample.deployment("web", replicas: 1))
      try await eventually { try await cluster.pods().count == 1 }
      let set = try #require(try await cluster.registry.list(.replicaSets).items.first)
      let pod = try #require(try await cluster.pods().first)
      let hash = set.metadata.labels["pod-template-hash"]
      #expect(hash?.isEmpty == false && set.metadata.name == "web-\(hash ?? "")")
      #expect(pod.metadata.labels == ["app": "web", "pod-template-hash": hash ?? ""])
      #expect(pod.isControlled(by: set) && pod.metadata.name?.hasPrefix("\(set.metadata.name ?? "")-") == true)
      #expect(pod["spec", "containers"]?[0]?["image"] == "app:1")
    }
  }

  @Test("a changed template replaces the pods, the old ones going only as new ones become ready")
  func rollout() async throws {
    try await Cluster().runControlPlane { cluster in
      let edge = try EdgeNode("edge-1", of: cluster)
      try await edge.register()
      try await cluster.create(Sample.deployment("web", replicas: 3))
      try await runPods(3, on: edge, cluster)
      let old = Set(try await cluster.pods().compactMap(\.metadata.uid))
      _ = try await cluster.registry.mutate(key) { deployment in
        deployment["spec", "template", "spec", "containers"] = [["name": "main", "image": "app:2"]]
        return true
      }
      try await eventually { try await cluster.pods().count == 6 }
      // Nothing new is ready yet, so nothing old may go.
      try await cluster.caughtUp()
      #expect(try await cluster.activePods().count { old.contains($0.metadata.uid ?? "") } == 3)
      let fresh = try #require(try await cluster.pods().first { !old.contains($0.metadata.uid ?? "") })
      try await eventually { try await cluster.registry.get(fresh.registryKey)["spec", "nodeName"] != nil }
      try await edge.reportRunning(fresh)
      try await eventually {
        try await cluster.activePods().count { old.contains($0.metadata.uid ?? "") } == 2
      }
      try await runPods(3, image: "app:2", on: edge, cluster)
      #expect(try await status("updatedReplicas", cluster) == 3)
    }
  }

  @Test("a deployment of type Recreate starts nothing new before the old replica set is at zero")
  func recreate() async throws {
    try await Cluster().runControlPlane { cluster in
      let edge = try EdgeNode("edge-1", of: cluster)
      try await edge.register()
      try await cluster.create(Sample.deployment("web", replicas: 2, strategy: "Recreate"))
      try await runPods(2, on: edge, cluster)
      _ = try await cluster.registry.mutate(key) { deployment in
        deployment["spec", "template", "spec", "containers"] = [["name": "main", "image": "app:2"]]
        return true
      }
      try await eventually {
        let active = try await cluster.activePods()
        let images = Set(active.compactMap { $0["spec", "containers"]?[0]?["image"]?.stringValue })
        #expect(images.count <= 1, "both templates are active at once")
        return images == ["app:2"] && active.count == 2
      }
      try await runPods(2, image: "app:2", on: edge, cluster)
    }
  }

  @Test("going back to an earlier template uses its replica set again")
  func rollback() async throws {
    try await Cluster().runControlPlane { cluster in
      let edge = try EdgeNode("edge-1", of: cluster)
      try await edge.register()
      try await cluster.create(Sample.deployment("web", replicas: 1))
      for image in ["app:1", "app:2", "app:1"] {
        _ = try await cluster.registry.mutate(key) { deployment in
          deployment["spec", "template", "spec", "containers"] = [["name": "main", "image": .string(image)]]
          return true
        }
        try await runPods(1, image: image, on: edge, cluster)
      }
      #expect(try await cluster.registry.list(.replicaSets).items.count == 2)
    }
  }

  @Test("no pod is created twice: whatever the events, there are never more active pods than asked for")
  func neverTooMany() async throws {
    let cluster = Cluster()
    let census = Census()
    try await cluster.runControlPlane { cluster in
      let edge = try EdgeNode("edge-1", of: cluster)
      try await edge.register()
      let watch = try await cluster.registry.watch(.pods)
      let counting = Task {
        while let event = try await watch.next() { census.count(event) }
      }
      try await cluster.create(Sample.deployment("web", replicas: 8))
      // A storm of unrelated and related events while the pods are being made.
      for index in 0..<40 {
        _ = try await cluster.registry.mutate(key) { deployment in
          deployment.metadata.annotations["n"] = "\(index)"
          return true
        }
        if let pod = try await cluster.pods().first(where: { $0["spec", "nodeName"] != nil }) {
          try await edge.reportRunning(pod)
        }
      }
      try await runPods(8, on: edge, cluster)
      try await cluster.caughtUp()
      counting.cancel()
    }
    #expect(census.mostAtOnce == 8)
    #expect(census.everCreated == 8)
  }

  @Test("a pod that was deleted or has failed is replaced by one new pod")
  func replacement() async throws {
    try await Cluster().runControlPlane { cluster in
      let edge = try EdgeNode("edge-1", of: cluster)
      try await edge.register()
      try await cluster.create(Sample.deployment("web", replicas: 2))
      try await runPods(2, on: edge, cluster)
      let first = try #require(try await cluster.pods().first)
      try await cluster.registry.delete(first.registryKey)
      try await runPods(2, on: edge, cluster)
      let second = try #require(try await cluster.pods().first)
      _ = try await edge.ask(
        .patch, "default/podpatch/\(second.metadata.name ?? "")", ["status": ["phase": "Failed", "conditions": []]])
      try await eventually {
        try await cluster.activePods().count { $0["status", "phase"] != "Failed" } == 2
      }
      try await cluster.caughtUp()
      #expect(try await cluster.pods().count == 3)
    }
  }

  @Test("pods on a node that is out of reach are kept, and not replaced elsewhere (FF-03)")
  func unreachableNode() async throws {
    try await Cluster().runControlPlane { cluster in
      let edge = try EdgeNode("edge-1", of: cluster)
      try await edge.register()
      try await cluster.create(Sample.deployment("web", replicas: 2))
      try await runPods(2, on: edge, cluster)
      let before = Set(try await cluster.pods().compactMap(\.metadata.uid))
      _ = try await cluster.registry.mutate(Sample.key(.nodes, "edge-1", namespace: nil), subresource: .status) {
        node in
        node["status", "conditions"] = [["type": "Ready", "status": "Unknown"]]
        return true
      }
      try await EdgeNode("edge-2", of: cluster).register()
      try await cluster.caughtUp()
      try await Task.sleep(for: .milliseconds(50))
      let after = try await cluster.pods()
      #expect(Set(after.compactMap(\.metadata.uid)) == before)
      #expect(after.allSatisfy { $0.metadata.deletionTimestamp == nil && $0["spec", "nodeName"] == "edge-1" })
    }
  }

  @Test("a deleted deployment takes its replica sets and pods along; bound pods end on their node first")
  func deletion() async throws {
    try await Cluster().runControlPlane { cluster in
      let edge = try EdgeNode("edge-1", of: cluster)
      try await edge.register()
      try await cluster.create(Sample.deployment("web", replicas: 2))
      try await runPods(2, on: edge, cluster)
      try await cluster.registry.delete(key)
      #expect(try await cluster.registry.list(.replicaSets).items.isEmpty)
      #expect(try await cluster.activePods().isEmpty)
      for pod in try await cluster.pods() { try await edge.reportTerminated(pod) }
      try await cluster.caughtUp()
      #expect(try await cluster.pods().isEmpty)
    }
  }

  @Test("a control plane that comes back finds its work done: nothing is created, deleted or rewritten")
  func restart() async throws {
    let cluster = Cluster()
    try await cluster.runControlPlane { cluster in
      let edge = try EdgeNode("edge-1", of: cluster)
      try await edge.register()
      try await cluster.create(Sample.deployment("web", replicas: 3), Sample.service("web", selecting: "web"))
      try await runPods(3, on: edge, cluster)
      try await eventually { try await cluster.registry.list(.endpointSlices).items.count == 1 }
      try await cluster.caughtUp()
      try await Task.sleep(for: .milliseconds(50))
    }
    let revision = try await cluster.store.status().revision
    let again = ClusterView(source: cluster.registry, logger: quiet)
    let plane = ControlPlane(registry: cluster.registry, view: again, logger: quiet)
    let running = Task { try await plane.run() }
    let viewing = Task { await again.run() }
    try await Task.sleep(for: .milliseconds(100))
    running.cancel()
    viewing.cancel()
    _ = try? await running.value
    await viewing.value
    #expect(try await cluster.store.status().revision == revision)
  }

  /// Counts pods from the events of a watch.
  private final class Census: Sendable {
    private let state = Mutex((active: Set<String>(), created: Set<String>(), most: 0))

    func count(_ event: ObjectEvent) {
      let uid = event.object.metadata.uid ?? ""
      let isActive = event.kind != .deleted && event.object.metadata.deletionTimestamp == nil
      state.withLock { state in
        if isActive { state.active.insert(uid) } else { state.active.remove(uid) }
        state.created.insert(uid)
        state.most = max(state.most, state.active.count)
      }
    }

    var mostAtOnce: Int { state.withLock { $0.most } }
    var everCreated: Int { state.withLock { $0.created.count } }
  }
}
#endif
