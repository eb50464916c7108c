#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import EdgeTransportNIO
import EdgeTransportOutbox
import Logging
import Metrics
import Synchronization

/// One session of a node: first the difference to what it holds, then every change, and beside it what waits in its outbox.
///
/// Messages that are no objects are held back until it is known whether the peer takes them: a node of ours says so with
/// its inventory, an EdgeCore is one that tells none.
struct HubSession: Sendable {
  let hub: NodeHub
  let node: NodeName
  let outbox: NodeOutbox
  private let refusals: Refusals
  private let edgeCore: EdgeCoreSession
  private let watches: MetaServerWatches
  private let inventory = Told()
  private let work = CoalescingQueue<Work>()
  private let isEdgeCore = SessionFlag()

  init(hub: NodeHub, node: NodeName, outbox: NodeOutbox) {
    self.hub = hub
    self.node = node
    self.outbox = outbox
    watches = hub.watches.of(node)
    refusals = Refusals(node: node, logger: hub.logger)
    edgeCore = EdgeCoreSession(node: node, ledger: hub.ledger) { [work] keys in
      work.add(contentsOf: keys.map { .object($0) })
    }
  }

  private var link: MessageLink { outbox.link }
  private var logger: Logger { hub.logger }

  /// The inventory that a session's reader hands to its sender.
  private final class Told: Sendable {
    let value = Mutex<(content: Inventory, takesMessages: Bool)?>(nil)
  }

  private final class SessionFlag: Sendable {
    let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
  }

  private enum Work: Hashable, Sendable {
    case inventory
    /// It asks what no node of ours asks: there is no inventory to wait for.
    case edgeCore
    case object(ObjectKey)
  }

  func serve(_ connection: some MessageConnection) async {
    link.hold(HubServiceConfiguration.messageClasses)
    if (try? await outbox.outbox.restore()) != nil, link.pendingCount > 0 { hub.metrics.resumptions.increment() }
    let observer = hub.view.observe { [work, edgeCore] change in
      if let removed = change.removed { edgeCore.noteRemoved(change.key, removed) }
      work.add(contentsOf: NodeDemand.touched(by: change).map { .object($0) })
    }
    defer { hub.view.removeObserver(observer) }
    let upstream = UpstreamHandler(
      node: node, registry: hub.registry, view: hub.view, entropy: hub.entropy, wallClock: hub.wallClock,
      logger: logger, nodeJobs: hub.configuration.nodeJobs,
      clusterAuthorityPEM: hub.configuration.clusterAuthorityPEM,
      serviceAccountTokens: hub.configuration.serviceAccountTokens, metaServer: hub.configuration.metaServer,
      watches: watches,
      watched: { [work, view = hub.view] resource in
        work.add(contentsOf: view.objects(of: resource).compactMap { (try? $0.key()).map { .object($0) } })
      })
    let time = hub.time
    let budget = Mutex(UpstreamBudget(hub.configuration.upstream, now: time.now))
    await withDiscardingTaskGroup { group in
      group.addTask {
        do throws(NodeDelivery.Problem) {
          try await deliver()
        } catch {
          hub.metrics.overflows.increment()
          logger.error(
            "too much waits for a node; its session starts over",
            metadata: HubEvent.overflow.metadata(["node": "\(node)"]))
          await connection.close()
        }
      }
      group.addTask { await edgeCore.run() }
      do throws(TransportError) {
        try await link.serve(
          NotingConnection(connection) { if isEdgeCore.isSet { taken($0) } },
          answered: { item, answer in answered(item, answer) },
          receive: { message in
            if message.operation == .query, message.resource == "null/inventory/\(node)" {
              await told(message)
              return
            }
            if message.resource == "membership/detail", message.route.source == "twin" { work.add(.edgeCore) }
            let wait = budget.withLock { $0.take(now: time.now) }
            if wait > .zero {
              hub.metrics.throttled.increment()
              try? await time.sleep(for: wait)
            }
            if let answer = await hub.gate.use({ await upstream.handle(message) }) { try? await link.sendNow(answer) }
          })
      } catch {
        // A peer that no longer answers pings, or takes nothing: TCP alone would not have noticed.
        logger.info(
          "session ended",
          metadata: (error.code == .timedOut ? HubEvent.halfOpen : .ended).metadata([
            "node": "\(node)", "reason": "\(error)",
          ]))
      }
      work.finish()
      group.cancelAll()
    }
  }

  /// Answers at once: a node knows by an answer to anything else that comes first that its cloud compares nothing.
  private func told(_ message: EdgeMessage) async {
    guard let value = try? JSONValue(parsing: message.content.bytes), let content = Inventory(json: value) else {
      logger.warning("a malformed inventory", metadata: HubEvent.malformed.metadata(["node": "\(node)"]))
      return
    }
    let revision = Int64(await presentVersion()) ?? 0
    // A node of ours hears by `messages` that everything with an id wants an answer.
    let answer: JSONValue = ["revision": .integer(revision), "messages": true]
    try? await link.sendNow(
      message.response(
        id: UniqueID(from: hub.entropy), timestamp: hub.wallClock.now(),
        content: MessageContent(json: answer.serialized())))
    inventory.value.withLock { $0 = (content, value["messages"]?.boolValue == true) }
    work.add(.inventory)
  }

  // MARK: Answers

  private func answered(_ item: DeliveryItem, _ answer: EdgeMessage) -> MessageLink.Verdict {
    let verdict = refusals.judge(item, answer)
    edgeCore.answered(item.message.id, accepted: verdict == .accepted, isFinal: verdict.isFinal)
    if HubServiceConfiguration.messageClasses.contains(item.deliveryClass), verdict.isFinal {
      hub.metrics.settled(item.deliveryClass, delivered: verdict == .accepted)
      hub.followed.settled(
        item.message.id, at: node, verdict == .accepted ? .delivered : .refused(answer.content.stringValue ?? ""))
    }
    return verdict
  }

  /// An EdgeCore acknowledges nothing but objects. As with a CloudCore, what its connection has taken counts.
  private func taken(_ message: EdgeMessage) {
    guard message.route.group != "resource", !message.isAnswer else { return }
    link.confirm(messageID: message.id)
    hub.followed.settled(message.id, at: node, .delivered)
  }

  // MARK: Objects

  private func deliver() async throws(NodeDelivery.Problem) {
    let time = hub.time
    let deadline = time.now + hub.configuration.inventoryTimeout
    let problem = await withDiscardingTaskGroup(returning: NodeDelivery.Problem?.self) { group in
      defer { group.cancelAll() }
      do throws(NodeDelivery.Problem) {
        var delivery: NodeDelivery?
        while true {
          let timeout = delivery == nil ? max(.zero, deadline - time.now) : nil
          guard let batch = await work.next(within: timeout, clock: time.clock) else { return nil }
          let isOverdue = batch.contains(.edgeCore) || time.now >= deadline
          if batch.contains(.inventory) || (delivery == nil && isOverdue) {
            let told = inventory.value.withLock { $0 }
            isEdgeCore.value.withLock { $0 = told == nil }
            let (synchronized, changes) = try await synchronize(told?.content)
            delivery = synchronized
            // Old nodes of ours do not answer what they do not know.
            link.hold(told?.takesMessages ?? true ? [] : HubServiceConfiguration.messageClasses)
            // Beside the changes that follow: one object that the node cannot take must not hold up the others.
            if told != nil { group.addTask { await announce(changes) } }
            continue
          }
          // Changes from before the inventory are part of the difference.
          for case .object(let key) in batch { try delivery?.refresh(key) }
          if delivery == nil || !isEdgeCore.isSet { edgeCore.forgetRemoved() }
        }
      } catch {
        return error
      }
    }
    if let problem { throw problem }
  }

  /// Tells the node that it has everything, when everything of the difference has been answered.
  private func announce(_ changes: Int) async {
    await link.drained(of: HubServiceConfiguration.objectClasses)
    try? await link.sendNow(
      EdgeMessage(
        id: UniqueID(from: hub.entropy), timestamp: hub.wallClock.now(), source: "edgecontroller", group: "resource",
        operation: MessageOperation("message"), resource: "null/synced/\(node)",
        content: MessageContent(json: JSONValue.object(["changes": .integer(Int64(changes))]).serialized())))
  }

  /// Of the whole store; empty when it cannot be read.
  private func presentVersion() async -> String {
    (try? await hub.registry.list(.namespaces).resourceVersion) ?? ""
  }

  private func synchronize(_ held: Inventory?) async throws(NodeDelivery.Problem) -> (NodeDelivery, changes: Int) {
    let edgeCore = held == nil ? edgeCore : nil
    let revision = await presentVersion()
    var delivery = NodeDelivery(
      node: node, inventory: held ?? edgeCore?.inventory(of: hub.view) ?? Inventory(epoch: "", entries: [:]),
      view: hub.view, link: link, catalog: hub.catalog, entropy: hub.entropy, wallClock: hub.wallClock, logger: logger,
      edgeCore: edgeCore, watches: watches, presentVersion: revision)
    let heldCount = held?.entries.count ?? self.edgeCore.heldCount
    let changes = try delivery.synchronize()
    logger.info(
      "compared inventories",
      metadata: HubEvent.synchronized.metadata([
        "node": "\(node)", "held": "\(heldCount)",
        "changes": "\(changes)", "epoch": "\(held?.epoch ?? "none")", "waiting": "\(link.pendingCount)",
      ]))
    return (delivery, changes)
  }
}

/// Tells of each message that the connection has taken.
private struct NotingConnection<Base: MessageConnection>: MessageConnection {
  private let base: Base
  private let sent: @Sendable (EdgeMessage) -> Void

  init(_ base: Base, sent: @escaping @Sendable (EdgeMessage) -> Void) {
    self.base = base
    self.sent = sent
  }

  var inbound: InboundMessages { base.inbound }

  func send(_ message: EdgeMessage) async throws(TransportError) {
    try await base.send(message)
    sent(message)
  }

  func close() async { await base.close() }
}

extension MessageLink.Verdict {
  /// Whether the item will not be sent again.
  fileprivate var isFinal: Bool {
    if case .retry = self { false } else { true }
  }
}

/// Judges the answers to changes and messages: a refused one is tried again with growing delays, and given up after a few
/// minutes. Objects are compared, and tried anew, in the next session.
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
      metadata: HubEvent.notTaken.metadata([
        "node": "\(node)", "object": "\(item.objectKey)", "attempt": "\(count)",
        "reason": "\(answer.content.stringValue ?? "")",
      ]))
    guard count >= 8 else { return .retry(after: .seconds(1 << (count - 1))) }
    // The next message of the resource has its own attempts.
    counts.withLock { _ = $0.removeValue(forKey: item.objectKey) }
    return .givenUp
  }
}
#endif
