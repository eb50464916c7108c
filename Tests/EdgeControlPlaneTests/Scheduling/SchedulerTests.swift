#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import Testing

@testable import EdgeControlPlane

@Suite("scheduler")
struct SchedulerTests {
  private func schedule(_ name: String, _ cluster: Cluster) async throws -> UnstructuredObject {
    try await Scheduler(registry: cluster.registry, view: cluster.view, logger: quiet).reconcile(
      Sample.key(.pods, name))
    return try await cluster.registry.get(Sample.key(.pods, name))
  }

  @Test("a pod is bound to a node that fits and says so in its conditions")
  func binds() async throws {
    let cluster = Cluster()
    try await cluster.create(Sample.node("down", ready: "False"), Sample.node("up"), Sample.pod("web"))
    let pod = try await schedule("web", cluster)
    #expect(pod["spec", "nodeName"] == "up")
    #expect(pod.condition("PodScheduled")?["status"] == "True")
  }

  @Test("a pod that fits nowhere says how many nodes stand against it and why, and says it once")
  func explains() async throws {
    let cluster = Cluster()
    var tainted = Sample.node("tainted")
    tainted["spec", "taints"] = [["key": "k", "value": "v", "effect": "NoSchedule"]]
    try await cluster.create(
      Sample.node("down-1", ready: "False"), Sample.node("down-2", ready: "Unknown"), tainted, Sample.pod("web"))
    let pod = try await schedule("web", cluster)
    #expect(pod["spec", "nodeName"] == nil)
    let condition = pod.condition("PodScheduled")
    #expect(condition?["status"] == "False" && condition?["reason"] == "Unschedulable")
    #expect(
      condition?["message"]
        == "0/3 nodes are available: 1 node(s) had untolerated taint {k: v}, 2 node(s) were not ready.")
    #expect(try await schedule("web", cluster).metadata.resourceVersion == pod.metadata.resourceVersion)
  }

  @Test("without any node the explanation says so")
  func noNodes() async throws {
    let cluster = Cluster()
    try await cluster.create(Sample.pod("web"))
    let message = try await schedule("web", cluster).condition("PodScheduled")?["message"]
    #expect(message == "0/0 nodes are available: no node has registered.")
  }

  @Test("siblings are spread over the nodes, and strangers go where the least runs")
  func spreads() async throws {
    let cluster = Cluster()
    let owner = try await cluster.create(Sample.deployment("web", replicas: 1))[0].controllerReference
    try await cluster.create(Sample.node("a"), Sample.node("b"), Sample.node("c"), Sample.pod("old", node: "a"))
    var placed: [String] = []
    for index in 0..<4 {
      var pod = Sample.pod("web-\(index)")
      pod.metadata.ownerReferences = [owner]
      try await cluster.create(pod)
      placed.append(try await schedule("web-\(index)", cluster)["spec", "nodeName"]?.stringValue ?? "")
    }
    #expect(placed == ["b", "c", "a", "b"])
    try await cluster.create(Sample.pod("stranger"))
    #expect(try await schedule("stranger", cluster)["spec", "nodeName"] == "c")
  }

  @Test("a pod that is bound, on its way out or gone is left alone")
  func leavesAlone() async throws {
    let cluster = Cluster()
    try await cluster.create(Sample.node("a"), Sample.pod("bound", node: "elsewhere"))
    #expect(try await schedule("bound", cluster)["spec", "nodeName"] == "elsewhere")
    let scheduler = Scheduler(registry: cluster.registry, view: cluster.view, logger: quiet)
    // A failure here would be retried for ever, for each pod that was deleted before it was looked at.
    try await scheduler.reconcile(Sample.key(.pods, "gone"))
    var leaving = Sample.pod("leaving")
    leaving.metadata.finalizers = ["example.com/wait"]
    try await cluster.create(leaving)
    try await cluster.registry.delete(Sample.key(.pods, "leaving"))
    #expect(try await schedule("leaving", cluster)["spec", "nodeName"] == nil)
  }

  @Test("a pod that fits nowhere is bound as soon as a node is there")
  func waitsForNode() async throws {
    try await Cluster().runControlPlane { cluster in
      try await cluster.create(Sample.pod("web"))
      let key = Sample.key(.pods, "web")
      try await eventually { try await cluster.registry.get(key).condition("PodScheduled")?["status"] == "False" }
      try await EdgeNode("edge-1", of: cluster).register()
      try await eventually { try await cluster.registry.get(key)["spec", "nodeName"] == "edge-1" }
      try await eventually { try await cluster.registry.get(key).condition("PodScheduled")?["status"] == "True" }
    }
  }
}
#endif
