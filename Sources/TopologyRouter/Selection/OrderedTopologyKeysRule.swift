import EdgePrimitives

/// `spec.topologyKeys` of Kubernetes 1.20: the first key for which any endpoint shares the node's label value decides.
///
/// `*` admits every endpoint; with no match at all no endpoint is left; a node without labels matches `*` in last place
/// only. A key is decided by the endpoints that can take traffic, because kube-proxy 1.20 saw only those. Source:
/// `FilterTopologyEndpoint` in `pkg/proxy/topology.go` of 1.20.
public struct OrderedTopologyKeysRule: RoutingRule {
  public init() {}

  public func inputs(for service: ServiceFacts) -> RuleInputs {
    service.topology.orderedKeys.isEmpty ? [] : [.vantage, .endpointNodes]
  }

  public func apply(to selection: inout Selection, in topology: ClusterTopology) {
    let keys = selection.service.topology.orderedKeys
    guard let lastKey = keys.last else { return }
    let labels = selection.vantage.labels
    if labels.isEmpty && lastKey != Self.anyKey {
      return selection.narrow(because: "node \(selection.vantage.name) has no labels to match topology keys with") {
        _ in
        .noMatchingTopologyKey
      }
    }
    let remaining = selection.remaining
    let ready = remaining.filter(\.isReady)
    let deciding = ready.isEmpty ? remaining.filter(\.isServingWhileTerminating) : ready
    // Labels of a node without any are equal to no endpoint's, so the loop ends at `*`.
    for key in keys {
      if key == Self.anyKey { return selection.note("topology key *: endpoints anywhere") }
      guard let value = labels[key] else { continue }
      if deciding.contains(where: { topology.label(key, of: $0) == value }) {
        let scope = RouteScope(topologyKey: key, value: value)
        return selection.narrow(to: scope, because: "topology key \(key): only endpoints with \(value)") { endpoint in
          topology.label(key, of: endpoint) == value ? nil : .otherTopology(key: key, value: value)
        }
      }
    }
    selection.narrow(because: "no topology key of \(keys.joined(separator: ", ")) has an endpoint") { _ in
      .noMatchingTopologyKey
    }
  }

  private static let anyKey = "*"
}
