import EdgePrimitives

/// Why a rule turned an endpoint down.
public enum RejectionReason: Hashable, Sendable {
  /// The rule asks for a node and the endpoint names none.
  case noNode
  case otherNode
  case outsidePool(PoolName)
  case otherTopology(key: String, value: String)
  case noMatchingTopologyKey
  case notReady
  /// On its way out, and others are ready.
  case terminating
  /// The slice controller reserves it for other nodes or zones.
  case hintedElsewhere
}

/// What became of one endpoint in a decision.
public struct EndpointVerdict: Hashable, Sendable, CustomStringConvertible {
  public enum Outcome: Hashable, Sendable {
    case chosen
    case rejected(RejectionReason)
  }

  public let endpoint: EndpointFacts
  public let outcome: Outcome

  /// The outcome in words, for instance `rejected: node n3 is not in pool hangzhou`.
  public var text: String {
    switch outcome {
    case .chosen: "chosen"
    case .rejected(let reason): "rejected: " + text(of: reason)
    }
  }

  public var description: String {
    let pod = endpoint.podName.map { " (pod \($0))" } ?? ""
    return "\(endpoint.address)\(pod) on \(nodeText): \(text)"
  }

  private var nodeText: String { endpoint.nodeName.map { "node \($0)" } ?? "no node" }

  private func text(of reason: RejectionReason) -> String {
    switch reason {
    case .noNode: "the endpoint names no node"
    case .otherNode: "it is on another node"
    case .outsidePool(let pool): "\(nodeText) is not in pool \(pool)"
    case .otherTopology(let key, let value): "its \(key) is not \(value)"
    case .noMatchingTopologyKey: "no topology key matches"
    case .notReady: endpoint.isTerminating ? "it is terminating and no longer serves" : "it is not ready"
    case .terminating: "it is terminating and others are ready"
    case .hintedElsewhere: "its hints reserve it for others"
    }
  }
}
