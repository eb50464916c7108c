#if Networking
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import Synchronization

/// What is particular about a session with KubeEdge's EdgeCore: the cloud remembers what it holds.
///
/// The sender of the session tells what is on its way, its reader which of that was acknowledged, and ``run()`` writes it
/// down beside both, so that no message waits for the disk.
///
/// EdgeCore hands each message to a goroutine of its own, which takes the lock of a queue when it can: of two messages on
/// their way at the same time either may be acted on first. A CloudCore does not notice, as it has one on its way. Here
/// many are, so what builds on another object waits until that one is acknowledged (``postpones(_:until:)``).
final class EdgeCoreSession: Sendable {
  private struct Sent: Sendable {
    var key: ObjectKey
    var uid: String
    /// Nil: it was deleted.
    var object: UnstructuredObject?
  }

  private struct State {
    var held: [ObjectKey: ObjectSyncLedger.Entry]
    /// By message, what waits for its answer: no more than the outbox holds.
    var sent: [String: Sent] = [:]
    /// How many messages of each object wait for an answer, by its uid.
    var unanswered: [ObjectKey: [String: Int]] = [:]
    /// What was removed and has not been looked at since, as it was.
    var removed: [ObjectKey: UnstructuredObject] = [:]
    /// What is to be looked at again when everything of an object has been answered.
    var postponed: [ObjectKey: Set<ObjectKey>] = [:]
    /// The newest that was acknowledged of each object and is not yet written down.
    var acknowledged: [Acknowledged: Sent] = [:]
    var isWriting = false

    /// Takes note that a message waits no longer; returns what waited for it.
    mutating func settle(_ messageID: String) -> (sent: Sent, released: Set<ObjectKey>)? {
      guard let sent = sent.removeValue(forKey: messageID) else { return nil }
      let count = (unanswered[sent.key]?[sent.uid] ?? 1) - 1
      unanswered[sent.key]?[sent.uid] = count == 0 ? nil : count
      if unanswered[sent.key]?.isEmpty == true { unanswered[sent.key] = nil }
      return (sent, count == 0 ? postponed.removeValue(forKey: sent.key) ?? [] : [])
    }
  }
  private struct Acknowledged: Hashable, Sendable {
    var key: ObjectKey
    var uid: String
  }

  private let node: NodeName
  private let ledger: ObjectSyncLedger
  private let state: Mutex<State>
  private let work = CoalescingQueue<Acknowledged>()
  private let resume: @Sendable (Set<ObjectKey>) -> Void

  /// - Parameter resume: told of objects that need wait no longer.
  init(node: NodeName, ledger: ObjectSyncLedger, resume: @escaping @Sendable (Set<ObjectKey>) -> Void = { _ in }) {
    self.node = node
    self.ledger = ledger
    self.resume = resume
    state = Mutex(State(held: ledger.held(by: node)))
  }

  /// What the node holds, as an inventory would tell it. A version that is not the present one counts as changed.
  func inventory(of view: ClusterView) -> Inventory {
    let held = state.withLock { $0.held }
    var entries: [ObjectKey: ObjectDigest] = [:]
    for (key, entry) in held {
      let object = view.object(key)
      let isPresent = object?.metadata.uid == entry.uid && object?.metadata.resourceVersion == entry.resourceVersion
      entries[key] = object.flatMap { isPresent ? Self.digest(of: $0) : nil } ?? Self.outdated
    }
    return Inventory(epoch: "", entries: entries)
  }

  /// Tells whether there is news for an EdgeCore. Its kubelet compares what it reports with the Pod and Node that it was sent
  /// last: with an old status there it would report over and over, or not at all what has come back to the old value.
  static func digest(of object: UnstructuredObject) -> ObjectDigest {
    guard object.kind == "Pod" || object.kind == "Node",
      let version = object.metadata.resourceVersion.flatMap({ UInt64($0) })
    else { return ObjectDigest(of: object) }
    return ObjectDigest(rawValue: version)
  }

  var heldCount: Int { state.withLock { $0.held.count } }

  private static let outdated = ObjectDigest(rawValue: 0)

  /// The uid under which the node has, or is about to have, the object.
  func heldUID(of key: ObjectKey) -> String? { state.withLock { $0.held[key]?.uid } }

  func sending(_ message: EdgeMessage, _ key: ObjectKey, uid: String, object: UnstructuredObject?) {
    state.withLock { state in
      state.sent[message.id] = Sent(key: key, uid: uid, object: object)
      state.unanswered[key, default: [:]][uid, default: 0] += 1
      let version = object?.metadata.resourceVersion ?? ""
      state.held[key] = object == nil ? nil : ObjectSyncLedger.Entry(uid: uid, resourceVersion: version)
    }
  }

  /// Takes note of what was removed, until it is looked at (``takeRemoved(_:)``): no more than there is to look at.
  func noteRemoved(_ key: ObjectKey, _ object: UnstructuredObject) { state.withLock { $0.removed[key] = object } }

  func takeRemoved(_ key: ObjectKey) -> UnstructuredObject? { state.withLock { $0.removed.removeValue(forKey: key) } }

  /// The difference between what the node holds and what there is tells of them all.
  func forgetRemoved() { state.withLock { $0.removed = [:] } }

  /// An unsent message was replaced by a newer one.
  func replaced(_ messageID: String) {
    release(state.withLock { $0.settle(messageID)?.released ?? [] })
  }

  /// Whether a message of the other object waits for its answer; if so, `key` is looked at again afterwards.
  ///
  /// - Parameter uid: of the one object of that name that need not be waited for.
  func postpones(_ key: ObjectKey, until other: ObjectKey, besides uid: String? = nil) -> Bool {
    state.withLock { state in
      guard state.unanswered[other]?.keys.contains(where: { $0 != uid }) == true else { return false }
      state.postponed[other, default: []].insert(key)
      return true
    }
  }

  /// Whether a message of any object of the resource in the same namespace waits for its answer.
  func postpones(_ key: ObjectKey, untilAll resource: GroupResource) -> Bool {
    state.withLock { state in
      let other = state.unanswered.keys.first { $0.resource == resource && $0.namespace == key.namespace }
      guard let other else { return false }
      state.postponed[other, default: []].insert(key)
      return true
    }
  }

  private func release(_ keys: Set<ObjectKey>) {
    if !keys.isEmpty { resume(keys) }
  }

  /// - Parameters:
  ///   - accepted: whether the node has taken the change in.
  ///   - isFinal: whether the message will not be sent again.
  func answered(_ messageID: String, accepted: Bool, isFinal: Bool) {
    guard isFinal else { return }
    let (subject, released) = state.withLock { state -> (Acknowledged?, Set<ObjectKey>) in
      guard let (sent, released) = state.settle(messageID) else { return (nil, []) }
      guard accepted else { return (nil, released) }
      let subject = Acknowledged(key: sent.key, uid: sent.uid)
      state.acknowledged[subject] = sent
      return (subject, released)
    }
    if let subject { work.add(subject) }
    release(released)
  }

  /// Whether everything that was acknowledged is written down.
  var isWritten: Bool { state.withLock { $0.acknowledged.isEmpty && !$0.isWriting } }

  /// Writes down what was acknowledged, until the task is cancelled.
  func run() async {
    while let batch = await work.next() {
      for subject in batch {
        let taken = state.withLock { state in
          let sent = state.acknowledged.removeValue(forKey: subject)
          state.isWriting = sent != nil
          return sent
        }
        guard let sent = taken else { continue }
        defer { state.withLock { $0.isWriting = false } }
        if let object = sent.object {
          await ledger.delivered(object, sent.key, to: node)
        } else {
          await ledger.removed(sent.key, uid: sent.uid, from: node)
        }
      }
    }
  }

  /// Tells EdgeCore's device twin which devices are its own; it takes reports of no others.
  static func membership(
    adding added: UnstructuredObject?, removing removed: ObjectKey?, id: UniqueID, eventID: UniqueID,
    timestamp: Timestamp
  ) -> EdgeMessage {
    func list(_ namespace: String?, _ name: String?) -> JSONValue {
      guard let name else { return .null }
      return [["id": .string("\(namespace ?? "default")/\(name)"), "name": .string(name), "description": ""]]
    }
    let content: JSONValue = [
      "event_id": .string(eventID.rawValue), "timestamp": .integer(timestamp.millisecondsSinceEpoch),
      "added_devices": list(added?.metadata.namespace, added?.metadata.name),
      "removed_devices": list(removed?.namespace, removed?.name),
    ]
    return EdgeMessage(
      id: id, timestamp: timestamp, source: "devicecontroller", group: "twin", operation: .update,
      resource: "membership", content: MessageContent(json: content.serialized()))
  }
}
#endif
