import EdgePrimitives

/// What routing reads of a node.
///
/// A node's Ready condition is left out on purpose: an autonomous edge node is NotReady in the cloud's eyes exactly when
/// its pool must go on working without the cloud. The conditions of the endpoints decide instead.
public struct NodeFacts: Hashable, Sendable {
  public var name: NodeName
  /// The node's labels, read by ordered topology keys (Kubernetes 1.20).
  public var labels: [String: String]
  /// The pool the node belongs to; label `apps.openyurt.io/nodepool`.
  public var pool: PoolName?
  /// Label `topology.kubernetes.io/zone`.
  public var zone: String?

  public init(name: NodeName, labels: [String: String] = [:], pool: PoolName? = nil, zone: String? = nil) {
    self.name = name
    self.labels = labels
    self.pool = pool
    self.zone = zone
  }
}
