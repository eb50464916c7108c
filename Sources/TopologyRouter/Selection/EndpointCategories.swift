import EdgePrimitives

/// How kube-proxy sorts the endpoints of a service port on one node.
///
/// Ready endpoints are used, narrowed by the slice controller's hints only when every ready endpoint has them and one
/// names this node or zone; when none is ready, those that still serve while terminating are. Source:
/// `CategorizeEndpoints` in `pkg/proxy/topology.go` of Kubernetes 1.34.
public struct EndpointCategories: Hashable, Sendable {
  /// Which categories the service's traffic policies use.
  public struct Uses: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let cluster = Uses(rawValue: 1)
    public static let local = Uses(rawValue: 2)
  }

  /// Which hints are obeyed. Kubernetes before 1.34 knows hints for zones only.
  public enum HintSupport: Hashable, Sendable {
    case zones
    case zonesAndNodes
  }

  /// Which condition makes an endpoint usable.
  public enum Usable: Hashable, Sendable {
    case ready
    case servingWhileTerminating
    case none

    func admits(_ endpoint: EndpointFacts) -> Bool {
      switch self {
      case .ready: endpoint.isReady
      case .servingWhileTerminating: endpoint.isServingWhileTerminating
      case .none: false
      }
    }
  }

  /// The narrowing by hints that is in force; nil when hints are not obeyed.
  public private(set) var hintedPreference: TrafficDistribution?
  public private(set) var clusterUsable: Usable = .none
  public private(set) var localUsable: Usable = .none
  /// Endpoints for traffic that may go anywhere.
  public private(set) var cluster: [EndpointFacts] = []
  /// Endpoints on this node, for traffic that must stay here.
  public private(set) var local: [EndpointFacts] = []
  /// Every endpoint that some traffic to the port may reach from this node: the cluster ones, then further local ones.
  public private(set) var allReachable: [EndpointFacts] = []
  /// Whether any endpoint anywhere could take traffic; tells "none here" from "none at all".
  public private(set) var hasAnyEndpoints = false

  public init(
    _ endpoints: [EndpointFacts], node: NodeName, zone: String?, uses: Uses, hints: HintSupport = .zonesAndNodes
  ) {
    if uses.contains(.cluster) {
      let ready = endpoints.filter(\.isReady)
      hintedPreference = Self.preference(of: ready, node: node, zone: zone, hints: hints)
      cluster = ready.filter { isHintedHere($0, node: node, zone: zone) }
      clusterUsable = .ready
      if cluster.isEmpty {
        cluster = endpoints.filter(\.isServingWhileTerminating)
        clusterUsable = cluster.isEmpty ? .none : .servingWhileTerminating
      }
      hasAnyEndpoints = !cluster.isEmpty
    }
    guard uses.contains(.local) else {
      allReachable = cluster
      return
    }
    hasAnyEndpoints = hasAnyEndpoints || endpoints.contains { $0.isReady || $0.isServingWhileTerminating }
    let here = endpoints.filter { $0.nodeName == node }
    for usable in [Usable.ready, .servingWhileTerminating] where local.isEmpty {
      local = here.filter(usable.admits)
      if !local.isEmpty { localUsable = usable }
    }
    let known = Set(cluster)
    allReachable = cluster + local.filter { !known.contains($0) }
  }

  /// Whether the hints in force, if any, let this node use the endpoint.
  func isHintedHere(_ endpoint: EndpointFacts, node: NodeName, zone: String?) -> Bool {
    switch hintedPreference {
    case nil: true
    case .preferSameNode: endpoint.nodeHints.contains(node.rawValue)
    case .preferSameZone: zone.map(endpoint.zoneHints.contains) ?? false
    }
  }

  private static func preference(
    of ready: [EndpointFacts], node: NodeName, zone: String?, hints: HintSupport
  ) -> TrafficDistribution? {
    if hints == .zonesAndNodes, ready.allSatisfy({ !$0.nodeHints.isEmpty }),
      ready.contains(where: { $0.nodeHints.contains(node.rawValue) })
    {
      return .preferSameNode
    }
    if let zone, ready.allSatisfy({ !$0.zoneHints.isEmpty }), ready.contains(where: { $0.zoneHints.contains(zone) }) {
      return .preferSameZone
    }
    return nil
  }
}
