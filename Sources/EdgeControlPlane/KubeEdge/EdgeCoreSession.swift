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
    /// The newest that was acknowledged of each object and is not yet written down.
    var acknowledged: [Acknowledged: Sent] = [:]
    var isWriting = false
  }
  private struct Acknowledged: Hashable, Sendable {
    var key: ObjectKey
    var uid: String
  }

  private let node: NodeName
  private let ledger: ObjectSyncLedger
  private let state: Mutex<State>
  private let work = CoalescingQueue<Acknowledged>()

  init(node: NodeName, ledger: ObjectSyncLedger) {
    self.node = node
    self.ledger = ledger
    state = Mutex(State(held: ledger.held(by: node)))
  }

  /// What the node holds, as an inventory would tell it. A version that is not the present one counts as changed.
  func inventory(of view: ClusterView) -> Inventory {
    let held = state.withLock { $0.held }
    var entries: [ObjectKey: ObjectDigest] = [:]
    for (key, entry) in held {
      let object = view.object(key)
      let isPresent = object?.metadata.uid == entry.uid && object?.metadata.resourceVersion == entry.resourceVersion
      entries[key] = object.flatMap { isPresent ? ObjectDigest(of: $0) : nil } ?? Self.outdated
    }
    return Inventory(epoch: "", entries: entries)
  }

  private static let outdated = ObjectDigest(rawValue: 0)

  /// The uid under which the node has, or is about to have, the object.
  func heldUID(of key: ObjectKey) -> String? { state.withLock { $0.held[key]?.uid } }

  func sending(_ message: EdgeMessage, _ key: ObjectKey, uid: String, object: UnstructuredObject?) {
    state.withLock { state in
      state.sent[message.id] = Sent(key: key, uid: uid, object: object)
      let version = object?.metadata.resourceVersion ?? ""
      state.held[key] = object == nil ? nil : ObjectSyncLedger.Entry(uid: uid, resourceVersion: version)
    }
  }

  /// An unsent message was replaced by a newer one.
  func replaced(_ messageID: String) { state.withLock { _ = $0.sent.removeValue(forKey: messageID) } }

  /// - Parameters:
  ///   - accepted: whether the node has taken the change in.
  ///   - isFinal: whether the message will not be sent again.
  func answered(_ messageID: String, accepted: Bool, isFinal: Bool) {
    let subject = state.withLock { state -> Acknowledged? in
      guard isFinal, let sent = state.sent.removeValue(forKey: messageID), accepted else { return nil }
      let subject = Acknowledged(key: sent.key, uid: sent.uid)
      state.acknowledged[subject] = sent
      return subject
    }
    if let subject { work.add(subject) }
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
