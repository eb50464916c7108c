#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeAPIServer
import EdgePrimitives
import EdgeStore
import EdgeTestKit
import EdgeTransport
import Testing

@testable import EdgeControlPlane
@testable import EdgeNodeAgent

/// What becomes of messages that do not simply arrive.
@Suite("outcomes of messages", .serialized, .timeLimit(.minutes(1)))
struct DispatchOutcomeTests {
  private let metrics = RecordedMetrics.shared
  private let events = RecordedEvents()
  private let name: NodeName

  init() throws { name = try NodeName("edge-1") }

  private func withHub(
    _ store: any MVCCStore = MemoryStore(), clock: any Clock<Duration> = ContinuousClock(),
    configuration: HubServiceConfiguration = HubServiceConfiguration(), _ body: (NodeHub, Cluster) async throws -> Void
  ) async throws {
    let cluster = Cluster()
    let hub = NodeHub(
      registry: cluster.registry, view: cluster.view, store: store, configuration: configuration, clock: clock,
      logger: events.logger)
    // Before the hub looks: what waits for a node that does not exist is dropped.
    try await cluster.create(Sample.node("edge-1"))
    try await cluster.run([{ await hub.run() }]) { cluster in
      try await hub.prepare()
      try await eventually { hub.isKnown(name) }
      try await body(hub, cluster)
    }
  }

  @Test(
    "a message that its node refuses is tried eight times over two minutes, then the sender has the node's words; the next one goes on"
  )
  func refused() async throws {
    let clock = VirtualClock()
    let since = metrics.mark()
    try await withHub(clock: clock) { hub, _ in
      let (store, began) = (MemoryStore(), clock.elapsed)
      try await whileConnected(try await FarNode("edge-1", store: store), to: hub) {
        let refused = try await hub.send(.command("valve", "refuse me"), to: name)
        let next = try await hub.send(.command("valve", "open"), to: name)
        await withTaskGroup(of: Void.self) { group in
          group.addTask {
            while !Task.isCancelled {
              try? await Task.sleep(for: .milliseconds(1))
              clock.advance(to: clock.elapsed + .milliseconds(40))
            }
          }
          await refused.finished()
          await next.finished()
          group.cancelAll()
        }
        #expect(refused.outcomes == [name: .refused("as you like")])
        #expect(next.outcomes == [name: .delivered])
        #expect(clock.elapsed - began >= .seconds(127))
      }
      let attempts = events.all.filter { $0.name == "hub.not-taken" }.compactMap { $0.metadata["attempt"] }
      #expect(attempts == (1...8).map { "\($0)" })
      #expect(
        metrics.added("edge_hub_messages_settled_total{class=commands,outcome=refused}", since: since) == 1)
      #expect(try await FarNode.effects(in: store).map(\.effect) == ["valve/open"])
    }
  }

  @Test(
    "beyond the number of nodes that may be waited for, the oldest messages are no longer followed; they arrive all the same"
  )
  func notFollowed() async throws {
    var configuration = HubServiceConfiguration()
    configuration.dispatch.maximumFollowed = 2
    try await withHub(configuration: configuration) { hub, _ in
      var sent: [Dispatch] = []
      for text in ["1", "2", "3"] { sent.append(try await hub.send(.command("valve", text), to: name)) }
      #expect(sent.map { $0.outcomes[name] } == [.notFollowed, .waiting, .waiting])
      await sent[0].finished()
      let store = MemoryStore()
      try await whileConnected(try await FarNode("edge-1", store: store), to: hub) { await sent[2].finished() }
      #expect(try await FarNode.effects(in: store).map(\.effect) == ["valve/1", "valve/2", "valve/3"])
    }
  }

  @Test("a store that fails is told to the sender, counted and logged; nothing was promised")
  func storeFails() async throws {
    let since = metrics.mark()
    let store = CrashingStore(
      MemoryStore(), latency: .zero...(.zero), entropy: SeededEntropy(seed: 1), clock: ContinuousClock())
    try await withHub(store) { hub, _ in
      await store.crash()
      let dispatch = try await hub.send(.command("valve", "1"), to: name)
      guard case .failed? = dispatch.outcomes[name] else {
        Issue.record("\(dispatch.outcomes)")
        return
      }
      #expect(dispatch.summary.failed == 1)
      try await eventually { events.contains("hub.store-failed", node: "edge-1") }
      #expect(metrics.added("edge_hub_outbox_failures_total", since: since) >= 1)
    }
  }

  @Test("messages that cannot be read are left where they are and told of; the others are delivered")
  func damaged() async throws {
    let store = MemoryStore()
    try await withHub(store) { hub, _ in try await hub.send(.command("valve", "1"), to: name) }
    let spoilt = StoreKey("transport/outbox/edge-1/ospoilt")
    _ = try await store.put(spoilt, [1, 2, 3])
    try await withHub(store) { hub, _ in
      let disk = MemoryStore()
      try await whileConnected(try await FarNode("edge-1", store: disk), to: hub) {
        try await eventually { try await FarNode.effects(in: disk).map(\.effect) == ["valve/1"] }
      }
      #expect(events.all.first { $0.name == "hub.damaged" }?.metadata["count"] == "1")
      #expect(try await store.get(spoilt)?.value == [1, 2, 3])
    }
  }
}
#endif
