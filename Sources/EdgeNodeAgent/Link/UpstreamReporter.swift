import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import Synchronization

/// Tells the cloud what this node observes: the node itself, pods, twins, the lease.
///
/// Every fact has a key, and only its newest state is kept, so a node that was away for a week reports as much as one
/// that was away for a minute (KubeEdge floods its cloud after an outage). Nothing is dropped: a fact stays until the cloud
/// has answered it, and everything current is told again at the start of each session, so a cloud that lost its memory
/// learns it anew. Over a durable link (`DurableOutbox`) facts of pods and devices also survive the end of this process; the
/// lease and the node's own state do not: they are made anew, and writing them would wear the flash (FF-09).
public final class UpstreamReporter: Sendable {
  private struct Fact: Sendable {
    var source: String
    var group: String
    var operation: MessageOperation
    var resource: String
    var content: MessageContent
    var deliveryClass = DeliveryClass.objects
  }

  private let link: MessageLink
  private let entropy: any EntropySource
  private let wallClock: any WallClock
  /// In the order of their first report; the node comes before what hangs on it.
  private let facts = Mutex<(order: [String], byKey: [String: Fact])>(([], [:]))
  /// Whether the cloud is known to have the node. Its status cannot be written before; a CloudCore works on both at once.
  private let isRegistered = Mutex(false)

  let knownLease = Mutex(LeaseKnowledge.there)
  /// Called whenever the cloud has taken a renewal of the node's lease.
  let leaseKept: @Sendable () -> Void

  public init(
    link: MessageLink, entropy: any EntropySource = SystemEntropy(), wallClock: any WallClock = SystemWallClock(),
    leaseKept: @escaping @Sendable () -> Void = {}
  ) {
    self.link = link
    self.entropy = entropy
    self.wallClock = wallClock
    self.leaseKept = leaseKept
  }

  /// Registers the node, or confirms its registration.
  public func report(node: UnstructuredObject) {
    report(
      "node", source: "edged", group: "meta", operation: .insert, resource: "null/node/\(node.metadata.name ?? "")",
      content: MessageContent(json: node.serialized()), deliveryClass: .control)
  }

  /// Reports the node's own status, as a strategic merge patch of the node.
  public func report(nodeStatus status: JSONValue, of node: NodeName) {
    // Its lists always have the same keys.
    let patch: JSONValue = ["status": status]
    let fact = Fact(
      source: "edged", group: "meta", operation: .patch, resource: "null/nodepatch/\(node)",
      content: MessageContent(text: patch.text), deliveryClass: .control)
    remember("nodepatch", fact)
    if isRegistered.withLock({ $0 }) { enqueue("nodepatch", fact) }
  }

  /// Reports the status of a pod; the uid keeps it from being written to a successor of the same name.
  public func report(podStatus status: JSONValue, of pod: UnstructuredObject) {
    let patch: JSONValue = [
      "metadata": ["uid": .string(pod.metadata.uid ?? "")],
      "status": StatusPatch.merging(status, over: pod["status"], apiVersion: "v1", kind: "Pod"),
    ]
    report(
      podKey(pod), source: "edged", group: "meta", operation: .patch,
      resource: "\(pod.metadata.namespace ?? "default")/podpatch/\(pod.metadata.name ?? "")",
      content: MessageContent(text: patch.text))
  }

  /// Reports that nothing of a deleted pod runs here any more.
  public func report(podTerminated pod: UnstructuredObject) {
    let options: JSONValue = [
      "kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0,
      "preconditions": ["uid": .string(pod.metadata.uid ?? "")],
    ]
    forget(podKey(pod))
    let fact = Fact(
      source: "edged", group: "meta", operation: .delete,
      resource: "\(pod.metadata.namespace ?? "default")/pod/\(pod.metadata.name ?? "")",
      content: MessageContent(json: options.serialized()))
    remember(Self.end + podKey(pod), fact)
    enqueue(podKey(pod), fact)
  }

  /// Stands before the key of a pod under which its end is remembered. On the way both have the same key: the end leaves
  /// when the last status was answered, for a CloudCore works on both at once.
  private static let end = "end of "

  /// Reports the twin of a device, as KubeEdge's `edge_updated` document.
  public func report(twin document: JSONValue, namespace: String, name: String) {
    report(
      "twin/\(namespace)/\(name)", source: "twin", group: "resource", operation: .update,
      resource: "device/\(namespace)/\(name)/twin/edge_updated", content: MessageContent(json: document.serialized()),
      deliveryClass: .twin)
  }

  /// Reports the state of a device; on KubeEdge's wire the document travels as a JSON string.
  public func report(deviceState document: JSONValue, namespace: String, name: String) {
    report(
      "devicestate/\(namespace)/\(name)", source: "twin", group: "resource", operation: .update,
      resource: "device/\(namespace)/\(name)/state/update", content: MessageContent(text: document.text),
      deliveryClass: .twin)
  }

  /// Forgets a pod that this node no longer has.
  public func forget(pod: UnstructuredObject) { forget(podKey(pod)) }
  public func forgetDevice(namespace: String, name: String) {
    forget("twin/\(namespace)/\(name)")
    forget("devicestate/\(namespace)/\(name)")
  }

  /// Tells everything current once more, the node first. Call it when a session begins.
  ///
  /// A node that is registered tells its status alone: were it deleted, the cloud would say so.
  public func repeatAll() {
    let all = facts.withLock { facts in facts.order.compactMap { key in facts.byKey[key].map { (key, $0) } } }
    let left = isRegistered.withLock { $0 } ? "node" : "nodepatch"
    for (key, fact) in all where key != left {
      enqueue(key.hasPrefix(Self.end) ? String(key.dropFirst(Self.end.count)) : key, fact)
    }
  }

  /// Tells the cloud once more that this node exists.
  public func reregister() {
    isRegistered.withLock { $0 = false }
    if let fact = facts.withLock({ $0.byKey["node"] }) { enqueue("node", fact) }
  }

  /// The cloud has the node: it can be told its status.
  func registered() {
    isRegistered.withLock { $0 = true }
    if let fact = facts.withLock({ $0.byKey["nodepatch"] }) { enqueue("nodepatch", fact) }
  }

  /// Tells the cloud the labels and annotations of this node, which it knew already.
  func relabel() {
    guard var fact = facts.withLock({ $0.byKey["node"] }) else { return }
    fact.operation = .update
    enqueue("nodelabels", fact)
  }

  /// The cloud has answered: a fact that is an event, not a state, need not be told again.
  public func settled(_ item: DeliveryItem) {
    if item.message.operation == .delete { forget(Self.end + item.objectKey) }
  }

  private func podKey(_ pod: UnstructuredObject) -> String { "pod/\(pod.metadata.uid ?? "")" }

  func report(
    _ key: String, source: String, group: String, operation: MessageOperation, resource: String,
    content: MessageContent, deliveryClass: DeliveryClass = .objects
  ) {
    let fact = Fact(
      source: source, group: group, operation: operation, resource: resource, content: content,
      deliveryClass: deliveryClass)
    remember(key, fact)
    enqueue(key, fact)
  }

  private func remember(_ key: String, _ fact: Fact) {
    facts.withLock { facts in
      if facts.byKey.updateValue(fact, forKey: key) == nil { facts.order.append(key) }
    }
  }

  private func forget(_ key: String) {
    facts.withLock { facts in
      if facts.byKey.removeValue(forKey: key) != nil { facts.order.removeAll { $0 == key } }
    }
  }

  private func enqueue(_ key: String, _ fact: Fact) {
    let message = EdgeMessage(
      id: UniqueID(from: entropy), timestamp: wallClock.now(), source: fact.source, group: fact.group,
      operation: fact.operation, resource: fact.resource, content: fact.content)
    // Refused means that thousands of facts wait already; this one is kept above and told with the next session.
    link.enqueue(
      DeliveryItem(objectKey: key, version: nil, message: message, deliveryClass: fact.deliveryClass))
  }
}
