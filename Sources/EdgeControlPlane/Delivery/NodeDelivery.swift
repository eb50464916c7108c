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
  /// Set when the node is an EdgeCore.
  let edgeCore: EdgeCoreSession?
  /// What the node has or will have when everything sent has arrived.
  private var held: [ObjectKey: ObjectDigest]
  /// The devices and models of an EdgeCore as they last were: it looks for the mapper that must hear of a deletion by the
  /// protocol in what is deleted.
  private var described: [ObjectKey: UnstructuredObject] = [:]
  /// The version of everything when the session began.
  private let presentVersion: String?
  /// What was sent for a client of a MetaServer alone.
  private var watchedOnly: Set<ObjectKey> = []

  enum Problem: Error {
    /// The outbox is full; the session must start over with a fresh inventory.
    case overflow
  }

  init(
    node: NodeName, inventory: Inventory, view: ClusterView, link: MessageLink, catalog: ResourceCatalog,
    entropy: any EntropySource, wallClock: any WallClock, logger: Logger, edgeCore: EdgeCoreSession? = nil,
    watches: MetaServerWatches? = nil, presentVersion: String? = nil
  ) {
    self.node = node
    self.edgeCore = edgeCore
    demand = NodeDemand(node: node, view: view, routes: edgeCore == nil, watches: edgeCore == nil ? nil : watches)
    self.link = link
    self.presentVersion = presentVersion
    self.catalog = catalog
    self.entropy = entropy
    self.wallClock = wallClock
    self.logger = logger
    held = inventory.entries
  }

  /// Sends the difference between what the node has and what it should have; returns the number of changes.
  mutating func synchronize() throws(Problem) -> Int {
    var wanted = demand.all()
    for key in held.keys where wanted[key] == nil { wanted[key] = wantedObject(key) }
    var changes = 0
    for key in Set(held.keys).union(wanted.keys).sorted() {
      if try bring(key, to: wanted[key]) { changes += 1 }
    }
    return changes
  }

  /// Looks at one object again after something changed.
  mutating func refresh(_ key: ObjectKey) throws(Problem) {
    _ = try bring(key, to: wantedObject(key))
  }

  /// What a watch of a MetaServer has brought stays on the node for the time without a cloud, and so must stay right.
  private func wantedObject(_ key: ObjectKey) -> UnstructuredObject? {
    demand.view.object(key).flatMap { object in
      demand.demands(key, object) || (edgeCore != nil && held[key] != nil && !demand.isOwn(key.resource)) ? object : nil
    }
  }

  private mutating func bring(_ key: ObjectKey, to object: UnstructuredObject?) throws(Problem) -> Bool {
    let digest = object.map { edgeCore == nil ? ObjectDigest(of: $0) : EdgeCoreSession.digest(of: $0) }
    let removed = edgeCore?.takeRemoved(key)
    let last = removed ?? described[key]
    if edgeCore != nil, key.resource == .devices || key.resource == .deviceModels { described[key] = object }
    guard digest != held[key] else { return false }
    let uid = edgeCore?.heldUID(of: key)
    let gone = last.flatMap { $0.metadata.uid == uid ? $0 : nil } ?? gone(key, uid: uid)
    if let edgeCore {
      // An EdgeCore ends its session when its Node is deleted; the next one registers it anew.
      if object == nil, key.resource == .nodes { return false }
      // To it a successor of the same name is a change of the same object, unless the first one goes before.
      if let uid, let object, uid != object.metadata.uid {
        try send(.delete, gone, key)
        held[key] = nil
      }
      if let object {
        if try mustWait(key, object, for: edgeCore) { return true }
      } else if key.resource == .deviceModels, try mustOutlast(key, for: edgeCore) {
        described[key] = last
        return true
      }
    }
    let operation: MessageOperation = object == nil ? .delete : held[key] == nil ? .insert : .update
    guard let content = object ?? gone else { return false }
    try send(operation, content, key)
    held[key] = digest
    if operation == .insert, edgeCore != nil, key.resource == .deviceModels { try repeatDevices(of: key) }
    return true
  }

  /// Whether an EdgeCore must have acknowledged something else first: the end of another object of that name, or the model
  /// of a device. It drops a device whose model it does not know, and no mapper hears of it.
  private mutating func mustWait(
    _ key: ObjectKey, _ object: UnstructuredObject, for edgeCore: EdgeCoreSession
  ) throws(Problem) -> Bool {
    if edgeCore.postpones(key, until: key, besides: object.metadata.uid ?? "") { return true }
    guard key.resource == .devices else { return false }
    for model in object.references where model.resource == .deviceModels {
      try refresh(model)
      if edgeCore.postpones(key, until: model) { return true }
    }
    return false
  }

  /// Whether devices go first: a mapper is to lose them before their model.
  private mutating func mustOutlast(_ model: ObjectKey, for edgeCore: EdgeCoreSession) throws(Problem) -> Bool {
    let devices = described.filter { $0.key.resource == .devices && $0.value.references.contains(model) }
    for device in devices.keys.sorted() where wantedObject(device) == nil { try refresh(device) }
    return edgeCore.postpones(model, untilAll: .devices)
  }

  /// What an EdgeCore was told of devices before it had their model, it has dropped.
  private mutating func repeatDevices(of model: ObjectKey) throws(Problem) {
    for key in held.keys.filter({ $0.resource == .devices && $0.namespace == model.namespace }).sorted() {
      guard demand.view.object(key)?.references.contains(model) == true else { continue }
      held[key] = nil
      try refresh(key)
    }
  }

  private mutating func send(_ operation: MessageOperation, _ object: UnstructuredObject?, _ key: ObjectKey)
    throws(Problem)
  {
    let isWatched = edgeCore != nil && (object.map { !demand.demandsItself(key, $0) } ?? false)
    if operation != .delete { if isWatched { watchedOnly.insert(key) } else { watchedOnly.remove(key) } }
    let isOwn = !watchedOnly.contains(key)
    guard let object, let message = message(for: key, operation, object, isOwn: isOwn) else { return }
    if edgeCore != nil, key.resource == .devices, operation == .insert, isOwn {
      link.enqueue(membership(adding: object, removing: nil))
    }
    // By key, not by uid: a successor must not overtake the deletion of its predecessor. An EdgeCore looks at the uid itself
    // and must hear of the deletion.
    let uid = object.metadata.uid ?? ""
    let objectKey = edgeCore == nil ? key.description : "\(key)/\(uid)"
    edgeCore?.sending(message, key, uid: uid, object: operation == .delete ? nil : object)
    switch link.enqueue(DeliveryItem(objectKey: objectKey, version: nil, message: message)) {
    case .refused: throw .overflow
    case .replaced(let item): edgeCore?.replaced(item.message.id)
    default: break
    }
    if edgeCore != nil, key.resource == .devices, operation == .delete, isOwn {
      link.enqueue(membership(adding: nil, removing: key))
    }
    Counter(label: "edge_hub_changes_sent_total", dimensions: [("operation", operation.rawValue)]).increment()
    logger.debug("sending a change", metadata: ["node": "\(node)", "object": "\(key)", "operation": "\(operation)"])
  }

  private func membership(adding added: UnstructuredObject?, removing removed: ObjectKey?) -> DeliveryItem {
    DeliveryItem(
      message: EdgeCoreSession.membership(
        adding: added, removing: removed, id: UniqueID(from: entropy), eventID: UniqueID(from: entropy),
        timestamp: wallClock.now()),
      needsAcknowledgement: false)
  }

  /// What a deletion says of an object of which nothing else is known: its name, and the uid where it is known, so that a
  /// successor of that name is spared. With a version, as the watches of a MetaServer pass over what seems older than they.
  private func gone(_ key: ObjectKey, uid: String?) -> UnstructuredObject? {
    guard let type = catalog.type(for: key.resource) else { return nil }
    var object = UnstructuredObject(
      apiVersion: type.gvk.apiVersion, kind: type.gvk.kind, name: key.name, namespace: key.namespace)
    object.metadata.uid = uid
    if edgeCore != nil { object.metadata.resourceVersion = presentVersion }
    return object
  }

  private func message(
    for key: ObjectKey, _ operation: MessageOperation, _ object: UnstructuredObject, isOwn: Bool
  ) -> EdgeMessage? {
    guard let type = catalog.type(for: key.resource) else { return nil }
    let path = ResourcePath(namespace: key.namespace, type: type.singular, name: key.name)
    return EdgeMessage(
      id: UniqueID(from: entropy), timestamp: wallClock.now(),
      source: isOwn ? source(of: key.resource) : "dynamiccontroller",
      group: "resource",
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
