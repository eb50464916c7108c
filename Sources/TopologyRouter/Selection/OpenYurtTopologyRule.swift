import EdgePrimitives

/// OpenYurt's service topology: keeps the endpoints on this node, or those on the nodes of this node's pool.
///
/// There is no precedence of keys and no widening: nothing left is an answer. Conditions are not looked at. Source:
/// `pkg/yurthub/filter/servicetopology` of OpenYurt; an endpoint without a node name is dropped as in master of
/// July 2026, where earlier versions crashed.
public struct OpenYurtTopologyRule: RoutingRule {
  public enum PoolTopology: Hashable, Sendable {
    case enabled
    /// Both pool features of the hub are off: the pool key constrains nothing.
    case disabled
  }

  public var poolTopology: PoolTopology

  public init(poolTopology: PoolTopology = .enabled) { self.poolTopology = poolTopology }

  public func inputs(for service: ServiceFacts) -> RuleInputs {
    service.topology.openYurtKey == .nodePool && poolTopology == .enabled ? [.vantage, .poolMembership] : []
  }

  public func apply(to selection: inout Selection, in topology: ClusterTopology) {
    switch selection.service.topology.openYurtKey {
    case nil: break
    case .unrecognized(let value):
      selection.note("topology key \"\(value)\" is none that OpenYurt knows, so it constrains nothing")
    case .hostname: keepThisNode(&selection, because: "only endpoints on node \(selection.vantage.name)")
    case .nodePool where poolTopology == .disabled:
      selection.note("pool topology is switched off, so the node pool key constrains nothing")
    case .nodePool: keepPool(&selection, in: topology)
    }
  }

  private func keepPool(_ selection: inout Selection, in topology: ClusterTopology) {
    guard let pool = selection.vantage.pool else {
      let node = selection.vantage.name
      return keepThisNode(&selection, because: "node \(node) is in no pool, so only endpoints on the node itself")
    }
    // A failed pool lookup leaves the endpoints untouched upstream: serving too widely beats an outage of the whole pool.
    guard topology.isKnown(pool) else {
      return selection.note("node pool \(pool) is not known here, so it constrains nothing")
    }
    selection.narrow(to: .pool(pool), because: "only endpoints on nodes of pool \(pool)") { endpoint in
      guard let node = endpoint.nodeName else { return .noNode }
      return topology.membership(of: node, in: pool) == .member ? nil : .outsidePool(pool)
    }
  }

  private func keepThisNode(_ selection: inout Selection, because rule: String) {
    let node = selection.vantage.name
    selection.narrow(to: .sameNode, because: rule) { endpoint in
      guard let endpointNode = endpoint.nodeName else { return .noNode }
      return endpointNode == node ? nil : .otherNode
    }
  }
}
