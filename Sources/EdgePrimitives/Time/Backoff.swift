/// Exponential backoff with full jitter, so that a fleet that lost its cloud does not come back in one instant.
///
/// The n-th delay is uniform in `minimum...min(cap, base * factor^n)`. Source: the "full jitter" scheme; the fixed 30 s
/// of KubeEdge's EdgeHub is what it replaces (FF-23).
public struct Backoff: Sendable {
  public let base: Duration
  public let cap: Duration
  public let factor: Double
  /// No delay is shorter than this, so that a peer that refuses at once is not hammered.
  public let minimum: Duration
  private var attempt = 0

  public init(
    base: Duration = .milliseconds(200), cap: Duration = .seconds(30), factor: Double = 2,
    minimum: Duration = .milliseconds(50)
  ) {
    precondition(base > .zero && cap >= base && factor >= 1 && minimum >= .zero && minimum <= base)
    self.base = base
    self.cap = cap
    self.factor = factor
    self.minimum = minimum
  }

  /// The delay before the next attempt; each call raises the ceiling until ``cap`` is reached.
  public mutating func next(using entropy: some EntropySource) -> Duration {
    let ceiling = ceilingOfNextDelay
    if ceiling < cap { attempt += 1 }
    return minimum + (ceiling - minimum) * entropy.unitInterval()
  }

  /// Forgets earlier failures; call it when an attempt has proved good.
  public mutating func reset() { attempt = 0 }

  /// The longest delay that ``next(using:)`` could return now.
  public var ceilingOfNextDelay: Duration {
    var ceiling = base
    for _ in 0..<attempt {
      ceiling = ceiling * factor
      if ceiling >= cap { return cap }
    }
    return min(ceiling, cap)
  }
}
