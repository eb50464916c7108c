import EdgePrimitives

/// The place that the chosen endpoints share with the node where the call starts.
public enum RouteScope: Hashable, Sendable, CustomStringConvertible {
  case sameNode
  case pool(PoolName)
  case zone(String)
  /// Any other node label that an ordered topology key named.
  case topology(key: String, value: String)
  case cluster
  /// No endpoint is chosen.
  case none(NoRouteReason)

  public var description: String {
    switch self {
    case .sameNode: "same node"
    case .pool(let pool): "pool \(pool)"
    case .zone(let zone): "zone \(zone)"
    case .topology(let key, let value): "\(key)=\(value)"
    case .cluster: "cluster"
    case .none(let reason): "no route: \(reason)"
    }
  }

  /// The scope that a matching node label stands for.
  init(topologyKey key: String, value: String) {
    switch key {
    case "kubernetes.io/hostname": self = .sameNode
    case "topology.kubernetes.io/zone": self = .zone(value)
    case "apps.openyurt.io/nodepool":
      if let pool = try? PoolName(value) { self = .pool(pool) } else { self = .topology(key: key, value: value) }
    default: self = .topology(key: key, value: value)
    }
  }
}

/// Why a decision has no endpoint.
public enum NoRouteReason: Hashable, Sendable, CustomStringConvertible {
  case serviceUnknown
  case portUnknown
  /// No slice offers an endpoint for the port.
  case noEndpoints
  /// There are endpoints, but none where the service's topology allows.
  case noneInTopology
  /// There are endpoints where the topology allows, but none of them can take traffic.
  case noneUsable

  public var description: String {
    switch self {
    case .serviceUnknown: "the service is not known here"
    case .portUnknown: "the service has no such port"
    case .noEndpoints: "the service port has no endpoints"
    case .noneInTopology: "no endpoint is where the service's topology allows"
    case .noneUsable: "no endpoint within the service's topology can take traffic"
    }
  }
}
