#if Networking && canImport(Glibc)
import EdgeAPIModels
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

/// The link half of a node agent: its cache, outbox, receiver and session, over a store that outlives it.
struct FarNode: Sendable {
  let name: NodeName
  let cache: ObjectCache
  let outbox: DurableOutbox
  let receiver: DeliveryReceiver
  let session: CloudSession
  let caughtUp: CoalescingQueue<Bool>

  /// Each message that is no object is one key `effects/<resource>/<content>`, made in one step with the memory of it.
  static let effects = "effects/"

  init(
    _ name: String, store: any MVCCStore, clock: any Clock<Duration> = ContinuousClock(),
    entropy: any EntropySource = SystemEntropy(), wallClock: any WallClock = SystemWallClock(),
    cloudCoreTiming: CloudCoreSession.Timing = CloudCoreSession.Timing(),
    applied: @escaping @Sendable (EdgeMessage) -> Void = { _ in },
    messages: @escaping DeliveryReceiver.Handler = { message in
      let text = message.content.stringValue ?? ""
      return text == "refuse me"
        ? .giveUp("as you like") : .commit([.put(StoreKey("effects/\(message.resource)/\(text)"), [])])
    }
  ) async throws {
    self.name = try NodeName(name)
    cache = try await ObjectCache.open(store: store)
    outbox = DurableOutbox(store: store, prefix: "transport/outbox/cloud/", clock: clock)
    let delivery = CloudDelivery(cache: cache, catalog: .standard, logger: quiet, messages: messages)
    receiver = DeliveryReceiver(
      store: store, prefix: "transport/inbox/cloud/", clock: clock, entropy: entropy, wallClock: wallClock
    ) { message in
      let effect = await delivery.effect(of: message)
      if case .idempotent = effect { applied(message) }
      return effect
    }
    let caughtUp = CoalescingQueue<Bool>()
    self.caughtUp = caughtUp
    session = CloudSession(
      node: self.name, cache: cache, link: outbox.link, receiver: receiver,
      reporter: UpstreamReporter(link: outbox.link, entropy: entropy, wallClock: wallClock), catalog: .standard,
      entropy: entropy, wallClock: wallClock, logger: quiet, renewLease: {},
      caughtUp: { caughtUp.add($0 == .compared) }, cloudCoreTiming: cloudCoreTiming, clock: clock)
  }

  /// Writes and applies until the task is cancelled.
  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { try? await outbox.run() }
      group.addTask { try? await receiver.run() }
    }
  }

  /// What messages have done to the store, as `<resource>/<content>` in the order of their effects.
  static func effects(in store: any MVCCStore) async throws -> [(effect: String, count: Int64)] {
    let found = try await store.range(RangeRequest(.prefix(StoreKey(effects)))).kvs
    return found.sorted { $0.createRevision < $1.createRevision }.map { entry in
      (String(String(decoding: entry.key.bytes, as: UTF8.self).dropFirst(effects.count)), entry.version)
    }
  }
}

/// Connects a node for the time of `body`, which begins when the node has caught up.
func whileConnected(_ node: FarNode, to hub: NodeHub, _ body: () async throws -> Void) async throws {
  let (cloud, edge) = InMemoryConnection.pair(capacity: 256)
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { await node.run() }
    group.addTask { await hub.serve(cloud, of: node.name) }
    group.addTask { try? await node.session.run(over: edge) }
    #expect(await node.caughtUp.next() != nil)
    try await body()
    await edge.close()
    group.cancelAll()
  }
}

extension EdgeMessage {
  /// A message that is no object.
  static func command(
    _ resource: String, _ text: String, group: String = "user", entropy: any EntropySource = SystemEntropy()
  ) -> EdgeMessage {
    EdgeMessage(
      id: UniqueID(from: entropy), timestamp: SystemWallClock().now(), source: "test", group: group,
      operation: .publish, resource: resource, content: MessageContent(text: text))
  }
}
#endif
