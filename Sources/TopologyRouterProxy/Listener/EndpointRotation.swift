#if Networking
import TopologyRouter

/// Takes turns among the targets of a decision.
///
/// The turn is kept as a number, not as a place in a list, so it goes on evenly when endpoints come and go.
struct EndpointRotation: Sendable {
  private var turn = 0

  /// The next target that was not tried yet; nil when there is none. Only targets of the given decision are returned.
  mutating func next(in decision: RouteDecision, excluding tried: [RouteTarget]) -> RouteTarget? {
    let candidates = tried.isEmpty ? decision.targets : decision.targets.filter { !tried.contains($0) }
    guard !candidates.isEmpty else { return nil }
    defer { turn &+= 1 }
    return candidates[Int(UInt(bitPattern: turn) % UInt(candidates.count))]
  }
}
#endif
