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
/// the question and sends what it thinks fit.
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
  /// Told when everything the cloud had for this node has arrived.
  let caughtUp: @Sendable () -> Void

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
    try await link.serve(
      connection, session: delivered, isDelivery: { isDelivery($0, hub) },
      answered: { item, answer in self.judge(item, answer) }, receive: { receive($0, hub) })
  }

  static func inventoryResource(_ node: NodeName) -> String { "null/inventory/\(node)" }

  /// What the node holds, and that it answers messages that are no objects.
  private func inventory() -> JSONValue {
    var inventory = cache.inventory().json
    inventory["messages"] = true
    return inventory
  }

  // MARK: From the cloud

  /// What this connection has shown of the hub.
  private final class HubKnowledge: Sendable {
    /// Whether it delivers more than objects, and waits for the answer to everything that has an id.
    let deliversMessages = Mutex(false)
  }

  private func isDelivery(_ message: EdgeMessage, _ hub: HubKnowledge) -> Bool {
    guard !message.isAnswer, !message.id.isEmpty, message.operation != .keepalive,
      message.resource != "null/synced/\(node)"
    else { return false }
    return CloudDelivery.object(of: message, in: catalog) != nil || hub.deliversMessages.withLock { $0 }
  }

  private func receive(_ message: EdgeMessage, _ hub: HubKnowledge) {
    if message.resource == "null/synced/\(node)" {
      caughtUp()
      return
    }
    guard message.isAnswer, message.resource == Self.inventoryResource(node),
      let content = try? JSONValue(parsing: message.content.bytes),
      let revision = content["revision"]?.integerValue
    else {
      logger.debug("a message for nobody here", metadata: ["resource": "\(message.resource)"])
      return
    }
    hub.deliversMessages.withLock { $0 = content["messages"]?.boolValue == true }
    // It compares by itself and sends the changes of each object in order: its versions may have gone back.
    receiver.forgetVersions()
    if cache.sessionBegan(cloudRevision: UInt64(max(0, revision))) {
      logger.warning("the cloud's store went back in time; its objects are taken as they are")
    }
  }

  // MARK: Answers to our reports

  private func judge(_ item: DeliveryItem, _ answer: EdgeMessage) -> MessageLink.Verdict {
    let content = try? JSONValue(parsing: answer.content.bytes)
    let failure = content?["Err"]?["ErrStatus"]
    let code = failure?["code"]?.integerValue
    if answer.operation == .error {
      logger.warning(
        "the cloud could not take a report",
        metadata: ["report": "\(item.objectKey)", "answer": "\(answer.content.stringValue ?? "")"])
      return .retry(after: .seconds(2))
    }
    if item.objectKey == "lease" {
      // Somebody deleted this node in the cloud: it registers anew.
      if code == 404, item.message.operation == .update { reporter.reregister() }
      if reporter.leaseAnswered(content, to: item.message.operation) { renewLease() }
      return .accepted
    }
    guard let code else {
      reporter.settled(item)
      return .accepted
    }
    switch code {
    case 404 where item.objectKey == "nodepatch":
      // Somebody deleted this node in the cloud: it registers anew.
      reporter.reregister()
      return .retry(after: .seconds(2))
    case 404, 409, 403, 422, 400:
      logger.notice(
        "the cloud refused a report",
        metadata: ["report": "\(item.objectKey)", "reason": "\(failure?["message"]?.stringValue ?? "\(code)")"])
      reporter.settled(item)
      return .givenUp
    default: return .retry(after: .seconds(2))
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
