import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import TopologyRouter

extension NodeFacts {
  /// Reads a `v1` Node. A pool label that is no valid name counts as no pool: OpenYurt's webhook would have refused it.
  public init(node: UnstructuredObject) throws(RoutingFactsError) {
    guard node.kind == "Node" else { throw .wrongKind(node, expected: "Node") }
    let metadata = node.metadata
    let name = try metadata.requiredNodeName()
    let labels = metadata.labels
    let pool: PoolName? = labels[TopologyKeys.nodePool].flatMap { try? PoolName($0) }
    self.init(
      name: name, labels: labels, pool: pool, zone: labels[TopologyKeys.zone] ?? labels[TopologyKeys.legacyZone])
  }
}

extension PoolFacts {
  /// Reads an OpenYurt NodePool of any version. Its members are `status.nodes`; before a controller has written those,
  /// they are the nodes whose label names the pool.
  public init(nodePool: UnstructuredObject) throws(RoutingFactsError) {
    guard nodePool.kind == "NodePool" else { throw .wrongKind(nodePool, expected: "NodePool") }
    let name = try nodePool.metadata.requiredPoolName()
    guard let nodes = nodePool["status", "nodes"]?.arrayValue else {
      self.init(name: name, members: .byNodeLabel)
      return
    }
    let members = nodes.compactMap { node in node.stringValue.flatMap { try? NodeName($0) } }
    self.init(name: name, members: .listed(Set(members)))
  }
}

extension ObjectMeta {
  func requiredNodeName() throws(RoutingFactsError) -> NodeName {
    do { return try NodeName(name ?? "") } catch { throw Self.invalidName(error) }
  }

  func requiredPoolName() throws(RoutingFactsError) -> PoolName {
    do { return try PoolName(name ?? "") } catch { throw Self.invalidName(error) }
  }

  /// - Returns: the namespace, `default` when none is stated, and the name.
  func requiredNamespacedName() throws(RoutingFactsError) -> (namespace: String, name: String) {
    guard let name, !name.isEmpty else {
      throw RoutingFactsError(code: .invalidName, field: "metadata.name", message: "Required value")
    }
    return (namespace.flatMap { $0.isEmpty ? nil : $0 } ?? "default", name)
  }

  private static func invalidName(_ error: InvalidIdentifier) -> RoutingFactsError {
    RoutingFactsError(code: .invalidName, field: "metadata.name", message: error.description)
  }
}
