#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import Logging
import Synchronization

/// What EdgeCores hold, kept by the cloud on their behalf as ObjectSync objects, as a CloudCore does.
///
/// Our own nodes tell what they hold when a session begins (``Inventory``). An EdgeCore cannot, so what it has acknowledged
/// is written down: `<node>.<uid>` in the object's namespace, with the version in its status. Whoever reads ObjectSyncs of
/// a KubeEdge cluster reads them here as well. Cluster-scoped objects are not kept; a session sends them anew.
public final class ObjectSyncLedger: Sendable {
  struct Entry: Hashable, Sendable {
    var uid: String
    var resourceVersion: String
  }

  private let registry: ObjectRegistry
  private let catalog: ResourceCatalog
  private let logger: Logger
  private let held = Mutex<[NodeName: [ObjectKey: Entry]]>([:])

  public init(registry: ObjectRegistry, catalog: ResourceCatalog = .standard, logger: Logger) {
    self.registry = registry
    self.catalog = catalog
    self.logger = logger
  }

  /// Reads what was written down before; call it once, before the first session.
  public func load() async throws(APIError) {
    var entries: [NodeName: [ObjectKey: Entry]] = [:]
    for object in try await registry.list(.objectSyncs).items {
      guard let name = object.metadata.name, let dot = name.lastIndex(of: "."),
        let node = try? NodeName(String(name[..<dot])),
        let kind = object["spec", "objectKind"]?.stringValue,
        let objectName = object["spec", "objectName"]?.stringValue,
        let type = catalog.type(named: kind.lowercased())
      else {
        logger.warning("an ObjectSync that says nothing", metadata: ["name": "\(object.metadata.name ?? "")"])
        continue
      }
      let key = ObjectKey(resource: type.groupResource, namespace: object.metadata.namespace, name: objectName)
      entries[node, default: [:]][key] = Entry(
        uid: String(name[name.index(after: dot)...]),
        resourceVersion: object["status", "objectResourceVersion"]?.stringValue ?? "")
    }
    held.withLock { $0 = entries }
  }

  func held(by node: NodeName) -> [ObjectKey: Entry] { held.withLock { $0[node] ?? [:] } }

  /// The node has acknowledged this version of the object.
  func delivered(_ object: UnstructuredObject, _ key: ObjectKey, to node: NodeName) async {
    guard let namespace = key.namespace, let uid = object.metadata.uid else { return }
    let version = object.metadata.resourceVersion ?? ""
    let name = Self.name(node, uid)
    do throws(APIError) {
      if held(by: node)[key]?.uid != uid {
        var sync = UnstructuredObject(
          apiVersion: "reliablesyncs.kubeedge.io/v1alpha1", kind: "ObjectSync", name: name, namespace: namespace)
        sync["spec"] = [
          "objectAPIVersion": .string(object.apiVersion), "objectKind": .string(object.kind),
          "objectName": .string(key.name),
        ]
        do throws(APIError) { _ = try await registry.create(sync) } catch {
          if error.code != .alreadyExists { throw error }
        }
      }
      try await registry.patch(
        Self.key(name, namespace), ["status": ["objectResourceVersion": .string(version)]], subresource: .status)
    } catch {
      // What is not written down is sent once more in the next session.
      logger.warning("an ObjectSync could not be written", metadata: ["name": "\(name)", "error": "\(error)"])
      return
    }
    held.withLock { $0[node, default: [:]][key] = Entry(uid: uid, resourceVersion: version) }
  }

  /// The node has acknowledged that the object with this uid is gone.
  func removed(_ key: ObjectKey, uid: String, from node: NodeName) async {
    guard let namespace = key.namespace else { return }
    do throws(APIError) {
      try await registry.delete(Self.key(Self.name(node, uid), namespace))
    } catch {
      if error.code != .notFound {
        logger.warning("an ObjectSync could not be deleted", metadata: ["object": "\(key)", "error": "\(error)"])
        return
      }
    }
    held.withLock { held in
      if held[node]?[key]?.uid == uid { held[node]?[key] = nil }
    }
  }

  /// The nodes of which anything is written down.
  var nodes: [NodeName] { held.withLock { Array($0.keys) } }

  /// The node was deleted. One that joins under its name holds nothing yet.
  func forget(_ node: NodeName) async {
    for (key, entry) in held(by: node) { await removed(key, uid: entry.uid, from: node) }
    held.withLock { held in
      if held[node]?.isEmpty == true { held[node] = nil }
    }
  }

  private static func name(_ node: NodeName, _ uid: String) -> String { "\(node).\(uid)" }
  private static func key(_ name: String, _ namespace: String) -> ObjectKey {
    ObjectKey(resource: .objectSyncs, namespace: namespace, name: name)
  }
}
#endif
