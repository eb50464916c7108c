/// What a service asks about the place of its endpoints. The fields come from different generations of Kubernetes and
/// OpenYurt and apply together, each by its own rule.
public struct TopologyPolicy: Hashable, Sendable {
  /// OpenYurt's annotation `openyurt.io/topologyKeys`.
  public var openYurtKey: OpenYurtTopologyKey?
  /// `spec.topologyKeys` of Kubernetes 1.20: node label keys in order of preference, `*` for any. Empty: no constraint.
  public var orderedKeys: [String]
  public var internalTrafficPolicy: InternalTrafficPolicy
  public var trafficDistribution: TrafficDistribution?

  public init(
    openYurtKey: OpenYurtTopologyKey? = nil, orderedKeys: [String] = [],
    internalTrafficPolicy: InternalTrafficPolicy = .cluster, trafficDistribution: TrafficDistribution? = nil
  ) {
    self.openYurtKey = openYurtKey
    self.orderedKeys = orderedKeys
    self.internalTrafficPolicy = internalTrafficPolicy
    self.trafficDistribution = trafficDistribution
  }

  public static let none = TopologyPolicy()
  public static func openYurt(_ key: OpenYurtTopologyKey) -> TopologyPolicy { TopologyPolicy(openYurtKey: key) }
  public static func orderedKeys(_ keys: [String]) -> TopologyPolicy { TopologyPolicy(orderedKeys: keys) }
}

/// The annotation's value. OpenYurt compares it as one whole string, so a comma list or a stray blank is unrecognized and
/// constrains nothing; it is kept so that a decision can say so.
public enum OpenYurtTopologyKey: Hashable, Sendable {
  case hostname
  case nodePool
  case unrecognized(String)

  public init(annotation value: String) {
    switch value {
    case "kubernetes.io/hostname": self = .hostname
    case "openyurt.io/nodepool", "kubernetes.io/zone": self = .nodePool
    default: self = .unrecognized(value)
    }
  }
}

/// `spec.internalTrafficPolicy`.
public enum InternalTrafficPolicy: Hashable, Sendable {
  case cluster
  /// Only endpoints on the node where the call starts.
  case local
}

/// `spec.trafficDistribution`; `PreferClose` is the old name of ``preferSameZone``.
public enum TrafficDistribution: String, Hashable, Sendable {
  case preferSameZone = "PreferSameZone"
  case preferSameNode = "PreferSameNode"
}
