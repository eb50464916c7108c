#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import EdgeTransportOutbox
import Logging

/// What a session with a CloudCore needs beside taking what it sends: it neither compares inventories nor sends the ConfigMaps
/// and Secrets of a pod; the edge has to ask for those, and is sent their changes from then on.
struct CloudCoreSession: Sendable {
  struct Timing: Hashable, Sendable {
    /// A hub that has not answered the inventory by then does not compare.
    var recognition: Duration = .seconds(10)
    /// A hub from which nothing at all has come by then, though reports wait for answers, is left. A CloudCore keeps the
    /// connection of a node that it does not serve (its limit of nodes is reached) and says nothing.
    var silence: Duration = .seconds(60)
    /// For the answer to one question.
    var answer: Duration = .seconds(10)
    /// Before what was not found is asked for again.
    var retry: Duration = .seconds(30)
    /// Questions at the same time.
    var concurrency = 8
  }

  let cache: ObjectCache
  let link: MessageLink
  let delivery: CloudDelivery
  let timing: Timing
  let clock: any Clock<Duration>
  let entropy: any EntropySource
  let wallClock: any WallClock
  let logger: Logger

  enum End: Hashable, Sendable {
    /// The connection is over, or its hub compares.
    case done
    /// The hub does not serve this node.
    case silent
  }

  /// Watches what the hub is, and asks a CloudCore for what the node's pods lack, until the task is cancelled.
  /// - Parameter recognized: called when the hub is known not to compare.
  func run(_ hub: HubKnowledge, recognized: @Sendable () -> Void) async -> End {
    let time = LinkTime(clock)
    while hub.kind == .unknown {
      let isLate = time.now >= timing.recognition
      if isLate, hub.wasHeard {
        hub.isNotComparing()
        break
      }
      if time.now >= timing.silence, !hub.wasHeard, link.pendingCount > 0 { return .silent }
      let deadline = isLate ? max(timing.silence, time.now + .seconds(1)) : timing.recognition
      guard await hub.news.next(within: deadline - time.now, clock: clock) != nil else { return .done }
    }
    guard hub.kind == .cloudCore else { return .done }
    logger.info("the hub compares no inventories; what pods lack is asked for")
    recognized()
    await askForWhatIsMissing(hub)
    return .done
  }

  // MARK: Questions

  private func askForWhatIsMissing(_ hub: HubKnowledge) async {
    let changes = cache.subscribe(to: [.pods, .configMaps, .secrets])
    defer { cache.unsubscribe(changes) }
    let time = LinkTime(clock)
    // What the cloud does not have is not asked for with every change of something else.
    var asked: [ObjectKey: Duration] = [:]
    while !Task.isCancelled, hub.kind == .cloudCore {
      let lacking = missing()
      asked = asked.filter { lacking.contains($0.key) && time.now - $0.value < timing.retry }
      let keys = lacking.filter { asked[$0] == nil }.sorted()
      await withDiscardingTaskGroup { group in
        let lanes = min(timing.concurrency, keys.count)
        for lane in 0..<lanes {
          group.addTask {
            for index in stride(from: lane, to: keys.count, by: lanes) { await ask(for: keys[index]) }
          }
        }
      }
      for key in keys { asked[key] = time.now }
      // What came meanwhile is looked at in the next round.
      let next = missing().map { max(.zero, (asked[$0] ?? .zero) + timing.retry - time.now) }.min()
      guard await changes.changes.next(within: next, clock: clock) != nil else { return }
    }
  }

  private func missing() -> Set<ObjectKey> {
    let wanted = cache.objects(of: .pods).filter { $0.metadata.deletionTimestamp == nil }
      .reduce(into: Set<ObjectKey>()) { $0.formUnion($1.references) }
    return wanted.filter { cache.object($0) == nil }
  }

  private func ask(for key: ObjectKey) async {
    guard let type = delivery.catalog.type(for: key.resource) else { return }
    let path = ResourcePath(namespace: key.namespace, type: type.singular, name: key.name)
    let question = EdgeMessage(
      id: UniqueID(from: entropy), timestamp: wallClock.now(), source: "edged", group: "meta", operation: .query,
      resource: path.description)
    do throws(TransportError) {
      let answer = try await link.request(question, within: timing.answer)
      guard case .idempotent = await delivery.effect(of: answer) else {
        logger.notice("the cloud does not give an object that a pod reads", metadata: ["object": "\(key)"])
        return
      }
      // The hub waits for it, as for the acknowledgement of an object that it sends by itself.
      try await link.sendNow(answer.ack(id: UniqueID(from: entropy), timestamp: wallClock.now()))
    } catch {
      logger.debug("an object was not answered", metadata: ["object": "\(key)", "error": "\(error)"])
    }
  }
}
#endif
