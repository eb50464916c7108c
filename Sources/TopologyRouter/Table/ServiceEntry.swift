import EdgePrimitives

/// A service with the slices that name it; either may become known first.
struct ServiceEntry: Sendable {
  var facts: ServiceFacts?
  var slices: [SliceID: SliceFacts] = [:]
  /// Which outside facts the policy reads for the service.
  var inputs: RuleInputs = []
  private(set) var cache = DecisionCache()

  var isEmpty: Bool { facts == nil && slices.isEmpty }

  /// Forgets the decisions; copies of the table that did not change keep theirs.
  mutating func forgetDecisions() { cache = DecisionCache() }

  /// The endpoints that offer a port, each address once, ordered by address so that the outcome does not depend on how
  /// the addresses are spread over slices. While an address moves between slices both name it: the readier one counts.
  /// An Endpoints object counts only for a service without slices, because control planes mirror the one into the other.
  func endpoints(for port: ServicePort) -> [EndpointFacts] {
    var byTarget: [RouteTarget: EndpointFacts] = [:]
    let source: SliceID.Source = slices.keys.contains { $0.source == .endpointSlice } ? .endpointSlice : .endpoints
    for id in slices.keys.sorted() where id.source == source {
      for endpoint in slices[id]?.endpoints ?? [] {
        guard let target = endpoint.target(for: port) else { continue }
        if let other = byTarget[target], other.readiness >= endpoint.readiness { continue }
        byTarget[target] = endpoint
      }
    }
    return byTarget.sorted { ($0.key.address, $0.key.port) < ($1.key.address, $1.key.port) }.map(\.value)
  }
}

extension EndpointFacts {
  fileprivate var readiness: Int { isReady ? 2 : isServing ? 1 : 0 }
}
