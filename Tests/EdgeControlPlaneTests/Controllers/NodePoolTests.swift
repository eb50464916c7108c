#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import Testing

@testable import EdgeControlPlane

@Suite("node pools")
struct NodePoolTests {
  @Test("a pool's status names its members and counts the ready ones, as nodes come, change, move and go")
  func status() async throws {
    try await Cluster().runControlPlane { cluster in
      for name in ["north", "south"] {
        var pool = UnstructuredObject(apiVersion: "apps.openyurt.io/v1beta2", kind: "NodePool", name: name)
        pool["spec"] = ["type": "Edge"]
        try await cluster.create(pool)
      }
      func expect(_ pool: String, _ nodes: [String], ready: Int64) async throws {
        try await eventually {
          let status = try await cluster.registry.get(Sample.key(.nodePools, pool, namespace: nil))["status"]
          return status == [
            "nodes": .array(nodes.map { .string($0) }), "readyNodeNum": .integer(ready),
            "unreadyNodeNum": .integer(Int64(nodes.count) - ready),
          ]
        }
      }
      func label(_ node: String, _ pool: String) async throws {
        _ = try await cluster.registry.mutate(Sample.key(.nodes, node, namespace: nil)) { node in
          node.metadata.labels = [NodePoolController.poolLabel: pool]
          return true
        }
      }
      try await expect("north", [], ready: 0)
      let north = [NodePoolController.poolLabel: "north"]
      try await cluster.create(
        Sample.node("b", labels: north), Sample.node("a", ready: "Unknown", labels: north), Sample.node("c"),
        Sample.node("d", labels: [NodePoolController.poolLabel: "nowhere"]))
      try await expect("north", ["a", "b"], ready: 1)
      try await EdgeNode("a", of: cluster).register(Sample.node("a"))
      try await expect("north", ["a", "b"], ready: 2)
      try await label("a", "south")
      try await expect("north", ["b"], ready: 1)
      try await expect("south", ["a"], ready: 1)
      try await cluster.registry.delete(Sample.key(.nodes, "b", namespace: nil))
      try await expect("north", [], ready: 0)
    }
  }
}
#endif
