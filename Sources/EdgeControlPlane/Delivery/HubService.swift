#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import EdgeTransportNIO
import Logging
import Metrics
import Synchronization

/// Serves the sessions of all nodes: each gets what it must hold and hands in what it observes.
public struct HubService: Sendable {
  private let server: HubServer
  private let registry: ObjectRegistry
  private let view: ClusterView
  private let catalog: ResourceCatalog
  private let entropy: any EntropySource
  private let wallClock: any WallClock
  private let logger: Logger
  /// How long a session waits for the node's inventory before it sends everything, as a KubeEdge EdgeCore needs.
  private let inventoryTimeout: Duration
  private let ledger: ObjectSyncLedger

  public init(
    server: HubServer, registry: ObjectRegistry, view: ClusterView, catalog: ResourceCatalog = .standard,
    inventoryTimeout: Duration = .seconds(5), entropy: any EntropySource = SystemEntropy(),
    wallClock: any WallClock = SystemWallClock(), logger: Logger
  ) {
    self.server = server
    self.registry = registry
    self.view = view
    self.catalog = catalog
    self.inventoryTimeout = inventoryTimeout
    self.entropy = entropy
    self.wallClock = wallClock
    self.logger = logger
    ledger = ObjectSyncLedger(registry: registry, catalog: catalog, logger: logger)
  }

  public func run(onReady: @Sendable (_ host: String, _ port: Int) -> Void) async throws {
    try await ledger.load()
    await view.synced()
    try await server.run(onReady: onReady) { await self.serve($0) }
  }

  /// The inventory that a session's reader hands to its sender.
  private final class Told: Sendable {
    let value = Mutex<(question: EdgeMessage, content: Inventory)?>(nil)
  }

  private enum Work: Hashable, Sendable {
    case inventory
    case object(ObjectKey)
  }

  private func serve(_ connection: HubConnection) async {
    let node = connection.nodeName
    let link = MessageLink()
    let work = CoalescingQueue<Work>()
    let inventory = Told()
    let upstream = UpstreamHandler(
      node: node, registry: registry, view: view, entropy: entropy, wallClock: wallClock, logger: logger)
    let refusals = Refusals(node: node, logger: logger)
    // Used once the node has not told its inventory in time.
    let edgeCore = EdgeCoreSession(node: node, ledger: ledger)
    let observer = view.observe { change in
      work.add(contentsOf: NodeDemand.touched(by: change).map { .object($0) })
    }
    defer { view.removeObserver(observer) }
    await withDiscardingTaskGroup { group in
      group.addTask {
        do throws(NodeDelivery.Problem) {
          try await self.deliver(to: node, link: link, work: work, inventory: inventory, edgeCore: edgeCore)
        } catch {
          logger.error("too much waits for a node; its session starts over", metadata: ["node": "\(node)"])
          await connection.close()
        }
      }
      group.addTask { await edgeCore.run() }
      do throws(TransportError) {
        try await link.serve(
          connection,
          answered: { item, answer in
            let verdict = refusals.judge(item, answer)
            edgeCore.answered(item.message.id, accepted: verdict == .accepted, isFinal: verdict.isFinal)
            return verdict
          },
          receive: { message in
            if message.operation == .query, message.resource == "null/inventory/\(node)" {
              guard let content = (try? JSONValue(parsing: message.content.bytes)).flatMap({ Inventory(json: $0) })
              else {
                logger.warning("a malformed inventory", metadata: ["node": "\(node)"])
                return
              }
              inventory.value.withLock { $0 = (message, content) }
              work.add(.inventory)
            } else if let answer = await upstream.handle(message) {
              try? await link.sendNow(answer)
            }
          })
      } catch {
        logger.info("session ended", metadata: ["node": "\(node)", "reason": "\(error)"])
      }
      work.finish()
      group.cancelAll()
    }
  }

  /// The downstream half of a session: first the difference to the node's inventory, then every change.
  private func deliver(
    to node: NodeName, link: MessageLink, work: CoalescingQueue<Work>, inventory: Told, edgeCore: EdgeCoreSession
  ) async throws(NodeDelivery.Problem) {
    let clock = ContinuousClock()
    let deadline = clock.now + inventoryTimeout
    let problem = await withDiscardingTaskGroup(returning: NodeDelivery.Problem?.self) { group in
      defer { group.cancelAll() }
      do throws(NodeDelivery.Problem) {
        var delivery: NodeDelivery?
        while true {
          let timeout = delivery == nil ? max(.zero, clock.now.duration(to: deadline)) : nil
          guard let batch = await work.next(within: timeout, clock: clock) else { return nil }
          if batch.contains(.inventory) || (delivery == nil && clock.now >= deadline) {
            let told = inventory.value.withLock { $0 }
            let (synchronized, changes) = try await synchronize(
              node, link: link, told: told, edgeCore: told == nil ? edgeCore : nil)
            delivery = synchronized
            // Beside the changes that follow: one object that the node cannot take must not hold up the others.
            if told != nil { group.addTask { await announce(changes, to: node, link: link) } }
            continue
          }
          // Changes from before the inventory are part of the difference.
          for case .object(let key) in batch { try delivery?.refresh(key) }
        }
      } catch {
        return error
      }
    }
    if let problem { throw problem }
  }

  /// Tells the node that it has everything, when everything of the difference has been answered.
  private func announce(_ changes: Int, to node: NodeName, link: MessageLink) async {
    await link.drained()
    try? await link.sendNow(
      EdgeMessage(
        id: UniqueID(from: entropy), timestamp: wallClock.now(), source: "edgecontroller", group: "resource",
        operation: MessageOperation("message"), resource: "null/synced/\(node)",
        content: MessageContent(json: JSONValue.object(["changes": .integer(Int64(changes))]).serialized())))
  }

  private func synchronize(
    _ node: NodeName, link: MessageLink, told: (question: EdgeMessage, content: Inventory)?, edgeCore: EdgeCoreSession?
  ) async throws(NodeDelivery.Problem) -> (NodeDelivery, changes: Int) {
    var delivery = NodeDelivery(
      node: node,
      inventory: told?.content ?? edgeCore?.inventory(of: view) ?? Inventory(epoch: "", entries: [:]), view: view,
      link: link, catalog: catalog, entropy: entropy, wallClock: wallClock, logger: logger, edgeCore: edgeCore)
    if let told {
      let revision = (try? await registry.list(.namespaces).resourceVersion).flatMap { Int64($0) } ?? 0
      let content: JSONValue = ["revision": .integer(revision)]
      try? await link.sendNow(
        told.question.response(
          id: UniqueID(from: entropy), timestamp: wallClock.now(), content: MessageContent(json: content.serialized())))
    }
    let changes = try delivery.synchronize()
    logger.info(
      "compared inventories",
      metadata: [
        "node": "\(node)", "held": "\(told?.content.entries.count ?? 0)", "changes": "\(changes)",
        "epoch": "\(told?.content.epoch ?? "none")",
      ])
    return (delivery, changes)
  }
}

extension MessageLink.Verdict {
  /// Whether the item will not be sent again.
  fileprivate var isFinal: Bool {
    if case .retry = self { false } else { true }
  }
}

/// Judges the answers to changes: a refused one is tried again with growing delays, and given up after a few minutes.
/// The next session compares inventories and tries it anew.
private final class Refusals: Sendable {
  private let node: NodeName
  private let logger: Logger
  private let counts = Mutex<[String: Int]>([:])

  init(node: NodeName, logger: Logger) {
    self.node = node
    self.logger = logger
  }

  func judge(_ item: DeliveryItem, _ answer: EdgeMessage) -> MessageLink.Verdict {
    guard answer.operation == .error else {
      counts.withLock { _ = $0.removeValue(forKey: item.objectKey) }
      return .accepted
    }
    let count = counts.withLock { counts in
      counts[item.objectKey, default: 0] += 1
      return counts[item.objectKey, default: 0]
    }
    logger.error(
      "a node cannot take a change",
      metadata: [
        "node": "\(node)", "object": "\(item.objectKey)", "attempt": "\(count)",
        "reason": "\(answer.content.stringValue ?? "")",
      ])
    return count < 8 ? .retry(after: .seconds(1 << (count - 1))) : .givenUp
  }
}
#endif
