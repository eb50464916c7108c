import EdgePrimitives

/// Which session speaks for which node: at most one per node, the newest.
///
/// Each registration has a generation, and only its own ticket removes it. The late teardown of a session that was
/// taken over therefore finds nothing to remove; KubeEdge removed by node name and so lost the successor (FF-02).
public struct SessionRegistry<Session> {
  /// The right to remove one registration.
  public struct Ticket: Hashable, Sendable {
    public let node: NodeName
    /// Grows with every registration; unique in one registry.
    public let generation: UInt64
  }

  public enum Registration {
    /// The session speaks for its node now; `displaced` is the older session that the caller must close.
    case registered(Ticket, displaced: Session?)
    /// All places are taken and the node has none of them. Nothing changed.
    case full
  }

  private var entries: [NodeName: (generation: UInt64, session: Session)] = [:]
  private var lastGeneration: UInt64 = 0
  /// The most nodes that may be connected at once.
  public let maximumSessions: Int

  public init(maximumSessions: Int = .max) { self.maximumSessions = maximumSessions }

  public var count: Int { entries.count }
  public var nodes: [NodeName] { entries.keys.sorted() }
  public var sessions: [Session] { entries.values.map(\.session) }

  /// The session that speaks for `node` now.
  public subscript(node: NodeName) -> Session? { entries[node]?.session }

  /// Whether ``register(_:for:)`` would find a place; a node that takes over its own session always does.
  public func hasPlace(for node: NodeName) -> Bool { entries.count < maximumSessions || entries[node] != nil }

  /// Gives `node` to `session`, whoever held it before.
  public mutating func register(_ session: Session, for node: NodeName) -> Registration {
    guard hasPlace(for: node) else { return .full }
    lastGeneration += 1
    let displaced = entries.updateValue((lastGeneration, session), forKey: node)?.session
    return .registered(Ticket(node: node, generation: lastGeneration), displaced: displaced)
  }

  /// Ends the registration of `ticket`; false when a newer session has taken over, which then stays untouched.
  @discardableResult
  public mutating func remove(_ ticket: Ticket) -> Bool {
    guard isCurrent(ticket) else { return false }
    entries[ticket.node] = nil
    return true
  }

  public func isCurrent(_ ticket: Ticket) -> Bool { entries[ticket.node]?.generation == ticket.generation }
}

extension SessionRegistry: Sendable where Session: Sendable {}
