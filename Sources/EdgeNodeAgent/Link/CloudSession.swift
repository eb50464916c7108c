#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import Logging
import Metrics

/// One session with the cloud over one connection: compare inventories, take in changes, answer after they are durable.
///
/// The profile is KubeEdge's, with one addition: the node opens with `query null/inventory/<node>`, and the hub answers
/// with its revision, sends the difference and closes it with `message null/synced/<node>`. A KubeEdge CloudCore ignores
/// the question and sends what it thinks fit.
struct CloudSession: Sendable {
  let node: NodeName
  let cache: ObjectCache
  let link: MessageLink
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
    cache.sessionBegan(cloudRevision: nil)
    try await connection.send(
      message(source: "metamanager", group: "resource", operation: .query, resource: Self.inventoryResource(node))
        .with(content: MessageContent(json: cache.inventory().json.serialized())))
    reporter.repeatAll()
    try await link.serve(
      connection, answered: { item, answer in self.judge(item, answer) }, receive: { await self.receive($0) })
  }

  static func inventoryResource(_ node: NodeName) -> String { "null/inventory/\(node)" }

  // MARK: From the cloud

  private func receive(_ message: EdgeMessage) async {
    if message.isAnswer {
      guard message.resource == Self.inventoryResource(node),
        let content = try? JSONValue(parsing: message.content.bytes),
        let revision = content["revision"]?.integerValue
      else { return }
      if cache.sessionBegan(cloudRevision: UInt64(max(0, revision))) {
        logger.warning("the cloud's store went back in time; its objects are taken as they are")
      }
      return
    }
    if message.resource == "null/synced/\(node)" {
      caughtUp()
      return
    }
    guard message.route.group == "resource", let path = ResourcePath(message.resource), let name = path.name,
      let type = catalog.type(named: path.type)
    else {
      logger.debug("a message for nobody here", metadata: ["resource": "\(message.resource)"])
      return
    }
    let key = ObjectKey(
      resource: type.groupResource, namespace: type.isNamespaced ? path.namespace ?? "default" : nil, name: name)
    await answer(message, await apply(message, to: key))
  }

  /// Nil when the change is durable, else why it could not be taken.
  private func apply(_ message: EdgeMessage, to key: ObjectKey) async -> String? {
    let change: ObjectCache.Change
    switch message.operation {
    case .insert, .update, .response:
      do {
        let object = try UnstructuredObject(parsing: message.content.bytes)
        guard try object.key(in: catalog) == key else { return "the content is not \(key)" }
        change = .upsert(object)
      } catch {
        return "\(error)"
      }
    case .delete:
      let uid = (try? JSONValue(parsing: message.content.bytes))?["metadata"]?["uid"]?.stringValue
      change = .delete(key, uid: uid)
    default:
      return "unknown operation \(message.operation)"
    }
    do throws(CacheError) {
      let outcome = try await cache.apply(change)
      Counter(label: "edge_cache_changes_total", dimensions: [("outcome", "\(outcome)")]).increment()
      logger.debug("took in a change", metadata: ["object": "\(key)", "outcome": "\(outcome)"])
      return nil
    } catch {
      logger.error("a change could not be kept", metadata: ["object": "\(key)", "error": "\(error)"])
      return error.message
    }
  }

  private func answer(_ message: EdgeMessage, _ problem: String?) async {
    let id = UniqueID(from: entropy)
    let answer =
      problem.map { message.refusal(id: id, timestamp: wallClock.now(), text: $0) }
      ?? message.ack(id: id, timestamp: wallClock.now())
    // When the connection is gone the cloud sends the change again; taking it in twice has one effect.
    try? await link.sendNow(answer)
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
