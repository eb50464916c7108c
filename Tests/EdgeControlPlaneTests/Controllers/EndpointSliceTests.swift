#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import Testing

@testable import EdgeControlPlane

@Suite("endpoint slices")
struct EndpointSliceTests {
  private func slice(_ cluster: Cluster, of service: String = "web") async throws -> UnstructuredObject? {
    try await cluster.registry.list(.endpointSlices).items.first {
      $0.metadata.labels["kubernetes.io/service-name"] == service
    }
  }

  private func endpoints(_ cluster: Cluster) async throws -> [JSONValue] {
    try await slice(cluster)?["endpoints"]?.arrayValue ?? []
  }

  @Test("a service with a selector gets a slice that says where its pods are and whether they are ready")
  func tells() async throws {
    try await Cluster().runControlPlane { cluster in
      let edge = try EdgeNode("edge-1", of: cluster)
      try await edge.register(Sample.node("edge-1", labels: ["topology.kubernetes.io/zone": "north"]))
      let pods = try await cluster.create(
        Sample.pod("a", node: "edge-1", labels: ["app": "web"]), Sample.pod("b", node: "edge-1", labels: ["app": "db"]))
      let service = try await cluster.create(Sample.service("web", selecting: "web"))[0]
      try await edge.reportRunning(pods[0], ready: false, address: "10.0.0.1")
      try await edge.reportRunning(pods[1], address: "10.0.0.2")
      try await eventually { try await endpoints(cluster).count == 1 }
      try await eventually { try await endpoints(cluster).first?["zone"] == "north" }
      let told = try #require(try await slice(cluster))
      #expect(told["addressType"] == "IPv4" && told.isControlled(by: service))
      #expect(told["ports"] == [["name": "http", "protocol": "TCP", "port": 8080]])
      let endpoint = try await endpoints(cluster)[0]
      #expect(endpoint["addresses"] == ["10.0.0.1"] && endpoint["nodeName"] == "edge-1")
      #expect(endpoint["conditions"] == ["ready": false, "serving": false, "terminating": false])
      #expect(endpoint[path: ["targetRef", "uid"]]?.stringValue == pods[0].metadata.uid)

      try await edge.reportRunning(pods[0], address: "10.0.0.1")
      try await eventually { try await endpoints(cluster).first?[path: ["conditions", "ready"]] == true }
      try await cluster.registry.delete(Sample.key(.pods, "a"))
      try await eventually {
        try await endpoints(cluster).first?["conditions"] == ["ready": false, "serving": true, "terminating": true]
      }
      try await edge.reportTerminated(pods[0])
      try await eventually { try await endpoints(cluster).isEmpty }
    }
  }

  @Test("a pod that leaves the selection leaves the slice, and one that enters it comes in")
  func relabelled() async throws {
    try await Cluster().runControlPlane { cluster in
      let edge = try EdgeNode("edge-1", of: cluster)
      let pod = try await cluster.create(
        Sample.service("web", selecting: "web"), Sample.pod("a", node: "edge-1", labels: ["app": "web"]))[1]
      try await edge.reportRunning(pod)
      try await eventually { try await endpoints(cluster).count == 1 }
      for (app, count) in [("db", 0), ("web", 1)] {
        _ = try await cluster.registry.mutate(Sample.key(.pods, "a")) { pod in
          pod.metadata.labels = ["app": app]
          return true
        }
        try await eventually { try await endpoints(cluster).count == count }
      }
    }
  }

  @Test("a named target port is looked up in the pods; a service without a selector gets no slice")
  func ports() async throws {
    try await Cluster().runControlPlane { cluster in
      let edge = try EdgeNode("edge-1", of: cluster)
      var pod = Sample.pod("a", node: "edge-1", labels: ["app": "web"])
      pod["spec", "containers"] = [
        ["name": "m", "image": "i:1", "ports": [["name": "metrics", "containerPort": 9100]]]
      ]
      var service = Sample.service("web", selecting: "web")
      service["spec", "ports"] = [
        ["name": "m", "port": 80, "targetPort": "metrics"], ["name": "none", "port": 81, "targetPort": "missing"],
        ["name": "same", "port": 82],
      ]
      var plain = Sample.service("plain", selecting: "x")
      plain["spec", "selector"] = nil
      let created = try await cluster.create(service, plain, pod)
      try await edge.reportRunning(created[2])
      try await eventually {
        try await slice(cluster)?["ports"] == [
          ["name": "m", "protocol": "TCP", "port": 9100], ["name": "same", "protocol": "TCP", "port": 82],
        ]
      }
      #expect(try await slice(cluster, of: "plain") == nil)
    }
  }

  @Test("an address that is none costs the service only that endpoint")
  func badAddress() async throws {
    try await Cluster().runControlPlane { cluster in
      let edge = try EdgeNode("edge-1", of: cluster)
      let pods = try await cluster.create(
        Sample.service("web", selecting: "web"), Sample.pod("a", node: "edge-1", labels: ["app": "web"]),
        Sample.pod("b", node: "edge-1", labels: ["app": "web"]))
      try await edge.reportRunning(pods[1], address: "banana")
      try await edge.reportRunning(pods[2], address: "10.0.0.2")
      try await eventually { try await endpoints(cluster).map { $0["addresses"] } == [["10.0.0.2"]] }
    }
  }

  @Test("a slice that somebody deleted or changed is put right")
  func selfHealing() async throws {
    try await Cluster().runControlPlane { cluster in
      let edge = try EdgeNode("edge-1", of: cluster)
      let pod = try await cluster.create(
        Sample.service("web", selecting: "web"), Sample.pod("a", node: "edge-1", labels: ["app": "web"]))[1]
      try await edge.reportRunning(pod)
      try await eventually { try await endpoints(cluster).count == 1 }
      let key = try #require(try await slice(cluster)).registryKey
      try await cluster.registry.delete(key)
      try await eventually { try await endpoints(cluster).count == 1 }
      _ = try await cluster.registry.mutate(key) { slice in
        slice["endpoints"] = []
        return true
      }
      try await eventually { try await endpoints(cluster).count == 1 }
      try await cluster.registry.delete(Sample.key(.services, "web"))
      try await cluster.caughtUp()
      #expect(try await slice(cluster) == nil)
    }
  }
}
#endif
