import EdgePrimitives

/// The nodes and pools that routing rules look at, indexed so that every question is answered in constant time.
public struct ClusterTopology: Sendable {
  /// Whether a node belongs to a pool.
  public enum Membership: Hashable, Sendable {
    case member
    case outside
    /// No such pool is known, so nothing can be said.
    case poolUnknown
  }

  private struct NodeEntry: Sendable {
    var facts: NodeFacts
    var stamp: Stamp
  }

  private var nodes: [NodeName: NodeEntry] = [:]
  private var pools: [PoolName: PoolFacts] = [:]
  private var labelledNodes: [PoolName: Set<NodeName>] = [:]

  public init() {}

  public func node(_ name: NodeName) -> NodeFacts? { nodes[name]?.facts }

  /// What a rule may know of the node a call starts from; a node never heard of has a name and nothing else.
  public func vantage(_ name: NodeName) -> NodeFacts { nodes[name]?.facts ?? NodeFacts(name: name) }

  public func membership(of node: NodeName, in pool: PoolName) -> Membership {
    switch pools[pool]?.members {
    case nil: .poolUnknown
    case .listed(let names): names.contains(node) ? .member : .outside
    case .byNodeLabel: labelledNodes[pool]?.contains(node) == true ? .member : .outside
    }
  }

  public func isKnown(_ pool: PoolName) -> Bool { pools[pool] != nil }

  /// The value of a topology label for an endpoint: what its slice says, else what the label of its node says.
  public func label(_ key: String, of endpoint: EndpointFacts) -> String? {
    endpoint.topologyLabels[key] ?? endpoint.nodeName.flatMap { nodes[$0]?.facts.labels[key] }
  }

  /// The zone of an endpoint: what its slice says, else the zone of its node.
  public func zone(of endpoint: EndpointFacts) -> String? {
    endpoint.zone ?? endpoint.nodeName.flatMap { nodes[$0]?.facts.zone }
  }

  /// Changes whenever the facts of the node change; the same stamp means the same facts, also across copies.
  func stamp(of node: NodeName) -> Stamp { nodes[node]?.stamp ?? .unknown }
}

/// What a change of nodes or pools touched; the routing table turns it into the services concerned.
struct TopologyEffect: Equatable {
  /// The facts of this node changed, so calls that start there may go elsewhere.
  var vantage: NodeName?
  /// Nodes whose pool membership changed.
  var members: Set<NodeName> = []
  /// A pool became known or unknown.
  var poolsAppearedOrVanished = false

  static let nothing = TopologyEffect()
}

extension ClusterTopology {
  /// Complexity: O(1). Unchanged facts, such as a heartbeat's, have no effect.
  mutating func upsert(_ facts: NodeFacts) -> TopologyEffect {
    let previous = nodes[facts.name]?.facts
    if previous == facts { return .nothing }
    nodes[facts.name] = NodeEntry(facts: facts, stamp: .next())
    return moved(facts.name, from: previous?.pool, to: facts.pool)
  }

  /// Complexity: O(1).
  mutating func remove(node: NodeName) -> TopologyEffect {
    guard let previous = nodes.removeValue(forKey: node)?.facts else { return .nothing }
    return moved(node, from: previous.pool, to: nil)
  }

  /// Complexity: O(members that joined or left) beyond comparing the two lists.
  mutating func upsert(_ facts: PoolFacts) -> TopologyEffect {
    let before = pools[facts.name].map(memberNames)
    let after = memberNames(of: facts)
    pools[facts.name] = facts
    guard let before else { return TopologyEffect(poolsAppearedOrVanished: true) }
    return TopologyEffect(members: before.symmetricDifference(after))
  }

  mutating func remove(pool: PoolName) -> TopologyEffect {
    TopologyEffect(poolsAppearedOrVanished: pools.removeValue(forKey: pool) != nil)
  }

  private func memberNames(of pool: PoolFacts) -> Set<NodeName> {
    switch pool.members {
    case .listed(let names): names
    case .byNodeLabel: labelledNodes[pool.name] ?? []
    }
  }

  private mutating func moved(_ node: NodeName, from old: PoolName?, to new: PoolName?) -> TopologyEffect {
    var effect = TopologyEffect(vantage: node)
    guard old != new else { return effect }
    if let old {
      labelledNodes[old]?.remove(node)
      if labelledNodes[old]?.isEmpty == true { labelledNodes[old] = nil }
    }
    if let new { labelledNodes[new, default: []].insert(node) }
    for pool in [old, new].compactMap({ $0 }) where pools[pool]?.members == .byNodeLabel { effect.members = [node] }
    return effect
  }
}
