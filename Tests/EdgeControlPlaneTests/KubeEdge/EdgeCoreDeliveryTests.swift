#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import Synchronization
import Testing

@testable import EdgeControlPlane

@Suite("delivery to an EdgeCore")
struct EdgeCoreDeliveryTests {
  private let cluster = Cluster()
  private let node: NodeName

  init() throws { node = try NodeName("edge-1") }

  /// One session as the hub has it, with an EdgeCore at the far end that takes everything in.
  private struct Session {
    let link = MessageLink()
    let edgeCore: EdgeCoreSession
    var delivery: NodeDelivery
    private let resumed = Resumed()

    private final class Resumed: Sendable {
      let keys = Mutex<Set<ObjectKey>>([])
    }

    init(
      _ cluster: Cluster, _ node: NodeName, _ ledger: ObjectSyncLedger, watches: MetaServerWatches? = nil
    ) {
      edgeCore = EdgeCoreSession(node: node, ledger: ledger) { [resumed] keys in
        resumed.keys.withLock { $0.formUnion(keys) }
      }
      delivery = NodeDelivery(
        node: node, inventory: edgeCore.inventory(of: cluster.view), view: cluster.view, link: link, catalog: .standard,
        entropy: SystemEntropy(), wallClock: SystemWallClock(), logger: quiet, edgeCore: edgeCore,
        watches: watches)
    }

    /// Receives what waits and acknowledges it, up to `count` messages; returns `<operation> <resource> [<uid>]`.
    mutating func receive(atMost count: Int = .max, _ look: (EdgeMessage) -> Void = { _ in }) async throws -> [String] {
      let (cloud, edge) = InMemoryConnection.pair(capacity: 1024)
      let serving = Task { [link, edgeCore] in
        try? await link.serve(
          cloud,
          answered: { item, _ in
            edgeCore.answered(item.message.id, accepted: true, isFinal: true)
            return .accepted
          }, receive: { _ in })
      }
      let writing = Task { [edgeCore] in await edgeCore.run() }
      var told: [String] = []
      var inbound = edge.inbound.makeAsyncIterator()
      while told.count < count, link.pendingCount > 0, let message = try await inbound.next() {
        look(message)
        let uid = try message.content.value()[path: ["metadata", "uid"]]?.stringValue
        told.append("\(message.operation) \(message.resource)" + (uid.map { " \($0)" } ?? ""))
        if message.resource == "membership" { continue }
        let before = link.counters.acknowledged
        try await edge.send(message.ack(id: UniqueID(from: SystemEntropy()), timestamp: SystemWallClock().now()))
        try await eventually { [link] in link.counters.acknowledged > before }
        for key in resumed.keys.withLock({ keys in
          defer { keys = [] }
          return keys.sorted()
        }) { try delivery.refresh(key) }
      }
      try await eventually { [edgeCore] in edgeCore.isWritten }
      serving.cancel()
      await serving.value
      writing.cancel()
      await writing.value
      return told
    }
  }

  private func syncs() async throws -> [String] {
    try await cluster.registry.list(.objectSyncs).items.map { sync in
      "\(sync["spec", "objectKind"]?.stringValue ?? "") \(sync["spec", "objectName"]?.stringValue ?? "")"
    }.sorted()
  }

  @Test("it is sent its pods, its devices and its own Node, not what only our own nodes route with")
  func scope() async throws {
    let pod = try await cluster.create(
      Sample.pod("mine", node: "edge-1"), Sample.pod("theirs", node: "edge-2"), Sample.node("edge-1"),
      Sample.node("edge-2"), Sample.service("web", selecting: "a"))[0]
    let device = try await cluster.create(Sample.device("sensor", node: "edge-1"), Sample.deviceModel("model"))[0]
    try await cluster.run { cluster in
      let ledger = ObjectSyncLedger(registry: cluster.registry, logger: quiet)
      var session = Session(cluster, node, ledger)
      _ = try session.delivery.synchronize()
      let told = try await session.receive()
      #expect(told.filter { $0.contains("/pod/") } == ["insert default/pod/mine \(pod.metadata.uid ?? "")"])
      #expect(told.filter { $0.contains("/node/") }.count == 1)
      #expect(!told.contains { $0.contains("service") })
      // The device twin must know of the device before its object comes.
      let membership = try #require(told.firstIndex(of: "update membership"))
      let object = try #require(told.firstIndex(of: "insert default/device/sensor \(device.metadata.uid ?? "")"))
      #expect(membership < object)
      #expect(try await syncs() == ["Device sensor", "DeviceModel model", "Pod mine"])
    }
  }

  @Test("a new device follows its model, which its mapper wants to know first")
  func modelFirst() async throws {
    try await cluster.run { cluster in
      var session = Session(cluster, node, ObjectSyncLedger(registry: cluster.registry, logger: quiet))
      _ = try session.delivery.synchronize()
      try await cluster.create(Sample.device("sensor", node: "edge-1"), Sample.deviceModel("model"))
      try await cluster.caughtUp()
      for key in [Sample.key(.devices, "sensor"), Sample.key(.deviceModels, "model")] {
        try session.delivery.refresh(key)
      }
      let told = try await session.receive().map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
      #expect(told == ["insert default/devicemodel/model", "update membership", "insert default/device/sensor"])
    }
  }

  @Test("EdgeCore acts on what is on its way in any order: a device waits until it has acknowledged the model")
  func modelAcknowledged() async throws {
    try await cluster.create(Sample.device("sensor", node: "edge-1"), Sample.deviceModel("model"))
    try await cluster.run { cluster in
      var session = Session(cluster, node, ObjectSyncLedger(registry: cluster.registry, logger: quiet))
      _ = try session.delivery.synchronize()
      #expect(session.link.pendingCount == 1)
      #expect(try await session.receive().last?.hasPrefix("insert default/device/sensor") == true)
      for key in [Sample.key(.devices, "sensor"), Sample.key(.deviceModels, "model")] {
        try await cluster.registry.mutate(key) { object in
          object.metadata.labels["x"] = "y"
          return true
        }
      }
      try await cluster.caughtUp()
      try session.delivery.refresh(Sample.key(.devices, "sensor"))
      #expect(session.link.pendingCount == 1)
      let told = try await session.receive().map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
      #expect(told == ["update default/devicemodel/model", "update default/device/sensor"])
    }
  }

  @Test("a device that was sent before there was its model is sent again after it: EdgeCore has dropped it")
  func lateModel() async throws {
    try await cluster.create(Sample.device("sensor", node: "edge-1"))
    try await cluster.run { cluster in
      var session = Session(cluster, node, ObjectSyncLedger(registry: cluster.registry, logger: quiet))
      _ = try session.delivery.synchronize()
      #expect(try await session.receive().last?.hasPrefix("insert default/device/sensor") == true)
      try await cluster.create(Sample.deviceModel("model"))
      try await cluster.caughtUp()
      try session.delivery.refresh(Sample.key(.deviceModels, "model"))
      let told = try await session.receive().map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
      #expect(told == ["insert default/devicemodel/model", "update membership", "insert default/device/sensor"])
    }
  }

  @Test("a successor of the same name waits until EdgeCore has acknowledged the end of its predecessor")
  func successor() async throws {
    try await cluster.create(Sample.pod("a", node: "edge-1"))
    try await cluster.run { cluster in
      var session = Session(cluster, node, ObjectSyncLedger(registry: cluster.registry, logger: quiet))
      _ = try session.delivery.synchronize()
      _ = try await session.receive()
      try await cluster.registry.delete(Sample.key(.pods, "a"), gracePeriodSeconds: 0)
      try await cluster.create(Sample.pod("a", node: "edge-1"))
      try await cluster.caughtUp()
      try session.delivery.refresh(Sample.key(.pods, "a"))
      #expect(session.link.pendingCount == 1)
      let told = try await session.receive()
      #expect(told.count == 2 && told[0].hasPrefix("delete default/pod/a "))
      #expect(told.last?.hasPrefix("insert default/pod/a ") == true)
    }
  }

  @Test("a Pod whose status has changed is sent: the kubelet compares with what it was sent last")
  func status() async throws {
    let pod = try await cluster.create(Sample.pod("a", node: "edge-1"))[0]
    try await cluster.run { cluster in
      let ledger = ObjectSyncLedger(registry: cluster.registry, logger: quiet)
      var session = Session(cluster, node, ledger)
      _ = try session.delivery.synchronize()
      _ = try await session.receive()
      try await EdgeNode("edge-1", of: cluster).reportRunning(pod)
      try await cluster.caughtUp()
      try session.delivery.refresh(Sample.key(.pods, "a"))
      var phase: String?
      let told = try await session.receive { phase = (try? $0.content.value())?["status"]?["phase"]?.stringValue }
      #expect(told.count == 1 && told[0].hasPrefix("update default/pod/a ") && phase == "Running")
      var next = Session(cluster, node, ledger)
      #expect(try next.delivery.synchronize() == 0)
    }
  }

  @Test("what its MetaServer watches it is sent with every change, and keeps it when the watch has ended")
  func watches() async throws {
    try await cluster.create(
      Sample.service("web", selecting: "a"), Sample.device("theirs", node: "edge-2"),
      Sample.pod("theirs", node: "edge-2"))
    try await cluster.run { cluster in
      let watches = MetaServerWatches()
      var session = Session(
        cluster, node, ObjectSyncLedger(registry: cluster.registry, logger: quiet), watches: watches)
      #expect(try session.delivery.synchronize() == 0)
      for resource in [GroupResource.services, .pods, .devices] {
        #expect(watches.add("\(resource)", MetaServerWatches.Watch(resource: resource)))
      }
      let keys = [Sample.key(.services, "web"), Sample.key(.pods, "theirs"), Sample.key(.devices, "theirs")]
      for key in keys { try session.delivery.refresh(key) }
      var sources: Set<String> = []
      let told = try await session.receive { sources.insert($0.route.source) }
      // No other module of EdgeCore is to take them for its own: the device twin would register the device.
      #expect(told.count == 3 && sources == ["dynamiccontroller"])
      watches.keep([])
      try await cluster.registry.mutate(keys[0]) { service in
        service.metadata.labels["x"] = "y"
        return true
      }
      try await cluster.caughtUp()
      try session.delivery.refresh(keys[0])
      try await cluster.registry.delete(keys[0])
      #expect(try await session.receive().first?.hasPrefix("update default/service/web") == true)
      try await cluster.caughtUp()
      try session.delivery.refresh(keys[0])
      #expect(try await session.receive().first?.hasPrefix("delete default/service/web") == true)
    }
  }

  @Test("a deletion says when it was: the watches of a MetaServer pass over what seems older than they are")
  func deletionVersion() async throws {
    try await cluster.create(Sample.pod("a", node: "edge-1"))
    try await cluster.run { cluster in
      var session = Session(cluster, node, ObjectSyncLedger(registry: cluster.registry, logger: quiet))
      let observer = cluster.view.observe { [edgeCore = session.edgeCore] change in
        if let removed = change.removed { edgeCore.noteRemoved(change.key, removed) }
      }
      defer { cluster.view.removeObserver(observer) }
      _ = try session.delivery.synchronize()
      _ = try await session.receive()
      try await cluster.create(Sample.configMap("later"))
      try await cluster.registry.delete(Sample.key(.pods, "a"), gracePeriodSeconds: 0)
      let revision = try await cluster.registry.list(.pods).resourceVersion
      try await cluster.caughtUp()
      try session.delivery.refresh(Sample.key(.pods, "a"))
      var content: JSONValue = .null
      _ = try await session.receive { content = (try? $0.content.value()) ?? .null }
      #expect(content[path: ["metadata", "resourceVersion"]] == .string(revision))
      #expect(content[path: ["spec", "nodeName"]] == "edge-1")
    }
  }

  @Test("what is deleted of devices is told whole: EdgeCore looks for the mapper by the protocol in it")
  func deletions() async throws {
    try await cluster.create(Sample.device("sensor", node: "edge-1"), Sample.deviceModel("model"))
    try await cluster.run { cluster in
      var session = Session(cluster, node, ObjectSyncLedger(registry: cluster.registry, logger: quiet))
      _ = try session.delivery.synchronize()
      _ = try await session.receive()
      for key in [Sample.key(.devices, "sensor"), Sample.key(.deviceModels, "model")] {
        try await cluster.registry.delete(key)
        try await cluster.caughtUp()
        try session.delivery.refresh(key)
      }
      var contents: [JSONValue] = []
      let told = try await session.receive { message in
        if message.operation == .delete { contents.append((try? message.content.value()) ?? .null) }
      }
      #expect(told.filter { $0.hasPrefix("delete ") }.count == 2)
      #expect(contents.contains { $0[path: ["spec", "protocol", "protocolName"]] == "modbus" })
      #expect(contents.contains { $0["kind"] == "DeviceModel" && $0["spec"]?["properties"] != nil })
    }
  }

  @Test("a model that goes with its devices goes after them")
  func modelLast() async throws {
    try await cluster.create(Sample.device("sensor", node: "edge-1"), Sample.deviceModel("model"))
    try await cluster.run { cluster in
      var session = Session(cluster, node, ObjectSyncLedger(registry: cluster.registry, logger: quiet))
      _ = try session.delivery.synchronize()
      _ = try await session.receive()
      let keys = [Sample.key(.deviceModels, "model"), Sample.key(.devices, "sensor")]
      for key in keys { try await cluster.registry.delete(key) }
      try await cluster.caughtUp()
      for key in keys { try session.delivery.refresh(key) }
      var last: JSONValue = .null
      let told = try await session.receive { last = (try? $0.content.value()) ?? .null }
        .map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
      #expect(told == ["delete default/device/sensor", "update membership", "delete default/devicemodel/model"])
      #expect(last["spec"]?["properties"] != nil)
    }
  }

  @Test("FF-01: a session begins with what changed and what went away since, also after the hub was restarted")
  func difference() async throws {
    let created = try await cluster.create(
      Sample.pod("same", node: "edge-1"), Sample.pod("gone", node: "edge-1"), Sample.pod("changed", node: "edge-1"),
      Sample.pod("again", node: "edge-1"))
    let uids = created.map { $0.metadata.uid ?? "" }
    try await cluster.run { cluster in
      var first = Session(cluster, node, ObjectSyncLedger(registry: cluster.registry, logger: quiet))
      _ = try first.delivery.synchronize()
      #expect(try await first.receive().count == 4)

      for name in ["gone", "again"] {
        try await cluster.registry.delete(Sample.key(.pods, name), gracePeriodSeconds: 0)
      }
      let successor = try await cluster.create(Sample.pod("again", node: "edge-1"))[0].metadata.uid ?? ""
      try await cluster.registry.mutate(Sample.key(.pods, "changed")) { pod in
        pod.metadata.labels["x"] = "y"
        return true
      }
      try await cluster.caughtUp()
      let restarted = ObjectSyncLedger(registry: cluster.registry, logger: quiet)
      try await restarted.load()
      var second = Session(cluster, node, restarted)
      _ = try second.delivery.synchronize()
      #expect(
        try await second.receive() == [
          "delete default/pod/again \(uids[3])", "update default/pod/changed \(uids[2])",
          "delete default/pod/gone \(uids[1])", "insert default/pod/again \(successor)",
        ])
      #expect(try await syncs() == ["Pod again", "Pod changed", "Pod same"])
      var third = Session(cluster, node, restarted)
      #expect(try third.delivery.synchronize() == 0)
    }
  }

  @Test("whoever joins under the name of a deleted Node is sent everything, also after the hub was restarted")
  func rejoined() async throws {
    let pod = try await cluster.create(Sample.pod("a", node: "edge-1"), Sample.node("edge-1"))[0]
    try await cluster.run { cluster in
      func hub() -> NodeHub {
        NodeHub(registry: cluster.registry, view: cluster.view, store: cluster.store, logger: quiet)
      }
      let first = hub()
      var session = Session(cluster, node, first.ledger)
      _ = try session.delivery.synchronize()
      _ = try await session.receive()
      #expect(try await syncs() == ["Pod a"])
      try await cluster.registry.delete(Sample.key(.nodes, "edge-1", namespace: nil))
      try await cluster.caughtUp()
      let restarted = hub()
      try await restarted.ledger.load()
      let running = Task { await restarted.run() }
      try await eventually { restarted.ledger.nodes.isEmpty }
      running.cancel()
      await running.value
      #expect(try await syncs().isEmpty)
      var second = Session(cluster, node, restarted.ledger)
      _ = try second.delivery.synchronize()
      #expect(try await second.receive() == ["insert default/pod/a \(pod.metadata.uid ?? "")"])
    }
  }

  @Test("what was sent but not acknowledged is sent again in the next session")
  func unacknowledged() async throws {
    try await cluster.create(Sample.pod("a", node: "edge-1"), Sample.pod("b", node: "edge-1"))
    try await cluster.run { cluster in
      let ledger = ObjectSyncLedger(registry: cluster.registry, logger: quiet)
      var first = Session(cluster, node, ledger)
      _ = try first.delivery.synchronize()
      let taken = try await first.receive(atMost: 1)
      #expect(taken.count == 1 && taken[0].hasPrefix("insert default/pod/a "))
      var second = Session(cluster, node, ledger)
      _ = try second.delivery.synchronize()
      let rest = try await second.receive()
      #expect(rest.count == 1 && rest[0].hasPrefix("insert default/pod/b "))
    }
  }
}
#endif
