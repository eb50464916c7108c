/// One step of a route decision: looks at the endpoints that are left and rejects those it does not admit.
public protocol RoutingRule: Sendable {
  /// The facts that ``apply(to:in:)`` reads for this service beside the service, its endpoints and the name of the
  /// vantage. The routing table recomputes a decision only when one of these changed, so an input left out here makes
  /// decisions go stale.
  func inputs(for service: ServiceFacts) -> RuleInputs

  func apply(to selection: inout Selection, in topology: ClusterTopology)
}

/// The facts outside a service that a rule may read.
public struct RuleInputs: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Labels, pool or zone of the node where the call starts.
  public static let vantage = RuleInputs(rawValue: 1)
  /// Which nodes are in which pool, and which pools are known.
  public static let poolMembership = RuleInputs(rawValue: 2)
  /// Labels or zones of the nodes that the endpoints are on.
  public static let endpointNodes = RuleInputs(rawValue: 4)
}

/// The composition of rules that makes a decision.
///
/// The default is what a node of an OpenYurt cluster does: the hub's topology filter first, then kube-proxy's rules on
/// what is left, with no way out of the asked topology.
public struct RoutingPolicy: Sendable {
  /// What happens when the topology a service asks for holds no usable endpoint.
  public enum Fallback: Hashable, Sendable {
    /// No endpoint is chosen. This is what OpenYurt and kube-proxy do.
    case never
    /// The call may leave the asked topology, and the decision says so.
    case cluster
  }

  /// Rules about place. A fallback sets these aside.
  public var topologyRules: [any RoutingRule]
  /// Rules about readiness, hints and traffic policy. These always hold.
  public var availabilityRules: [any RoutingRule]
  public var fallback: Fallback

  public init(
    topologyRules: [any RoutingRule] = [OpenYurtTopologyRule(), OrderedTopologyKeysRule()],
    availabilityRules: [any RoutingRule] = [EndpointCategoryRule()], fallback: Fallback = .never
  ) {
    self.topologyRules = topologyRules
    self.availabilityRules = availabilityRules
    self.fallback = fallback
  }

  func inputs(for service: ServiceFacts) -> RuleInputs {
    (topologyRules + availabilityRules).reduce(into: []) { $0.formUnion($1.inputs(for: service)) }
  }
}
