#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeAPIServer
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeStore
import EdgeTransport
import EdgeTransportNIO
import EdgeTransportOutbox
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import EdgeControlPlane
@testable import EdgeNodeAgent

/// What a hub tells its operators, by the names of docs/hub.md, over real sockets.
@Suite("metrics and events of the hub", .serialized, .timeLimit(.minutes(1)))
struct HubMetricsTests {
  private let metrics = RecordedMetrics.shared
  private let since: RecordedMetrics.Mark

  init() { since = metrics.mark() }

  private func added(_ name: String) -> Double { metrics.added("edge_hub_" + name, since: since) }
  private func gauge(_ name: String) -> Double { metrics.value("edge_hub_" + name) }

  private func command(_ text: String) -> EdgeMessage { .command("valve", text) }

  @Test("what waits for a node is told: how much, how old, for how many; then what became of it")
  func queues() async throws {
    try await ServedHub.with { hub in
      let (name, disk) = (try NodeName("edge-1"), MemoryStore())
      try await hub.cluster.create(Sample.node("edge-1"), Sample.pod("mine", node: "edge-1"))
      try await eventually { hub.service.hub.isKnown(name) }
      for text in ["1", "2", "3"] { try await hub.service.hub.send(command(text), to: name) }
      try await eventually { gauge("pending_messages") == 3 && gauge("stored_nodes") == 1 }
      #expect(gauge("pending_bytes") > 300)
      try await eventually { gauge("lag_seconds") > 0.05 }
      let resumptions = added("resumptions_total")

      try await hub.connected(try await FarNode("edge-1", store: disk)) {
        try await eventually { gauge("pending_messages") == 0 && gauge("stored_nodes") == 0 }
        #expect(gauge("pending_bytes") == 0 && gauge("lag_seconds") == 0)
        #expect(gauge("sessions") == 1)
        #expect(added("resumptions_total") == resumptions + 1)
        #expect(added("messages_settled_total{class=commands,outcome=delivered}") == 3)
        #expect(added("changes_sent_total{operation=insert}") >= 2)
        for name in [
          "messages_received_total", "messages_sent_total", "bytes_received_total", "bytes_sent_total",
          "sessions_accepted_total",
        ] { #expect(added(name) >= 1, "\(name)") }
        #expect(added("bytes_sent_total") > added("messages_sent_total") * 100)
      }
      try await eventually { gauge("sessions") == 0 }
      #expect(hub.service.statistics.accepted == 1 && hub.service.statistics.sessions == 0)
      for event in ["hub.connected", "hub.synchronized", "hub.disconnected"] {
        try await eventually { hub.events.contains(event, node: "edge-1") }
      }
      let synchronized = hub.events.all.first { $0.name == "hub.synchronized" }
      #expect(synchronized?.metadata["changes"] == "2")
    }
  }

  @Test("a takeover is counted, and told of")
  func takeovers() async throws {
    try await ServedHub.with { hub in
      let older = try await hub.connect("edge-1")
      try await eventually { gauge("sessions") == 1 }
      let newer = try await hub.connect("edge-1")
      try await eventually { added("sessions_taken_over_total") == 1 && hub.events.contains("hub.taken-over") }
      #expect(gauge("sessions") == 1 && added("sessions_accepted_total") == 2)
      #expect(hub.service.statistics.takenOver == 1)
      await older.close()
      await newer.close()
    }
  }

  @Test("who is not let in is counted by the reason, told of, and told why: with the status, and when to come back")
  func refusals() async throws {
    try await ServedHub.with(
      ServedHub.Setup(sockets: {
        $0.maximumSessions = 1
        $0.retryAfter = .seconds(7)
      })
    ) { hub in
      let identity = try #require(try await hub.refusal("edge-1", certificateOf: "edge-2"))
      #expect(identity.code == .refused && identity.status == 403 && identity.retryAfter == nil)
      #expect(added("refusals_total{reason=identity}") == 1)

      let good = [("Node_id", "edge-1"), ("Project_id", "p"), ("Connectionuse", "msg")]
      for headers in [[], [("Node_id", "No Name"), good[2]], [good[0]], [good[0], ("Connectionuse", "str")]] {
        await #expect(throws: TransportError.self) { try await hub.connectRaw("edge-1", headers: headers) }
      }
      #expect(added("refusals_total{reason=malformed}") == 4)
      await #expect(throws: TransportError.self) {
        try await hub.connectRaw("edge-1", headers: good + [("Origin", "https://elsewhere.example")])
      }
      #expect(added("refusals_total{reason=origin}") == 1)

      let first = try await hub.connect("edge-1")
      let full = try #require(try await hub.refusal("edge-2"))
      #expect(full.status == 503 && full.retryAfter == .seconds(7))
      #expect(added("refusals_total{reason=full}") == 1)
      #expect(added("sessions_refused_total") == 7 && hub.service.statistics.refused == 7)
      await first.close()
      let refused = hub.events.all.filter { $0.name == "hub.refused" }
      #expect(refused.count == 7)
      #expect(Set(refused.compactMap { $0.metadata["status"] }) == ["400", "403", "503"])
      #expect(refused.allSatisfy { $0.metadata["reason"]?.isEmpty == false && $0.metadata["peer"] != nil })
    }
    try await ServedHub.with(
      ServedHub.Setup(sockets: {
        $0.sessionsPerSecond = 1
        $0.sessionBurst = 1
      })
    ) { hub in
      let first = try await hub.connect("edge-1")
      let tooFast = try #require(try await hub.refusal("edge-2"))
      #expect(tooFast.status == 503 && tooFast.retryAfter == .seconds(1))
      #expect(added("refusals_total{reason=rate}") == 1)
      await first.close()
    }
  }

  @Test(
    "a handshake that leads to nothing, a peer that falls silent and one that breaks a rule are counted and told of")
  func brokenPeers() async throws {
    try await ServedHub.with(
      ServedHub.Setup(sockets: {
        $0.upgradeTimeout = .milliseconds(700)
        $0.timing.pingInterval = .milliseconds(100)
        $0.timing.pingTimeout = .milliseconds(100)
      })
    ) { hub in
      let idle = try await ClientBootstrap(group: ServedHub.group).connect(host: "127.0.0.1", port: hub.port).get()
      let tls = try hub.tls("edge-1")
      // Upgrades, and then neither reads nor answers a ping.
      let silent = try await ClientBootstrap(group: ServedHub.group)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: tls, serverHostname: nil))
          }
        }
        .connect(host: "127.0.0.1", port: hub.port).get()
      try await silent.writeAndFlush(
        ByteBuffer(
          string: "GET / HTTP/1.1\r\nHost: x\r\nNode_id: edge-1\r\nConnectionuse: msg\r\nConnection: Upgrade\r\n"
            + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: G2fWd81p3T6PmByRBKUlrg==\r\n\r\n"))
      try await eventually { hub.events.contains("hub.half-open", node: "edge-1") }
      #expect(
        metrics.names(startingWith: "edge_hub_dead_peers_total{reason=").contains {
          metrics.added($0, since: since) == 1
        })

      let rude = try await hub.connectRaw(
        "edge-2", headers: [("Node_id", "edge-2"), ("Project_id", "p"), ("Connectionuse", "msg")])
      try await rude.send(WebSocketMessage(.text, bytes: Array("this is no message".utf8)))
      try await eventually { added("violations_total{code=1007}") == 1 }
      try await eventually { hub.events.contains("hub.ended", node: "edge-2") }
      try await eventually { added("handshakes_cut_total") == 1 }
      #expect(hub.service.statistics.handshakesCut == 1)
      try? await idle.close()
      try? await silent.close()
      await rude.close()
    }
  }

  @Test(
    "a full queue, a node that reports too fast, a malformed inventory, a broadcast and a node that goes are told of")
  func bounds() async throws {
    try await ServedHub.with(
      ServedHub.Setup(service: {
        $0.link.outbox[.commands] = DeliveryPolicy(priority: .objects, retention: .all(maximumBytes: 2000))
        $0.upstream.messagesPerSecond = 200
        $0.upstream.burst = 5
      })
    ) { hub in
      let name = try NodeName("edge-1")
      try await hub.cluster.create(Sample.node("edge-1", labels: ["zone": "a"]))
      try await eventually { hub.service.hub.isKnown(name) }
      var outcome = Dispatch.Outcome.waiting
      while outcome == .waiting {
        outcome = try await hub.service.hub.send(command("fill"), to: name).outcomes[name] ?? .full
      }
      #expect(outcome == .full && added("overflows_total") == 1)
      #expect(hub.events.all.contains { $0.name == "hub.overflow" && $0.metadata["class"] == "commands" })

      let all = try await hub.service.hub.broadcast(command("all"), to: try LabelSelector(parsing: "zone in (a,b)"))
      #expect(all.summary.full == 1 && hub.events.contains("hub.broadcast"))

      let node = try await hub.connect("edge-1")
      try await node.send(
        EdgeMessage(
          header: MessageHeader(id: "inventory", timestampMilliseconds: 1),
          route: MessageRoute(group: "resource", operation: .query, resource: "null/inventory/edge-1"),
          content: MessageContent("nonsense")))
      for index in 0..<30 {
        try await node.send(
          EdgeMessage(
            header: MessageHeader(id: "r\(index)", timestampMilliseconds: 1),
            route: MessageRoute(source: "edged", group: "meta", operation: .query, resource: "null/node/edge-1"),
            content: .null))
      }
      // Held up, and every one answered all the same.
      var answered: Set<String> = []
      for try await message in node.inbound {
        if message.parentID.hasPrefix("r") { answered.insert(message.parentID) }
        if answered.count == 30 { break }
      }
      #expect(added("upstream_throttled_total") >= 10)
      #expect(hub.events.contains("hub.malformed", node: "edge-1"))
      await node.close()
      try await eventually { gauge("sessions") == 0 }

      try await hub.cluster.registry.delete(Sample.key(.nodes, "edge-1", namespace: nil))
      try await eventually { hub.events.contains("hub.discarded", node: "edge-1") }
      try await eventually { gauge("stored_nodes") == 0 }
    }
  }

  @Test("event names are the documented ones")
  func names() {
    #expect(
      HubEvent.allCases.map(\.rawValue) == [
        "hub.connected", "hub.disconnected", "hub.ended", "hub.taken-over", "hub.refused", "hub.half-open",
        "hub.overflow", "hub.synchronized", "hub.not-taken", "hub.malformed", "hub.broadcast", "hub.discarded",
        "hub.damaged", "hub.store-failed",
      ])
  }
}
#endif
