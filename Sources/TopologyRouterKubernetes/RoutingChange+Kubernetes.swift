import EdgeAPIModels
import EdgePrimitives
import TopologyRouter

extension RoutingChange {
  /// What an added or modified object means for routing.
  ///
  /// - Returns: nil for kinds that routing does not read.
  /// - Throws: ``RoutingFactsError`` for an object that cannot be read. Apply ``removal(of:)`` then, if stale facts would
  ///   be worse than none.
  public static func upsert(of object: UnstructuredObject) throws(RoutingFactsError) -> RoutingChange? {
    switch RoutedKind(object) {
    case .node: .node(try NodeFacts(node: object))
    case .nodePool: .pool(try PoolFacts(nodePool: object))
    case .service: .service(try ServiceFacts(service: object))
    case .endpoints: .slice(try SliceFacts(endpoints: object))
    case .endpointSlice:
      // A slice that lost its service label serves nobody any more.
      if let facts = try SliceFacts(endpointSlice: object) { .slice(facts) } else { removal(of: object) }
    case nil: nil
    }
  }

  /// What the removal of an object means for routing. Reads only its kind and name, so the last known state will do.
  ///
  /// - Returns: nil for kinds that routing does not read and for objects without a valid name.
  public static func removal(of object: UnstructuredObject) -> RoutingChange? {
    guard let kind = RoutedKind(object), let (namespace, name) = try? object.metadata.requiredNamespacedName() else {
      return nil
    }
    return kind.removal(namespace: namespace, name: name)
  }

  /// What the removal of the object with the given key means for routing.
  ///
  /// - Returns: nil for kinds that routing does not read.
  public static func removal(of key: ObjectKey) -> RoutingChange? {
    RoutedKind(key.resource)?.removal(namespace: key.namespace ?? "default", name: key.name)
  }
}

/// The kinds that carry routing facts.
enum RoutedKind: String, CaseIterable {
  case node = "Node"
  case nodePool = "NodePool"
  case service = "Service"
  case endpoints = "Endpoints"
  case endpointSlice = "EndpointSlice"

  private var groupResource: GroupResource {
    switch self {
    case .node: GroupResource(group: "", resource: "nodes")
    case .nodePool: GroupResource(group: "apps.openyurt.io", resource: "nodepools")
    case .service: GroupResource(group: "", resource: "services")
    case .endpoints: GroupResource(group: "", resource: "endpoints")
    case .endpointSlice: GroupResource(group: "discovery.k8s.io", resource: "endpointslices")
    }
  }

  init?(_ object: UnstructuredObject) {
    guard let kind = RoutedKind(rawValue: object.kind), kind.groupResource.group == object.gvk.group else { return nil }
    self = kind
  }

  init?(_ resource: GroupResource) {
    guard let kind = Self.allCases.first(where: { $0.groupResource == resource }) else { return nil }
    self = kind
  }

  func removal(namespace: String, name: String) -> RoutingChange? {
    switch self {
    case .node: (try? NodeName(name)).map(RoutingChange.nodeRemoved)
    case .nodePool: (try? PoolName(name)).map(RoutingChange.poolRemoved)
    case .service: .serviceRemoved(ServiceID(namespace: namespace, name: name))
    case .endpoints: .sliceRemoved(SliceID(namespace: namespace, name: name, source: .endpoints))
    case .endpointSlice: .sliceRemoved(SliceID(namespace: namespace, name: name))
    }
  }
}
