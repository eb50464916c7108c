#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgePrimitives
import EdgeStore
import EdgeTransport
import EdgeTransportNIO
import EdgeTransportOutbox
import Logging

/// Serves the sessions of all nodes, over whatever connections: each gets what it must hold, what was sent to it while it was
/// away, and hands in what it observes.
///
/// Objects are brought to a node by comparison: a session computes what the node lacks from what it holds, so nothing
/// about them is stored for a node, however long it is away (``NodeDelivery``). Everything else, which nobody could compute
/// anew, waits in the node's durable outbox (``send(_:as:to:)``, ``broadcast(_:as:to:)``). See docs/hub.md.
public struct NodeHub: Sendable {
  let registry: ObjectRegistry
  let view: ClusterView
  let catalog: ResourceCatalog
  let configuration: HubServiceConfiguration
  let entropy: any EntropySource
  let wallClock: any WallClock
  let time: LinkTime
  let logger: Logger
  let ledger: ObjectSyncLedger
  let watches = NodeWatches()
  let outboxes: NodeOutboxes
  let followed: FollowedDispatches
  let gate: FairGate
  /// Nodes that were deleted, and whose messages are still to be dropped.
  private let deleted = CoalescingQueue<NodeName>()
  let metrics = HubMetrics()

  /// - Parameter store: keeps what waits for nodes; only keys under `transport/outbox/` are touched.
  public init(
    registry: ObjectRegistry, view: ClusterView, store: any MVCCStore, catalog: ResourceCatalog = .standard,
    configuration: HubServiceConfiguration = HubServiceConfiguration(), entropy: any EntropySource = SystemEntropy(),
    wallClock: any WallClock = SystemWallClock(), clock: any Clock<Duration> = ContinuousClock(), logger: Logger
  ) {
    self.registry = registry
    self.view = view
    self.catalog = catalog
    self.configuration = configuration
    self.entropy = entropy
    self.wallClock = wallClock
    time = LinkTime(clock)
    self.logger = logger
    ledger = ObjectSyncLedger(registry: registry, catalog: catalog, logger: logger)
    outboxes = NodeOutboxes(store: store, configuration: configuration.link, time: time, logger: logger)
    followed = FollowedDispatches(maximumFollowed: configuration.dispatch.maximumFollowed)
    gate = FairGate(places: configuration.upstream.maximumConcurrent)
  }

  /// Reads what is needed before the first session.
  public func prepare() async throws {
    try await ledger.load()
    await view.synced()
  }

  /// Writes the outboxes and measures them, until the task is cancelled. Nothing is sent to nodes, nor stored for them,
  /// without it.
  public func run() async {
    let observer = view.observe { [deleted] change in
      guard change.key.resource == .nodes, change.new == nil, let node = try? NodeName(change.key.name) else { return }
      deleted.add(node)
    }
    defer { view.removeObserver(observer) }
    await withDiscardingTaskGroup { group in
      group.addTask { await outboxes.run() }
      group.addTask { await forgetDeleted() }
      while !Task.isCancelled {
        await metrics.record(status())
        try? await time.sleep(for: configuration.metricsInterval)
      }
      group.cancelAll()
    }
  }

  /// What waits for a node that was deleted waits for nobody, and what an EdgeCore of its name held says nothing of the next
  /// one; also when the hub did not see the deletion.
  private func forgetDeleted() async {
    await view.synced()
    deleted.add(contentsOf: (((try? await outboxes.stored()) ?? []) + ledger.nodes).filter { !isKnown($0) })
    while let nodes = await deleted.next() {
      for node in nodes {
        if !isKnown(node) {
          await ledger.forget(node)
          watches.forget(node)
        }
        await outboxes.use(node) { outbox in
          guard (try? await outbox.outbox.restore()) != nil, !isKnown(node), !outbox.link.isConnected else { return }
          let count = outbox.link.pendingCount
          outbox.link.discardWaiting()
          if count > 0 {
            logger.notice(
              "dropped the messages of a node that was deleted",
              metadata: HubEvent.discarded.metadata(["node": "\(node)", "count": "\(count)"]))
          }
        }
      }
    }
  }

  func isKnown(_ node: NodeName) -> Bool { view.object(Self.key(of: node)) != nil }

  static func key(of node: NodeName) -> ObjectKey {
    ObjectKey(resource: .nodes, namespace: nil, name: node.rawValue)
  }

  /// How the queues stand now. O(n) of all that is pending.
  public func status() async -> HubStatus {
    let now = wallClock.now()
    var status = HubStatus()
    for outbox in outboxes.loaded { status.nodes[outbox.node] = HubStatus.Node(outbox.link, now: now) }
    status.storedNodes = (try? await outboxes.stored().count) ?? 0
    return status
  }

  /// Serves one connection of a node until it ends. A newer one of the same node must be closed by whoever accepts them,
  /// as ``HubServer`` does; here it waits until its predecessor has let go, and nothing of that touches it (FF-02).
  public func serve(_ connection: some MessageConnection, of node: NodeName) async {
    await outboxes.use(node) { outbox in
      await outbox.turn.take()
      defer { outbox.turn.release() }
      await HubSession(hub: self, node: node, outbox: outbox).serve(connection)
      watches.tidy(node)
      // One that was deleted meanwhile was left alone.
      if !isKnown(node) { deleted.add(node) }
    }
  }
}
#endif
