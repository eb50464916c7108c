import EdgePrimitives

/// An address that a proxy can dial.
public struct RouteTarget: Hashable, Sendable, CustomStringConvertible {
  public let address: String
  public let port: UInt16

  public init(address: String, port: UInt16) {
    self.address = address
    self.port = port
  }

  public var description: String { address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)" }
}

/// Where a call to a service port goes from one node, and why. "Nowhere" is an answer like any other.
public struct RouteDecision: Hashable, Sendable, CustomStringConvertible {
  public let service: ServiceID
  public let port: ServicePortName
  public let fromNode: NodeName
  /// The endpoints to share the load among, ordered by address. Empty when ``scope`` is `.none`.
  public let chosen: [EndpointFacts]
  /// The chosen endpoints as addresses to dial, in the same order.
  public let targets: [RouteTarget]
  public let scope: RouteScope
  /// What became of every endpoint of the port, ordered by address.
  public let verdicts: [EndpointVerdict]
  /// What the rules asked for, in one sentence each.
  public let policyExplanation: String

  /// The outcome in one line, for logs.
  public var summary: String {
    let outcome = chosen.isEmpty ? "\(scope)" : targets.map(\.description).joined(separator: ", ") + " (\(scope))"
    return "\(service.text(port: port)) from node \(fromNode): \(outcome)"
  }

  /// The decision for people: its summary, one line with the rules, one for each endpoint.
  public var description: String {
    let endpoints = verdicts.map { "  \($0.outcome == .chosen ? "+" : "-") \($0)" }
    return ([summary, "  rule: \(policyExplanation)"] + endpoints).joined(separator: "\n")
  }
}

extension RouteDecision {
  /// A decision that needs no look at any endpoint.
  static func nowhere(
    _ reason: NoRouteReason, service: ServiceID, port: ServicePortName, from node: NodeName
  ) -> RouteDecision {
    RouteDecision(
      service: service, port: port, fromNode: node, chosen: [], targets: [], scope: .none(reason), verdicts: [],
      policyExplanation: reason.description)
  }
}
