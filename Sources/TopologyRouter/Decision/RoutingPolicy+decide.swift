import EdgePrimitives

extension RoutingPolicy {
  /// Decides for the endpoints of one service port, which must all offer `port`.
  ///
  /// Complexity: O(endpoints) for each rule.
  func decide(
    service: ServiceFacts, port: ServicePort, endpoints: [EndpointFacts], vantage: NodeFacts,
    topology: ClusterTopology
  ) -> RouteDecision {
    var selection = Selection(service: service, vantage: vantage, endpoints: endpoints)
    for rule in topologyRules { rule.apply(to: &selection, in: topology) }
    let isAnyInTopology = !selection.remaining.isEmpty
    for rule in availabilityRules { rule.apply(to: &selection, in: topology) }

    if fallback == .cluster, selection.remaining.isEmpty {
      var wider = Selection(service: service, vantage: vantage, endpoints: endpoints)
      for sentence in selection.explanation { wider.note(sentence) }
      wider.note("nothing usable there, and the fallback lets the call go anywhere")
      for rule in availabilityRules { rule.apply(to: &wider, in: topology) }
      if !wider.remaining.isEmpty { selection = wider }
    }

    let chosen = selection.remaining
    let scope: RouteScope =
      if !chosen.isEmpty {
        selection.scope
      } else {
        .none(endpoints.isEmpty ? .noEndpoints : isAnyInTopology ? .noneUsable : .noneInTopology)
      }
    let explanation = selection.explanation.isEmpty ? ["any ready endpoint of the cluster"] : selection.explanation
    return RouteDecision(
      service: service.id, port: port.name, fromNode: vantage.name, chosen: chosen,
      targets: chosen.compactMap { $0.target(for: port) }, scope: scope, verdicts: selection.verdicts,
      policyExplanation: explanation.joined(separator: "; "))
  }
}

extension EndpointFacts {
  /// Where the endpoint serves a port of its service; nil when it does not.
  func target(for port: ServicePort) -> RouteTarget? {
    ports.first { $0.name == port.name && $0.transport == port.transport }
      .map { RouteTarget(address: address, port: $0.port) }
  }
}
