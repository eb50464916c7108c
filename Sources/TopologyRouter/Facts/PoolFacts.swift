import EdgePrimitives

/// A node pool and how its members are known.
public struct PoolFacts: Hashable, Sendable {
  public var name: PoolName
  public var members: PoolMembers

  public init(name: PoolName, members: PoolMembers) {
    self.name = name
    self.members = members
  }
}

/// The two sources of pool membership.
public enum PoolMembers: Hashable, Sendable {
  /// Exactly these nodes, as `NodePool.status.nodes` lists them. An edge node needs no access to other nodes for it.
  case listed(Set<NodeName>)
  /// The known nodes whose own pool label names the pool. Follows a changed label at once, without a controller (FF-15).
  case byNodeLabel
}
