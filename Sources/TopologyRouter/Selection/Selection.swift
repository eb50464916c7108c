import EdgePrimitives

/// The working state of one decision: the endpoints still in the running, and why the others are out.
///
/// Rules narrow it one after another. An endpoint keeps the reason of the rule that rejected it first.
public struct Selection: Sendable {
  public let service: ServiceFacts
  /// The node where the call starts.
  public let vantage: NodeFacts
  /// The narrowest place the remaining endpoints are known to share with the vantage.
  public private(set) var scope: RouteScope = .cluster
  /// What each rule asked for, in the order of the rules.
  public private(set) var explanation: [String] = []

  private var entries: [Entry]

  private struct Entry: Sendable {
    let endpoint: EndpointFacts
    var rejection: RejectionReason?
  }

  public init(service: ServiceFacts, vantage: NodeFacts, endpoints: [EndpointFacts]) {
    self.service = service
    self.vantage = vantage
    entries = endpoints.map { Entry(endpoint: $0) }
  }

  /// The endpoints that no rule has rejected, in the order they were given.
  public var remaining: [EndpointFacts] { entries.filter { $0.rejection == nil }.map(\.endpoint) }

  /// Rejects every remaining endpoint for which `rejection` gives a reason.
  ///
  /// - Parameters:
  ///   - scope: what the survivors now have in common with the vantage; nil when the rule does not narrow the place.
  ///   - rule: what was asked for, for people.
  public mutating func narrow(
    to scope: RouteScope? = nil, because rule: String? = nil, rejecting rejection: (EndpointFacts) -> RejectionReason?
  ) {
    // Nothing is narrower than the node itself, so a later rule about a wider place does not change the scope.
    if let scope, self.scope != .sameNode { self.scope = scope }
    if let rule { explanation.append(rule) }
    for index in entries.indices where entries[index].rejection == nil {
      entries[index].rejection = rejection(entries[index].endpoint)
    }
  }

  /// Notes something that constrained nothing but that people should know.
  public mutating func note(_ text: String) { explanation.append(text) }

  var verdicts: [EndpointVerdict] {
    entries.map { entry in
      EndpointVerdict(endpoint: entry.endpoint, outcome: entry.rejection.map { .rejected($0) } ?? .chosen)
    }
  }
}
