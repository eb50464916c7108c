#if Networking
import EdgeAPIModels
import EdgePrimitives
import EdgeStore
import EdgeTransport
import EdgeTransportNIO
import EdgeTransportOutbox
import Logging
import Metrics

extension NodeHub {
  /// Sends a message that is no object to one node, connected or not, and returns when it is on the disk.
  ///
  /// It survives `kill -9` of the hub, goes out in the order of its resource, and is acknowledged when the node has made its
  /// effect durable, exactly once by its id. A node whose software takes no messages keeps it waiting.
  /// - Parameters:
  ///   - message: its id must be fresh, its parent empty; it may name no object of the cluster, those go through the API.
  ///   - deliveryClass: one of ``HubServiceConfiguration/messageClasses``.
  @discardableResult
  public func send(
    _ message: EdgeMessage, as deliveryClass: DeliveryClass = .commands, to node: NodeName
  ) async throws(HubError) -> Dispatch {
    guard isKnown(node) else { throw HubError(.unknownNode, "there is no node \(node)") }
    return try await dispatch(message, deliveryClass, to: [node])
  }

  /// Sends a message to all nodes whose labels match at this moment, connected or not; returns when it is on the disk for
  /// all of them, or refused for some, as ``Dispatch/outcomes`` tells. See ``send(_:as:to:)``.
  @discardableResult
  public func broadcast(
    _ message: EdgeMessage, as deliveryClass: DeliveryClass = .commands, to selector: LabelSelector
  ) async throws(HubError) -> Dispatch {
    let nodes = view.objects(of: .nodes).filter { selector.matches($0.metadata.labels) }
      .compactMap { try? NodeName($0.metadata.name ?? "") }
    let dispatch = try await dispatch(message, deliveryClass, to: nodes)
    let summary = dispatch.summary
    logger.info(
      "broadcast a message",
      metadata: HubEvent.broadcast.metadata([
        "message": "\(message.id)", "resource": "\(message.resource)",
        "nodes": "\(summary.nodes)", "full": "\(summary.full)", "failed": "\(summary.failed)",
      ]))
    return dispatch
  }

  private func dispatch(
    _ message: EdgeMessage, _ deliveryClass: DeliveryClass, to nodes: [NodeName]
  ) async throws(HubError) -> Dispatch {
    try check(message, deliveryClass, nodes: nodes.count)
    let dispatch = Dispatch(id: message.id, nodes: nodes)
    followed.add(dispatch, nodes: nodes.count)
    let item = DeliveryItem(
      objectKey: "message/\(message.resource)", version: nil, message: message, deliveryClass: deliveryClass)
    await withDiscardingTaskGroup { group in
      let lanes = min(configuration.dispatch.concurrency, nodes.count)
      for lane in 0..<lanes {
        group.addTask {
          for index in stride(from: lane, to: nodes.count, by: lanes) {
            await enqueue(item, for: nodes[index], dispatch)
          }
        }
      }
    }
    if dispatch.waitingCount == 0 { followed.end(dispatch) }
    return dispatch
  }

  private func enqueue(_ item: DeliveryItem, for node: NodeName, _ dispatch: Dispatch) async {
    await outboxes.use(node) { outbox in
      do {
        switch try await outbox.outbox.enqueue(item, whenFull: .refuse) {
        case .queued: break
        case .replaced(let older): followed.settled(older.message.id, at: node, .replaced)
        case .stale: dispatch.set(.replaced, of: node)
        case .refused:
          metrics.overflows.increment()
          logger.warning(
            "a node's outbox is full",
            metadata: HubEvent.overflow.metadata(["node": "\(node)", "class": "\(item.deliveryClass)"]))
          dispatch.set(.full, of: node)
        }
        // What its class may drop is dropped without a word to anybody but the counter.
        if case .dropOldest = configuration.link.outbox[item.deliveryClass].retention {
          dispatch.set(.notFollowed, of: node)
        }
      } catch {
        dispatch.set(.failed("\(error)"), of: node)
      }
    }
  }

  private func check(_ message: EdgeMessage, _ deliveryClass: DeliveryClass, nodes: Int) throws(HubError) {
    let limits = configuration.dispatch
    guard HubServiceConfiguration.messageClasses.contains(deliveryClass) else {
      throw HubError(.invalid, "the class \(deliveryClass) carries no messages")
    }
    guard !message.id.isEmpty, message.parentID.isEmpty, !message.resource.isEmpty,
      message.id.utf8.count + message.resource.utf8.count <= Self.maximumNameBytes
    else {
      throw HubError(
        .invalid, "a message has an id and a resource, together at most \(Self.maximumNameBytes) bytes, and no parent")
    }
    if message.route.group == "resource", let path = ResourcePath(message.resource), path.name != nil,
      catalog.type(named: path.type) != nil
    {
      throw HubError(.invalid, "\(message.resource) is an object: objects reach the nodes through the API")
    }
    let bytes = message.encoded().count
    guard bytes <= configuration.link.outbox.maximumRecordBytes - Self.recordOverhead else {
      throw HubError(.invalid, "a message of \(bytes) bytes fits into no outbox")
    }
    guard nodes <= limits.maximumNodes, bytes * nodes <= limits.maximumBytes else {
      throw HubError(
        .invalid,
        "\(bytes) bytes for \(nodes) nodes are beyond the bounds of \(limits.maximumNodes) nodes and "
          + "\(limits.maximumBytes) bytes")
    }
  }

  /// What receivers take (``DeliveryReceiver``).
  private static let maximumNameBytes = 1024
  /// What an outbox counts beside the message.
  private static let recordOverhead = 4096
}
#endif
