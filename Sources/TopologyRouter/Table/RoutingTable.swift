import EdgePrimitives

/// Every route decision of a cluster, kept up to date by events.
///
/// The cost of a change follows what it touches, never the size of the cluster: an index tells which services have
/// endpoints on a node and which services' rules read which facts. Decisions are made when first asked for and then
/// answered from a cache. A table is a value: a copy is cheap, stays as it is, and may be read from any thread.
public struct RoutingTable: Sendable {
  public let policy: RoutingPolicy
  private(set) public var topology = ClusterTopology()
  /// Changes whenever the set of known services or the facts of one of them change; endpoints do not count. Lets a data
  /// path see cheaply whether its listeners may be out of date.
  public private(set) var servicesVersion: ServicesVersion = ServicesVersion(stamp: .unknown)

  var entries: [ServiceID: ServiceEntry] = [:]
  var sliceOwners: [SliceID: ServiceID] = [:]
  var index = ServiceIndex()

  /// Identifies one state of the set of services.
  public struct ServicesVersion: Hashable, Sendable {
    let stamp: Stamp
  }

  public init(policy: RoutingPolicy = RoutingPolicy()) { self.policy = policy }

  /// A table that has seen the given changes in order.
  public init(policy: RoutingPolicy = RoutingPolicy(), _ changes: some Sequence<RoutingChange>) {
    self.init(policy: policy)
    for change in changes { apply(change) }
  }

  /// The known services, in no particular order.
  public var services: some Sequence<ServiceFacts> { entries.values.lazy.compactMap(\.facts) }

  public func service(_ id: ServiceID) -> ServiceFacts? { entries[id]?.facts }

  /// Where a call from `node` to a port of `service` goes.
  ///
  /// Complexity: O(1) once made; the first time after a change that concerns it, linear in the endpoints of the service.
  public func decision(
    for service: ServiceID, port: ServicePortName = .unnamed, from node: NodeName
  ) -> RouteDecision {
    guard let entry = entries[service], let facts = entry.facts else {
      return .nowhere(.serviceUnknown, service: service, port: port, from: node)
    }
    guard let servicePort = facts.ports.first(where: { $0.name == port }) else {
      return .nowhere(.portUnknown, service: service, port: port, from: node)
    }
    let stamp = topology.stamp(of: node)
    if let known = entry.cache.decision(for: port, from: node, stamp: stamp) { return known }
    let decision = policy.decide(
      service: facts, port: servicePort, endpoints: entry.endpoints(for: servicePort),
      vantage: topology.vantage(node), topology: topology)
    entry.cache.store(decision, stamp: stamp)
    return decision
  }

  /// Takes in one event.
  ///
  /// - Returns: the services for which some decision may have changed; never misses one, and is empty for an event that
  ///   repeats what is known.
  @discardableResult
  public mutating func apply(_ change: RoutingChange) -> Set<ServiceID> {
    switch change {
    case .node(let facts): spread(topology.upsert(facts))
    case .nodeRemoved(let name): spread(topology.remove(node: name))
    case .pool(let facts): spread(topology.upsert(facts))
    case .poolRemoved(let name): spread(topology.remove(pool: name))
    case .service(let facts): setService(facts.id, to: facts)
    case .serviceRemoved(let id): setService(id, to: nil)
    case .slice(let facts): setSlice(facts.id, to: facts)
    case .sliceRemoved(let id): setSlice(id, to: nil)
    }
  }

  mutating func servicesChanged() { servicesVersion = ServicesVersion(stamp: .next()) }
}
