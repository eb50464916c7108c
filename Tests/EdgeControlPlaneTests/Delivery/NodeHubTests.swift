#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeAPIServer
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeStore
import EdgeTransport
import EdgeTransportOutbox
import Synchronization
import Testing

@testable import EdgeControlPlane
@testable import EdgeNodeAgent

@Suite("node hub", .timeLimit(.minutes(1)))
struct NodeHubTests {
  /// A cluster with a hub that runs; the store outlives both.
  private func withHub(
    _ store: MemoryStore, _ configuration: HubServiceConfiguration = HubServiceConfiguration(),
    _ body: (NodeHub, Cluster) async throws -> Void
  ) async throws {
    let cluster = Cluster(store: store)
    let hub = NodeHub(
      registry: cluster.registry, view: cluster.view, store: store, configuration: configuration, logger: quiet)
    try await cluster.run([{ await hub.run() }]) { cluster in
      try await hub.prepare()
      try await body(hub, cluster)
    }
  }

  private func effects(_ store: MemoryStore) async throws -> [String] {
    try await FarNode.effects(in: store).map { "\($0.effect) x\($0.count)" }
  }

  @Test("FF-01: what was sent to a node that is away outlives the hub, and takes effect once and in order")
  func outlivesTheHub() async throws {
    let (store, disk) = (MemoryStore(), MemoryStore())
    let name = try NodeName("edge-1")
    try await withHub(store) { hub, cluster in
      try await cluster.create(Sample.node("edge-1"))
      try await eventually { hub.isKnown(name) }
      for text in ["1", "2", "3"] {
        #expect(try await hub.send(.command("valve", text), to: name).outcomes == [name: .waiting])
      }
    }
    try await withHub(store) { hub, _ in
      #expect(try await hub.outboxes.stored() == [name])
      let node = try await FarNode("edge-1", store: disk)
      try await whileConnected(node, to: hub) {
        try await eventually { try await effects(disk) == ["valve/1 x1", "valve/2 x1", "valve/3 x1"] }
        #expect(node.cache.object(Sample.key(.nodes, "edge-1", namespace: nil)) != nil)
      }
      // What is done leaves the disk, a second later.
      try await eventually { try await hub.outboxes.stored().isEmpty }
    }
  }

  @Test("a broadcast reaches the nodes whose labels match, connected or not, and tells what became of it at each")
  func broadcast() async throws {
    let store = MemoryStore()
    try await withHub(store) { hub, cluster in
      try await cluster.create(
        Sample.node("near", labels: ["zone": "a"]), Sample.node("away", labels: ["zone": "a"]),
        Sample.node("other", labels: ["zone": "b"]))
      try await cluster.caughtUp()
      let (near, away) = (try NodeName("near"), try NodeName("away"))
      let disk = MemoryStore()
      try await whileConnected(try await FarNode("near", store: disk), to: hub) {
        let dispatch = try await hub.broadcast(
          .command("alarm", "test"), to: try LabelSelector(parsing: "zone in (a,c)"))
        try await eventually { dispatch.outcomes == [near: .delivered, away: .waiting] }
        #expect(try await effects(disk) == ["alarm/test x1"])
        #expect(dispatch.summary.delivered == 1 && dispatch.summary.waiting == 1 && dispatch.summary.nodes == 2)
        try await whileConnected(try await FarNode("away", store: MemoryStore()), to: hub) { await dispatch.finished() }
        #expect(dispatch.summary.delivered == 2)
      }
    }
  }

  @Test("of a setting the newest waits; a full outbox says so for each node")
  func classes() async throws {
    var configuration = HubServiceConfiguration()
    configuration.link.outbox[.commands] = DeliveryPolicy(priority: .objects, retention: .all(maximumBytes: 1000))
    try await withHub(MemoryStore(), configuration) { hub, cluster in
      try await cluster.create(Sample.node("edge-1"))
      try await cluster.caughtUp()
      let name = try NodeName("edge-1")
      let first = try await hub.send(.command("interval", "10"), as: .settings, to: name)
      let second = try await hub.send(.command("interval", "20"), as: .settings, to: name)
      #expect(first.outcomes == [name: .replaced] && second.outcomes == [name: .waiting])
      var last = try await hub.send(.command("valve", "0"), to: name)
      for number in 1..<10 { last = try await hub.send(.command("valve", "\(number)"), to: name) }
      #expect(last.outcomes == [name: .full])
      let disk = MemoryStore()
      try await whileConnected(try await FarNode("edge-1", store: disk), to: hub) {
        await second.finished()
        let done = try await effects(disk)
        #expect(done.contains("interval/20 x1") && !done.contains("interval/10 x1"))
      }
    }
  }

  @Test("what no node could take is refused: unknown nodes, objects, too much, classes of objects")
  func refusals() async throws {
    var configuration = HubServiceConfiguration()
    configuration.dispatch.maximumBytes = 2000
    try await withHub(MemoryStore(), configuration) { hub, cluster in
      try await cluster.create(Sample.node("edge-1"))
      try await cluster.caughtUp()
      let name = try NodeName("edge-1")
      func code(_ message: EdgeMessage, as deliveryClass: DeliveryClass = .commands, to node: NodeName) async
        -> HubError.Code?
      {
        do throws(HubError) {
          try await hub.send(message, as: deliveryClass, to: node)
          return nil
        } catch {
          return error.code
        }
      }
      let stranger = try NodeName("nobody")
      #expect(await code(.command("a", "1"), to: stranger) == .unknownNode)
      #expect(await code(.command("default/pod/web", "1", group: "resource"), to: name) == .invalid)
      #expect(await code(.command("a", String(repeating: "x", count: 3000)), to: name) == .invalid)
      #expect(await code(.command("a", "1"), as: .objects, to: name) == .invalid)
      #expect(await code(.command("", "1"), to: name) == .invalid)
      #expect(await code(.command(String(repeating: "r", count: 1025), "1"), to: name) == .invalid)
    }
  }

  @Test("the inventory is answered before what was asked after it: by that a node knows what its cloud is")
  func inventoryFirst() async throws {
    try await withHub(MemoryStore()) { hub, cluster in
      try await cluster.create(Sample.node("edge-1"))
      try await cluster.caughtUp()
      let name = try NodeName("edge-1")
      let (cloud, edge) = InMemoryConnection.pair(capacity: 256)
      let serving = Task { await hub.serve(cloud, of: name) }
      let questions = [
        ("null/inventory/edge-1", Inventory(epoch: "e", entries: [:]).json), ("default/secret/s", .null),
      ]
      for (resource, content) in questions {
        try await edge.send(
          EdgeMessage(
            id: UniqueID(from: SystemEntropy()), timestamp: SystemWallClock().now(), source: "edged", group: "resource",
            operation: .query, resource: resource, content: MessageContent(json: content.serialized())))
      }
      var answered: [String] = []
      for try await message in edge.inbound {
        if message.isAnswer { answered.append(message.resource) }
        if answered.count == 2 { break }
      }
      #expect(answered == questions.map(\.0))
      await edge.close()
      await serving.value
    }
  }

  /// A peer that speaks as this hub's nodes did before: it says nothing of messages and answers objects only.
  @Test("a node of an older make gets its objects, and messages wait until it has learned to take them")
  func olderNode() async throws {
    let (store, disk) = (MemoryStore(), MemoryStore())
    try await withHub(store) { hub, cluster in
      try await cluster.create(Sample.node("edge-1"))
      try await cluster.caughtUp()
      let name = try NodeName("edge-1")
      let dispatch = try await hub.send(.command("valve", "1"), to: name)
      let (cloud, edge) = InMemoryConnection.pair(capacity: 256)
      let serving = Task { await hub.serve(cloud, of: name) }
      let inventory = Inventory(epoch: "e", entries: [:])
      try await edge.send(
        EdgeMessage(
          id: UniqueID(from: SystemEntropy()), timestamp: SystemWallClock().now(), source: "metamanager",
          group: "resource", operation: .query, resource: "null/inventory/edge-1",
          content: MessageContent(json: inventory.json.serialized())))
      var told: [String] = []
      for try await message in edge.inbound {
        told.append("\(message.operation) \(message.resource)")
        if message.resource == "null/synced/edge-1" { break }
        if message.isAnswer { continue }
        try await edge.send(message.ack(id: UniqueID(from: SystemEntropy()), timestamp: SystemWallClock().now()))
      }
      #expect(told == ["response null/inventory/edge-1", "insert null/node/edge-1", "message null/synced/edge-1"])
      #expect(dispatch.outcomes == [name: .waiting])
      await edge.close()
      await serving.value
      try await whileConnected(try await FarNode("edge-1", store: disk), to: hub) { await dispatch.finished() }
      #expect(try await effects(disk) == ["valve/1 x1"])
    }
  }

  @Test("an EdgeCore, which tells no inventory, is given messages as well; what its connection took counts")
  func edgeCore() async throws {
    var configuration = HubServiceConfiguration()
    configuration.inventoryTimeout = .milliseconds(30)
    try await withHub(MemoryStore(), configuration) { hub, cluster in
      try await cluster.create(Sample.node("edge-1"))
      try await cluster.caughtUp()
      let name = try NodeName("edge-1")
      let dispatch = try await hub.send(.command("topic", "1"), to: name)
      let (cloud, edge) = InMemoryConnection.pair(capacity: 256)
      let serving = Task { await hub.serve(cloud, of: name) }
      await dispatch.finished()
      #expect(dispatch.outcomes == [name: .delivered])
      var inbound = edge.inbound.makeAsyncIterator()
      var told: [String] = []
      while told.count < 2, let message = try await inbound.next() { told.append(message.resource) }
      #expect(told.sorted() == ["null/node/edge-1", "topic"])
      await edge.close()
      await serving.value
    }
  }

  @Test(
    "a node answers a hub of an older make, or a CloudCore, for objects only, and takes nothing twice into its cache")
  func olderHub() async throws {
    let disk = MemoryStore()
    let node = try await FarNode("edge-1", store: disk)
    let (cloud, edge) = InMemoryConnection.pair(capacity: 256)
    func message(_ group: String, _ resource: String, _ content: JSONValue) -> EdgeMessage {
      EdgeMessage(
        id: UniqueID(from: SystemEntropy()), timestamp: SystemWallClock().now(), source: "edgecontroller",
        group: group, operation: .update, resource: resource, resourceVersion: "7",
        content: MessageContent(json: content.serialized()))
    }
    var object = Sample.configMap("settings")
    object.metadata.resourceVersion = "7"
    let update = message("resource", "default/configmap/settings", .object(object.content))
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await node.run() }
      group.addTask { try? await node.session.run(over: edge) }
      var inbound = cloud.inbound.makeAsyncIterator()
      _ = try? await inbound.next()
      try? await cloud.send(message("twin", "membership", [:]))
      try? await cloud.send(update)
      try? await cloud.send(update)
      for _ in 0..<2 {
        let answer = try? await inbound.next()
        #expect(answer?.operation == .response && answer?.parentID == update.id)
      }
      #expect(node.cache.object(Sample.key(.configMaps, "settings")) == object)
      await cloud.close()
      group.cancelAll()
    }
    // The memory of objects is the cache itself: nothing else was written for them.
    #expect(try await disk.range(RangeRequest(.prefix("transport/"))).kvs.isEmpty)
  }

  @Test("FF-02: a newer session of a node takes over at once; the end of the older one touches nothing of it")
  func takeover() async throws {
    let disk = MemoryStore()
    try await withHub(MemoryStore()) { hub, cluster in
      try await cluster.create(Sample.node("edge-1"))
      try await cluster.caughtUp()
      let name = try NodeName("edge-1")
      // The older connection is there, and silent.
      let (stale, forgotten) = InMemoryConnection.pair(capacity: 256)
      let older = Task { await hub.serve(stale, of: name) }
      try await eventually { hub.outboxes.loaded(name)?.link.isConnected == true }
      let node = try await FarNode("edge-1", store: disk)
      let (cloud, edge) = InMemoryConnection.pair(capacity: 256)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await node.run() }
        group.addTask { await hub.serve(cloud, of: name) }
        // As the table of sessions does when the newer one is registered.
        await stale.close()
        group.addTask { try? await node.session.run(over: edge) }
        #expect(await node.caughtUp.next() != nil)
        await older.value
        await forgotten.close()
        let dispatch = try await hub.send(.command("valve", "1"), to: name)
        await dispatch.finished()
        #expect(hub.outboxes.loaded(name)?.link.isConnected == true)
        await edge.close()
        group.cancelAll()
      }
      #expect(try await effects(disk) == ["valve/1 x1"])
    }
  }

  @Test("what waits for a node that is deleted is dropped, also when the hub was away at that moment")
  func deletedNode() async throws {
    let store = MemoryStore()
    try await withHub(store) { hub, cluster in
      try await cluster.create(Sample.node("here"), Sample.node("gone"), Sample.node("missed"))
      try await cluster.caughtUp()
      for node in ["here", "gone", "missed"] { try await hub.send(.command("a", "1"), to: try NodeName(node)) }
      try await cluster.registry.delete(Sample.key(.nodes, "gone", namespace: nil))
      try await eventually { try await hub.outboxes.stored().map(\.rawValue) == ["here", "missed"] }
    }
    let registry = Cluster(store: store).registry
    try await registry.delete(Sample.key(.nodes, "missed", namespace: nil))
    try await withHub(store) { hub, _ in
      try await eventually { try await hub.outboxes.stored().map(\.rawValue) == ["here"] }
    }
  }

  @Test("FF-22: a node that reports faster than the hub allows is held up, and loses nothing")
  func upstreamLimit() async throws {
    var configuration = HubServiceConfiguration()
    configuration.upstream.messagesPerSecond = 200
    configuration.upstream.burst = 10
    let disk = MemoryStore()
    try await withHub(MemoryStore(), configuration) { hub, cluster in
      try await cluster.create(Sample.node("edge-1"))
      let pods = (0..<60).map { Sample.pod("pod-\($0)", node: "edge-1") }
      for pod in pods { try await cluster.create(pod) }
      try await cluster.caughtUp()
      let node = try await FarNode("edge-1", store: disk)
      try await whileConnected(node, to: hub) {
        let began = ContinuousClock.now
        for index in 0..<60 {
          let message = EdgeMessage(
            id: UniqueID(from: SystemEntropy()), timestamp: SystemWallClock().now(), source: "edged", group: "meta",
            operation: .patch, resource: "default/podpatch/pod-\(index)",
            content: MessageContent(text: #"{"status":{"phase":"Running"}}"#))
          try await node.outbox.enqueue(DeliveryItem(objectKey: "pod-\(index)", version: nil, message: message))
        }
        await node.outbox.link.drained()
        #expect(ContinuousClock.now - began > .milliseconds(200), "fifty beyond the burst take a quarter of a second")
        let running = try await cluster.pods().filter { $0["status", "phase"] == "Running" }
        #expect(running.count == 60)
      }
    }
  }

  @Test("its status tells of each node in use how much waits for it, and for how long")
  func status() async throws {
    try await withHub(MemoryStore()) { hub, cluster in
      try await cluster.create(Sample.node("edge-1"))
      try await cluster.caughtUp()
      let name = try NodeName("edge-1")
      var old = EdgeMessage.command("a", "1")
      old.header.timestampMilliseconds -= 60_000
      try await hub.send(old, to: name)
      let status = await hub.status()
      #expect(status.pending == 1 && status.pendingBytes > 0 && status.storedNodes == 1)
      #expect(status.lag >= .seconds(60) && status.lag < .seconds(90))
      #expect(status.nodes[name]?.isConnected == false)
    }
  }
}

@Suite("upstream limits")
struct UpstreamLimitsTests {
  @Test("a node may report at once what its burst allows, then at its rate")
  func budget() {
    var limits = UpstreamLimits()
    limits.messagesPerSecond = 10
    limits.burst = 2
    var budget = UpstreamBudget(limits, now: .zero)
    #expect(budget.take(now: .zero) == .zero && budget.take(now: .zero) == .zero)
    #expect(budget.take(now: .zero) == .milliseconds(100))
    #expect(budget.take(now: .milliseconds(100)) == .milliseconds(100))
    #expect(budget.take(now: .seconds(10)) == .zero)
    // A clock that stands still or goes back earns nothing.
    #expect(budget.take(now: .seconds(1)) == .zero && budget.take(now: .seconds(1)) == .milliseconds(100))
  }

  @Test("places go to those who wait in the order they came")
  func gate() async {
    let gate = FairGate(places: 1)
    let (order, turns) = AsyncStream<Int>.makeStream()
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        await gate.use {
          while gate.waitingCount < 3 { await Task.yield() }
        }
      }
      for number in 0..<3 {
        group.addTask {
          while gate.waitingCount < number { await Task.yield() }
          await gate.use { _ = turns.yield(number) }
        }
      }
    }
    turns.finish()
    #expect(await order.reduce(into: []) { $0.append($1) }.sorted() == [0, 1, 2])
    #expect(await gate.use { true })
  }
}
#endif
