#if Networking
import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import Synchronization

/// What the clients of one EdgeCore's MetaServer watch: it is sent all of it, and every change.
///
/// EdgeCore asks once for each watch, and tells its whole list when one ends; it does not ask again when it comes back, so
/// they outlive sessions, as at a CloudCore (and like there not the hub's process). What a watch has brought stays on
/// the node when it has ended, for the time without a cloud, and is kept up to date.
final class MetaServerWatches: Sendable {
  struct Watch: Sendable {
    var resource: GroupResource
    var namespace: String?
    var labels: LabelSelector?
    var fields: FieldSelector?

    func matches(_ object: UnstructuredObject) -> Bool {
      if let namespace, object.metadata.namespace != namespace { return false }
      if let labels, !labels.matches(object.metadata.labels) { return false }
      if let fields, !fields.matches(object) { return false }
      return true
    }
  }

  /// Watches of one node at the same time.
  static let maximum = 256

  private let watches = Mutex<[String: Watch]>([:])

  /// - Returns: false when there are too many.
  func add(_ id: String, _ watch: Watch) -> Bool {
    watches.withLock { watches in
      guard watches[id] != nil || watches.count < Self.maximum else { return false }
      watches[id] = watch
      return true
    }
  }

  /// Forgets all watches but these.
  func keep(_ ids: Set<String>) { watches.withLock { watches in watches = watches.filter { ids.contains($0.key) } } }

  func contains(_ id: String) -> Bool { watches.withLock { $0[id] != nil } }

  var resources: Set<GroupResource> { watches.withLock { Set($0.values.map(\.resource)) } }

  func matches(_ resource: GroupResource, _ object: UnstructuredObject) -> Bool {
    watches.withLock { watches in watches.values.contains { $0.resource == resource && $0.matches(object) } }
  }
}

/// The watches of all nodes.
final class NodeWatches: Sendable {
  private let watches = Mutex<[NodeName: MetaServerWatches]>([:])

  func of(_ node: NodeName) -> MetaServerWatches {
    watches.withLock { watches in
      if let known = watches[node] { return known }
      let new = MetaServerWatches()
      watches[node] = new
      return new
    }
  }

  /// A session has ended: only who watches is remembered.
  func tidy(_ node: NodeName) {
    watches.withLock { watches in
      if watches[node]?.resources.isEmpty == true { watches[node] = nil }
    }
  }

  /// The node was deleted.
  func forget(_ node: NodeName) { watches.withLock { _ = $0.removeValue(forKey: node) } }
}
#endif
