import EdgePrimitives

/// kube-proxy's rules for a call from inside the cluster: readiness, hints and `internalTrafficPolicy`.
///
/// A service with `trafficDistribution` whose endpoints carry no hints at all gets the hints that the slice controller
/// would write (each ready endpoint is for its own zone and, with PreferSameNode, its own node), so that a node decides
/// the same way where no such controller runs.
public struct EndpointCategoryRule: RoutingRule {
  public var hints: EndpointCategories.HintSupport

  public init(hints: EndpointCategories.HintSupport = .zonesAndNodes) { self.hints = hints }

  public func inputs(for service: ServiceFacts) -> RuleInputs {
    switch service.topology.internalTrafficPolicy {
    case .local: []
    case .cluster: service.topology.trafficDistribution == nil ? .vantage : [.vantage, .endpointNodes]
    }
  }

  public func apply(to selection: inout Selection, in topology: ClusterTopology) {
    switch selection.service.topology.internalTrafficPolicy {
    case .local: applyLocal(to: &selection)
    case .cluster: applyCluster(to: &selection, in: topology)
    }
  }

  private func applyLocal(to selection: inout Selection) {
    let node = selection.vantage.name
    let categories = EndpointCategories(selection.remaining, node: node, zone: nil, uses: .local)
    selection.narrow(to: .sameNode, because: "internal traffic policy Local: only endpoints on node \(node)") {
      endpoint in
      guard let endpointNode = endpoint.nodeName else { return .noNode }
      return endpointNode == node ? unusable(endpoint, categories.localUsable) : .otherNode
    }
    if categories.localUsable == .servingWhileTerminating { selection.note(Self.terminatingNote) }
  }

  private func applyCluster(to selection: inout Selection, in topology: ClusterTopology) {
    let node = selection.vantage.name
    let zone = selection.vantage.zone
    let derive = hintDerivation(for: selection, in: topology)
    let categories = EndpointCategories(
      selection.remaining.map(derive), node: node, zone: zone, uses: .cluster, hints: hints)
    if categories.clusterUsable == .servingWhileTerminating {
      return selection.narrow(because: Self.terminatingNote) { unusable($0, .servingWhileTerminating) }
    }
    let place: (scope: RouteScope, text: String)? =
      switch (categories.hintedPreference, zone) {
      case (.preferSameNode, _): (.sameNode, "hints prefer node \(node)")
      case (.preferSameZone, let zone?): (.zone(zone), "hints prefer zone \(zone)")
      default: nil
      }
    selection.narrow(to: place?.scope, because: place?.text) { endpoint in
      if let reason = unusable(endpoint, categories.clusterUsable) { return reason }
      return categories.isHintedHere(derive(endpoint), node: node, zone: zone) ? nil : .hintedElsewhere
    }
  }

  private func unusable(_ endpoint: EndpointFacts, _ usable: EndpointCategories.Usable) -> RejectionReason? {
    if usable.admits(endpoint) { return nil }
    return endpoint.isServingWhileTerminating ? .terminating : .notReady
  }

  private func hintDerivation(
    for selection: Selection, in topology: ClusterTopology
  ) -> (EndpointFacts) -> EndpointFacts {
    guard let distribution = selection.service.topology.trafficDistribution,
      selection.remaining.allSatisfy({ $0.zoneHints.isEmpty && $0.nodeHints.isEmpty })
    else { return { $0 } }
    return { endpoint in
      guard endpoint.isReady else { return endpoint }
      var hinted = endpoint
      if let zone = topology.zone(of: endpoint) { hinted.zoneHints = [zone] }
      if distribution == .preferSameNode, let node = endpoint.nodeName { hinted.nodeHints = [node.rawValue] }
      return hinted
    }
  }

  private static let terminatingNote = "no endpoint is ready, so those that still serve while terminating are used"
}
