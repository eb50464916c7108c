#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import Testing

@testable import EdgeControlPlane

@Suite("node health")
struct NodeHealthMonitorTests {
  private func monitor(_ cluster: Cluster) -> @Sendable () async -> Void {
    { await NodeHealthMonitor(registry: cluster.registry, view: cluster.view, logger: quiet).run() }
  }

  private func readiness(_ name: String, _ cluster: Cluster) async throws -> String? {
    try await cluster.registry.get(Sample.key(.nodes, name, namespace: nil)).condition("Ready")?["status"]?.stringValue
  }

  @Test("a node that stops renewing becomes Unknown after its lease's duration, and nothing of it is deleted")
  func stopsRenewing() async throws {
    let cluster = Cluster()
    let edge = try EdgeNode("edge-1", of: cluster)
    try await edge.register()
    try await cluster.create(Sample.pod("mine", node: "edge-1"))
    try await cluster.run([monitor(cluster)]) { cluster in
      let begin = ContinuousClock.now
      try await edge.renewLease(seconds: 1)
      try await eventually { try await readiness("edge-1", cluster) == "Unknown" }
      #expect(begin.duration(to: .now) >= .milliseconds(950))
      #expect(try await cluster.activePods().count == 1)
      let node = try await cluster.registry.get(Sample.key(.nodes, "edge-1", namespace: nil))
      #expect(node.condition("Ready")?["reason"] == "NodeStatusUnknown")
      // The node comes back and says itself that it is ready; its lease is watched anew.
      try await edge.register()
      try await edge.renewLease(seconds: 1)
      #expect(try await readiness("edge-1", cluster) == "True")
      try await eventually { try await readiness("edge-1", cluster) == "Unknown" }
    }
  }

  @Test("a node that renews in time stays ready")
  func renews() async throws {
    let cluster = Cluster()
    let edge = try EdgeNode("edge-1", of: cluster)
    try await edge.register()
    try await cluster.run([monitor(cluster)]) { cluster in
      let end = ContinuousClock.now + .milliseconds(1500)
      while ContinuousClock.now < end {
        try await edge.renewLease(seconds: 1)
        try await Task.sleep(for: .milliseconds(100))
      }
      #expect(try await readiness("edge-1", cluster) == "True")
    }
  }

  @Test("a cloud that was away does not declare its fleet dead: old renewal times count from when it looks")
  func freshCloud() async throws {
    let cluster = Cluster()
    for name in ["edge-1", "edge-2"] {
      try await cluster.create(Sample.node(name))
      var lease = UnstructuredObject(
        apiVersion: "coordination.k8s.io/v1", kind: "Lease", name: name, namespace: "kube-node-lease")
      lease["spec"] = [
        "holderIdentity": .string(name), "leaseDurationSeconds": name == "edge-1" ? 40 : 1,
        "renewTime": "2001-01-01T00:00:00.000000Z",
      ]
      try await cluster.create(lease)
    }
    try await cluster.run([monitor(cluster)]) { cluster in
      try await Task.sleep(for: .milliseconds(100))
      #expect(try await readiness("edge-2", cluster) == "True")
      try await eventually { try await readiness("edge-2", cluster) == "Unknown" }
      #expect(try await readiness("edge-1", cluster) == "True")
    }
  }

  @Test("a lease that is deleted, has no node or an absurd duration disturbs nobody")
  func strangeLeases() async throws {
    let cluster = Cluster()
    let edge = try EdgeNode("edge-1", of: cluster)
    try await edge.register()
    let deleted = try EdgeNode("edge-2", of: cluster)
    try await deleted.register()
    try await cluster.run([monitor(cluster)]) { cluster in
      try await EdgeNode("absurd", of: cluster).renewLease(seconds: .max)
      try await EdgeNode("ghost", of: cluster).renewLease(seconds: 1)
      try await deleted.renewLease(seconds: 1)
      try await cluster.registry.delete(Sample.key(.leases, "edge-2", namespace: "kube-node-lease"))
      try await edge.renewLease(seconds: 1)
      try await eventually { try await readiness("edge-1", cluster) == "Unknown" }
      #expect(try await readiness("edge-2", cluster) == "True")
    }
  }
}
#endif
