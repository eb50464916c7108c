#if Networking
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import Logging
import Metrics

/// Brings one connected node's cache to what it should hold, for the length of one session.
///
/// It knows what the node has: first from the node's own inventory, then from what was sent. A change goes out only when
/// its content differs from that, so nothing is sent twice and nothing that was missed stays missed (FF-01, FF-05).
struct NodeDelivery {
  let node: NodeName
  let demand: NodeDemand
  let link: MessageLink
  let catalog: ResourceCatalog
  let entropy: any EntropySource
  let wallClock: any WallClock
  let logger: Logger
  /// What the node has or will have when everything sent has arrived.
  private var held: [ObjectKey: ObjectDigest]

  enum Problem: Error {
    /// The outbox is full; the session must start over with a fresh inventory.
    case overflow
  }

  init(
    node: NodeName, inventory: Inventory, view: ClusterView, link: MessageLink, catalog: ResourceCatalog,
    entropy: any EntropySource, wallClock: any WallClock, logger: Logger
  ) {
    self.node = node
    demand = NodeDemand(node: node, view: view)
    self.link = link
    self.catalog = catalog
    self.entropy = entropy
    self.wallClock = wallClock
    self.logger = logger
    held = inventory.entries
  }

  /// Sends the difference between what the node has and what it should have; returns the number of changes.
  mutating func synchronize() throws(Problem) -> Int {
    let wanted = demand.all()
    var changes = 0
    for key in Set(held.keys).union(wanted.keys).sorted() {
      if try bring(key, to: wanted[key]) { changes += 1 }
    }
    return changes
  }

  /// Looks at one object again after something changed.
  mutating func refresh(_ key: ObjectKey) throws(Problem) {
    let object = demand.view.object(key).flatMap { demand.demands(key, $0) ? $0 : nil }
    _ = try bring(key, to: object)
  }

  private mutating func bring(_ key: ObjectKey, to object: UnstructuredObject?) throws(Problem) -> Bool {
    let digest = object.map { ObjectDigest(of: $0) }
    guard digest != held[key] else { return false }
    let operation: MessageOperation = object == nil ? .delete : held[key] == nil ? .insert : .update
    let content = object ?? last(key)
    guard let message = message(for: key, operation, content) else { return false }
    // By key, not by uid: a successor must not overtake the deletion of its predecessor.
    if link.enqueue(DeliveryItem(objectKey: key.description, version: nil, message: message)) == .refused {
      throw .overflow
    }
    held[key] = digest
    Counter(label: "edge_hub_changes_sent_total", dimensions: [("operation", operation.rawValue)]).increment()
    logger.debug("sending a change", metadata: ["node": "\(node)", "object": "\(key)", "operation": "\(operation)"])
    return true
  }

  /// What a deletion says of its object: its name, and the uid when a successor of that name must be spared.
  private func last(_ key: ObjectKey) -> UnstructuredObject? {
    guard let type = catalog.type(for: key.resource) else { return nil }
    return UnstructuredObject(
      apiVersion: type.gvk.apiVersion, kind: type.gvk.kind, name: key.name, namespace: key.namespace)
  }

  private func message(
    for key: ObjectKey, _ operation: MessageOperation, _ object: UnstructuredObject?
  ) -> EdgeMessage? {
    guard let object, let type = catalog.type(for: key.resource) else { return nil }
    let path = ResourcePath(namespace: key.namespace, type: type.singular, name: key.name)
    return EdgeMessage(
      id: UniqueID(from: entropy), timestamp: wallClock.now(), source: source(of: key.resource), group: "resource",
      operation: operation, resource: path.description, resourceVersion: object.metadata.resourceVersion ?? "",
      content: MessageContent(json: object.serialized()))
  }

  /// The KubeEdge module that sends objects of this kind.
  private func source(of resource: GroupResource) -> String {
    switch resource {
    case .devices, .deviceModels: "devicecontroller"
    case .pods, .configMaps, .secrets, .nodes: "edgecontroller"
    default: "dynamiccontroller"
    }
  }
}
#endif
