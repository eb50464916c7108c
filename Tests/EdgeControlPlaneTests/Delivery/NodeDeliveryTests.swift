#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeStore
import EdgeTransport
import Testing

@testable import EdgeControlPlane

@Suite("node delivery")
struct NodeDeliveryTests {
  /// A node's cache at the far end of a link.
  private struct Far {
    let cache: ObjectCache
    let link = MessageLink()

    func delivery(_ cluster: Cluster, link: MessageLink? = nil) async throws -> NodeDelivery {
      NodeDelivery(
        node: try NodeName("edge-1"), inventory: cache.inventory(), view: cluster.view, link: link ?? self.link,
        catalog: .standard, entropy: SystemEntropy(), wallClock: SystemWallClock(), logger: quiet)
    }

    /// Takes what waits in the link into the cache, as a node does; returns `<operation> <resource>` of each message.
    func receive() async throws -> [String] {
      let (cloud, edge) = InMemoryConnection.pair(capacity: 1024)
      let serving = Task { try? await link.serve(cloud) { _ in } }
      defer { serving.cancel() }
      let before = link.counters.acknowledged
      var told: [String] = []
      var inbound = edge.inbound.makeAsyncIterator()
      while link.pendingCount > 0, let message = try await inbound.next() {
        told.append("\(message.operation) \(message.resource)")
        let object = try UnstructuredObject(parsing: message.content.bytes)
        let key = try object.key()
        _ = try await cache.apply(message.operation == .delete ? .delete(key, uid: nil) : .upsert(object))
        try await edge.send(message.ack(id: UniqueID(from: SystemEntropy()), timestamp: SystemWallClock().now()))
        let taken = told.count
        try await eventually { link.counters.acknowledged >= before + taken }
      }
      serving.cancel()
      await serving.value
      return told
    }
  }

  private func far() async throws -> Far { Far(cache: try await ObjectCache.open(store: MemoryStore())) }

  @Test("an empty node gets everything it must hold; told again it gets nothing")
  func initialDifference() async throws {
    let cluster = Cluster()
    try await cluster.create(
      Sample.pod("mine", node: "edge-1"), Sample.pod("theirs", node: "edge-2"), Sample.node("edge-1"))
    try await cluster.run { cluster in
      let far = try await far()
      var delivery = try await far.delivery(cluster)
      #expect(try delivery.synchronize() == 2)
      #expect(try delivery.synchronize() == 0)
      #expect(try await far.receive() == ["insert null/node/edge-1", "insert default/pod/mine"])
      // A new session with the inventory that the node now has.
      var next = try await far.delivery(cluster)
      #expect(try next.synchronize() == 0)
      #expect(far.link.pendingCount == 0)
    }
  }

  @Test("a node that was away gets the difference: what is new, what changed, what is gone")
  func difference() async throws {
    let cluster = Cluster()
    try await cluster.create(
      Sample.node("edge-1"), Sample.service("changed", selecting: "a"), Sample.service("gone", selecting: "b"),
      Sample.service("same", selecting: "c"))
    try await cluster.run { cluster in
      let first = try await far()
      var delivery = try await first.delivery(cluster)
      _ = try delivery.synchronize()
      _ = try await first.receive()

      try await cluster.registry.mutate(Sample.key(.services, "changed")) { service in
        service["spec", "selector"] = ["app": "z"]
        return true
      }
      try await cluster.registry.delete(Sample.key(.services, "gone"))
      try await cluster.create(Sample.service("new", selecting: "d"))
      try await cluster.caughtUp()

      let again = Far(cache: first.cache)
      var next = try await again.delivery(cluster)
      #expect(try next.synchronize() == 3)
      #expect(
        try await again.receive().sorted()
          == ["delete default/service/gone", "insert default/service/new", "update default/service/changed"])
      #expect(again.cache.inventory() == first.cache.inventory())
      #expect(again.cache.object(Sample.key(.services, "gone")) == nil)
    }
  }

  @Test("a node that lost its database gets everything again, whatever the cloud once sent (FF-05)")
  func lostDatabase() async throws {
    let cluster = Cluster()
    try await cluster.create(Sample.pod("mine", node: "edge-1"), Sample.node("edge-1"))
    try await cluster.run { cluster in
      for _ in 0..<2 {
        var delivery = try await far().delivery(cluster)
        #expect(try delivery.synchronize() == 2)
      }
    }
  }

  @Test("a status report of the node is not sent back to it; a change of the pod itself is, once")
  func statusOnly() async throws {
    let cluster = Cluster()
    let pod = try await cluster.create(Sample.pod("mine", node: "edge-1"))[0]
    try await cluster.run { cluster in
      let far = try await far()
      var delivery = try await far.delivery(cluster)
      _ = try delivery.synchronize()
      _ = try await far.receive()
      try await EdgeNode("edge-1", of: cluster).reportRunning(pod)
      try await cluster.caughtUp()
      try delivery.refresh(Sample.key(.pods, "mine"))
      #expect(far.link.pendingCount == 0)
      #expect(cluster.view.object(Sample.key(.pods, "mine"))?["status", "phase"] == "Running")

      try await cluster.registry.delete(Sample.key(.pods, "mine"))
      try await cluster.caughtUp()
      try delivery.refresh(Sample.key(.pods, "mine"))
      try delivery.refresh(Sample.key(.pods, "mine"))
      #expect(far.link.pendingCount == 1, "the deletion timestamp is news")
    }
  }

  @Test("a ConfigMap comes with the pod that reads it and goes with it")
  func demandTurns() async throws {
    let cluster = Cluster()
    var pod = Sample.pod("mine", node: "edge-1")
    pod["spec", "volumes"] = [["name": "v", "configMap": ["name": "settings"]]]
    let reading = pod
    try await cluster.create(Sample.configMap("settings"))
    try await cluster.run { cluster in
      let far = try await far()
      var delivery = try await far.delivery(cluster)
      #expect(try delivery.synchronize() == 0)
      let created = try await cluster.create(reading)[0]
      try await cluster.caughtUp()
      let change = ClusterView.Change(key: Sample.key(.pods, "mine"), old: nil, new: created)
      for key in NodeDemand.touched(by: change).sorted() { try delivery.refresh(key) }
      #expect(try await far.receive() == ["insert default/configmap/settings", "insert default/pod/mine"])
      try await cluster.registry.delete(Sample.key(.pods, "mine"), gracePeriodSeconds: 0)
      try await cluster.caughtUp()
      for key in NodeDemand.touched(by: change).sorted() { try delivery.refresh(key) }
      #expect(far.link.pendingCount == 2)
    }
  }

  @Test("an object that was deleted and made anew arrives as one change, under its new uid")
  func successor() async throws {
    let cluster = Cluster()
    try await cluster.create(Sample.pod("mine", node: "edge-1"))
    try await cluster.run { cluster in
      let first = try await far()
      var delivery = try await first.delivery(cluster)
      _ = try delivery.synchronize()
      _ = try await first.receive()
      first.cache.amendStatus(of: Sample.key(.pods, "mine"), with: ["phase": "Running"])
      try await cluster.registry.delete(Sample.key(.pods, "mine"), gracePeriodSeconds: 0)
      let successor = try await cluster.create(Sample.pod("mine", node: "edge-1"))[0]
      try await cluster.caughtUp()
      let again = Far(cache: first.cache)
      var next = try await again.delivery(cluster)
      #expect(try next.synchronize() == 1)
      #expect(try await again.receive() == ["update default/pod/mine"])
      let served = again.cache.servedObject(Sample.key(.pods, "mine"))
      #expect(served?.metadata.uid == successor.metadata.uid && served?["status", "phase"] == "Pending")
    }
  }

  @Test("a full outbox ends the delivery instead of losing a change")
  func overflow() async throws {
    let cluster = Cluster()
    try await cluster.create(Sample.node("edge-1"), Sample.node("edge-2"), Sample.node("edge-3"))
    try await cluster.run { cluster in
      var configuration = MessageLink.Configuration()
      configuration.outbox = OutboxConfiguration(maximumPending: 2)
      var delivery = try await far().delivery(cluster, link: MessageLink(configuration: configuration))
      #expect(throws: NodeDelivery.Problem.self) { _ = try delivery.synchronize() }
    }
  }

  @Test("an inventory of things that nobody knows is passed over")
  func strangeInventory() async throws {
    let cluster = Cluster()
    try await cluster.run { cluster in
      let strange = Inventory(
        epoch: "e",
        entries: [
          ObjectKey(resource: GroupResource(group: "g", resource: "r"), namespace: "", name: ""): ObjectDigest(
            rawValue: 1)
        ])
      let link = MessageLink()
      var delivery = NodeDelivery(
        node: try NodeName("edge-1"), inventory: strange, view: cluster.view, link: link, catalog: .standard,
        entropy: SystemEntropy(), wallClock: SystemWallClock(), logger: quiet)
      #expect(try delivery.synchronize() == 0)
      #expect(link.pendingCount == 0)
    }
  }
}
#endif
