#if Networking
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives

/// Which objects a node must hold to do its work without the cloud.
///
/// Its pods and what they read, its devices and their models, and what routing needs: services, endpoint slices, nodes,
/// pools. Nothing else: a Secret reaches only the nodes whose pods name it.
struct NodeDemand: Sendable {
  let node: NodeName
  let view: ClusterView
  /// Whether the node does its own routing. An EdgeCore does not: of what routing needs it is sent its own Node alone.
  var routes = true
  /// What an EdgeCore's MetaServer watches beside.
  var watches: MetaServerWatches?

  private static let everywhere: [GroupResource] = [.services, .endpointSlices, .nodes, .nodePools]
  private static let own: [GroupResource] = [.pods, .devices, .configMaps, .secrets, .deviceModels]

  /// Whether anything of the resource may be sent because of what the node does, not of what it watches.
  func isOwn(_ resource: GroupResource) -> Bool {
    Self.own.contains(resource) || resource == .nodes || (routes && Self.everywhere.contains(resource))
  }

  /// Everything the node must hold now.
  func all() -> [ObjectKey: UnstructuredObject] {
    var demanded: [ObjectKey: UnstructuredObject] = [:]
    let ofItself = Set((routes ? Self.everywhere : [.nodes]) + Self.own)
    for resource in ofItself.union(watches?.resources ?? []) {
      for object in view.objects(of: resource) {
        guard let key = try? object.key() else { continue }
        demanded[key] = demands(key, object) ? object : nil
      }
    }
    return demanded
  }

  /// Whether the node must hold this object.
  func demands(_ key: ObjectKey, _ object: UnstructuredObject) -> Bool {
    demandsItself(key, object) || watches?.matches(key.resource, object) == true
  }

  /// Whether the node must hold it for its own work, watched or not.
  func demandsItself(_ key: ObjectKey, _ object: UnstructuredObject) -> Bool {
    switch key.resource {
    case .pods, .devices: object["spec", "nodeName"]?.stringValue == node.rawValue
    case .configMaps, .secrets:
      view.objects(of: .pods, namespace: key.namespace).contains { pod in
        pod["spec", "nodeName"]?.stringValue == node.rawValue && pod.references.contains(key)
      }
    case .deviceModels:
      view.objects(of: .devices, namespace: key.namespace).contains { device in
        device["spec", "nodeName"]?.stringValue == node.rawValue && device.references.contains(key)
      }
    case .nodes where !routes: key.name == node.rawValue
    default: routes && Self.everywhere.contains(key.resource)
    }
  }

  /// The keys whose demand a change may turn: the object itself and what its old and new form read.
  static func touched(by change: ClusterView.Change) -> Set<ObjectKey> {
    var keys: Set<ObjectKey> = [change.key]
    for object in [change.old, change.new] {
      if let object { keys.formUnion(object.references) }
    }
    return keys
  }
}
#endif
