import EdgePrimitives

/// How a node stands to its cloud, as a machine that users can look at.
///
///     offline --linkUp--> recovering --caughtUp--> connected
///        ^                    |                        |
///        |                 linkDown                 linkDown
///        +----graceOver---- degraded <-----------------+     degraded --linkUp--> recovering
public struct AutonomyMode: Hashable, Sendable {
  public enum Name: String, Sendable {
    /// The link is up and everything the cloud had for this node has arrived.
    case connected
    /// The link broke a moment ago; nothing is wrong yet.
    case degraded
    /// The node is on its own and serves from its cache.
    case offline
    /// The link is up and the difference is still being exchanged.
    case recovering
  }

  public enum Event: Hashable, Sendable {
    case linkUp
    case linkDown(reason: String)
    case caughtUp
    /// Time has passed; a degraded node becomes offline after ``AutonomyMode/gracePeriod``.
    case tick
  }

  public private(set) var name: Name
  public private(set) var since: Moment
  /// Why the link is down, while it is.
  public private(set) var reason: String?
  public let gracePeriod: Duration

  public init(now: Moment, gracePeriod: Duration = .seconds(5)) {
    name = .offline
    since = now
    reason = "no connection yet"
    self.gracePeriod = gracePeriod
  }

  /// Takes one event; returns whether the mode changed.
  @discardableResult
  public mutating func handle(_ event: Event, now: Moment) -> Bool {
    switch (name, event) {
    case (.offline, .linkUp), (.degraded, .linkUp):
      enter(.recovering, now)
      reason = nil
    case (.recovering, .caughtUp):
      enter(.connected, now)
    case (.connected, .linkDown(let why)), (.recovering, .linkDown(let why)):
      enter(.degraded, now)
      reason = why
    case (.degraded, .tick) where now.elapsed - since.elapsed >= gracePeriod:
      enter(.offline, now)
    case (.degraded, .linkDown(let why)), (.offline, .linkDown(let why)):
      reason = why
      return false
    default:
      return false
    }
    return true
  }

  private mutating func enter(_ next: Name, _ now: Moment) {
    name = next
    since = now
  }
}
