#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import EdgeTransportOutbox
import Logging
import Synchronization

/// One session with the cloud over one connection: compare inventories, hand what is delivered to the receiver, which answers
/// after it is durable.
///
/// The profile is KubeEdge's, with one addition: the node opens with `query null/inventory/<node>`, and the hub answers
/// with its revision, sends the difference and closes it with `message null/synced/<node>`. A KubeEdge CloudCore ignores
/// the question and sends what it thinks fit; see ``CloudCoreSession``.
struct CloudSession: Sendable {
  let node: NodeName
  let cache: ObjectCache
  let link: MessageLink
  /// Applies what the cloud delivers (``CloudDelivery``); whoever owns it runs it.
  let receiver: DeliveryReceiver
  let reporter: UpstreamReporter
  let catalog: ResourceCatalog
  let entropy: any EntropySource
  let wallClock: any WallClock
  let logger: Logger
  /// Renews the node's lease, when an answer tells how to or that it must.
  let renewLease: @Sendable () -> Void
  /// Told when everything the cloud had for this node has arrived, or when it is known that the cloud will not say so.
  let caughtUp: @Sendable (CloudWord) -> Void
  var cloudCoreTiming = CloudCoreSession.Timing()
  var clock: any Clock<Duration> = ContinuousClock()

  /// How much it means that a cloud is done.
  enum CloudWord: Hashable, Sendable {
    /// What the node holds is what belongs here.
    case compared
    /// The cloud compares nothing (a CloudCore): what the node has lost, it does not send again, so what it does not name
    /// may belong here nonetheless.
    case uncompared
  }

  /// Serves the connection until it ends.
  func run(over connection: some MessageConnection) async throws(TransportError) {
    let delivered = receiver.beginSession()
    // What an older connection brought last must be part of the inventory.
    await receiver.settled()
    cache.sessionBegan(cloudRevision: nil)
    try await connection.send(
      message(source: "metamanager", group: "resource", operation: .query, resource: Self.inventoryResource(node))
        .with(content: MessageContent(json: inventory().serialized())))
    reporter.repeatAll()
    let hub = HubKnowledge()
    let outcome = await withTaskGroup(of: Result<Void, TransportError>?.self) { group in
      group.addTask {
        guard await cloudCore.run(hub, recognized: { caughtUp(.uncompared) }) == .silent else { return nil }
        return .failure(TransportError(code: .timedOut, message: "the hub does not serve this node: it says nothing"))
      }
      group.addTask {
        do throws(TransportError) {
          try await link.serve(
            DeviceReportConnection(base: connection, link: link, cache: cache), session: delivered,
            isDelivery: { isDelivery($0, hub) },
            answered: { item, answer in
              hub.heard()
              // A hub that compares answers the inventory first, for that was asked first.
              hub.isNotComparing()
              return self.judge(item, answer)
            }, receive: { await receive($0, hub) })
          return .success(())
        } catch {
          return .failure(error)
        }
      }
      for await case let end? in group {
        group.cancelAll()
        return end
      }
      return .success(())
    }
    try outcome.get()
  }

  private var cloudCore: CloudCoreSession {
    CloudCoreSession(
      cache: cache, link: link,
      delivery: CloudDelivery(cache: cache, catalog: catalog, logger: logger, messages: { _ in .giveUp("no object") }),
      timing: cloudCoreTiming, clock: clock, entropy: entropy, wallClock: wallClock, logger: logger)
  }

  static func inventoryResource(_ node: NodeName) -> String { "null/inventory/\(node)" }

  /// What the node holds, and that it answers messages that are no objects.
  private func inventory() -> JSONValue {
    var inventory = cache.inventory().json
    inventory["messages"] = true
    return inventory
  }

  // MARK: From the cloud

  private func isDelivery(_ message: EdgeMessage, _ hub: HubKnowledge) -> Bool {
    hub.heard()
    guard !message.isAnswer, !message.id.isEmpty, message.operation != .keepalive,
      message.resource != "null/synced/\(node)"
    else { return false }
    guard CloudDelivery.object(of: message, in: catalog) != nil else { return hub.deliversMessages }
    hub.isNotComparing()
    return true
  }

  private func receive(_ message: EdgeMessage, _ hub: HubKnowledge) async {
    if message.resource == "null/synced/\(node)" {
      caughtUp(.compared)
      return
    }
    if hub.kind != .comparing, Self.waitsForAcknowledgement(message) {
      logger.debug("an object of no use here", metadata: ["resource": "\(message.resource)"])
      try? await link.sendNow(message.ack(id: UniqueID(from: entropy), timestamp: wallClock.now()))
      return
    }
    guard message.isAnswer, message.resource == Self.inventoryResource(node),
      let content = try? JSONValue(parsing: message.content.bytes),
      let revision = content["revision"]?.integerValue
    else {
      logger.debug("a message for nobody here", metadata: ["resource": "\(message.resource)"])
      return
    }
    hub.answeredInventory(deliversMessages: content["messages"]?.boolValue == true)
    // It compares by itself and sends the changes of each object in order: its versions may have gone back.
    receiver.forgetVersions()
    if cache.sessionBegan(cloudRevision: UInt64(max(0, revision))) {
      logger.warning("the cloud's store went back in time; its objects are taken as they are")
    }
  }

  /// Whether a CloudCore sends nothing else until this is acknowledged: an object of a kind that nobody here knows, or the
  /// answer to a question that came too late.
  private static func waitsForAcknowledgement(_ message: EdgeMessage) -> Bool {
    guard message.route.group == "resource", !message.id.isEmpty else { return false }
    switch message.operation {
    case .insert, .update, .delete: return !message.isAnswer
    case .response: return !message.header.resourceVersion.isEmpty
    default: return false
    }
  }

  // MARK: Answers to our reports

  private func judge(_ item: DeliveryItem, _ message: EdgeMessage) -> MessageLink.Verdict {
    let answer = ReportAnswer(message)
    if item.objectKey == "lease", message.operation != .error {
      // Somebody deleted this node in the cloud: it registers anew.
      if case .refused(404, _) = answer, item.message.operation == .update { reporter.reregister() }
      let content = try? JSONValue(parsing: message.content.bytes)
      if reporter.leaseAnswered(content, to: item.message.operation) { renewLease() }
      return .accepted
    }
    switch answer {
    case .taken:
      if ["node", "nodelabels"].contains(item.objectKey) { reporter.registered() }
      reporter.settled(item)
      return .accepted
    case .failed(let reason):
      logger.warning(
        "the cloud could not take a report", metadata: ["report": "\(item.objectKey)", "answer": "\(reason)"])
      return .retry(after: .seconds(2))
    case .refused(404, _) where item.objectKey == "nodepatch":
      // Somebody deleted this node in the cloud: it registers anew.
      // Its status follows.
      reporter.reregister()
      return .givenUp
    case .refused(409, _) where item.objectKey == "node":
      // A CloudCore registers a node once and merges labels and annotations only when asked to.
      // Its status follows then: written at the same time, they would conflict.
      reporter.relabel()
      return .givenUp
    case .refused(let code, let reason) where [404, 409, 403, 422, 400].contains(code):
      logger.notice("the cloud refused a report", metadata: ["report": "\(item.objectKey)", "reason": "\(reason)"])
      if item.objectKey == "nodelabels" { reporter.registered() }
      reporter.settled(item)
      return .givenUp
    case .refused: return .retry(after: .seconds(2))
    }
  }

  private func message(source: String, group: String, operation: MessageOperation, resource: String) -> EdgeMessage {
    EdgeMessage(
      id: UniqueID(from: entropy), timestamp: wallClock.now(), source: source, group: group, operation: operation,
      resource: resource)
  }
}

extension EdgeMessage {
  func with(content: MessageContent) -> EdgeMessage {
    var message = self
    message.content = content
    return message
  }
}
#endif
