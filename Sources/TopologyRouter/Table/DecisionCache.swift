import EdgePrimitives
import Synchronization

/// The decisions made for one state of a service.
///
/// A new state of the service gets a new cache, so entries can only be outdated by the node they are made for, which the
/// stamp tells. Bound: ``maximumVerdicts``; a cache that would grow beyond it is emptied, and decisions are made again.
final class DecisionCache: Sendable {
  private struct Key: Hashable {
    let port: ServicePortName
    let node: NodeName
  }

  private struct State {
    var decisions: [Key: (stamp: Stamp, decision: RouteDecision)] = [:]
    var verdicts = 0
  }

  static let maximumVerdicts = 65_536
  private let state = Mutex(State())

  func decision(for port: ServicePortName, from node: NodeName, stamp: Stamp) -> RouteDecision? {
    state.withLock { state in
      guard let entry = state.decisions[Key(port: port, node: node)], entry.stamp == stamp else { return nil }
      return entry.decision
    }
  }

  func store(_ decision: RouteDecision, stamp: Stamp) {
    // A decision without endpoints still takes room.
    let weight = max(1, decision.verdicts.count)
    state.withLock { state in
      if state.verdicts + weight > Self.maximumVerdicts { state = State() }
      let replaced = state.decisions.updateValue(
        (stamp, decision), forKey: Key(port: decision.port, node: decision.fromNode))
      state.verdicts += weight - (replaced.map { max(1, $0.decision.verdicts.count) } ?? 0)
    }
  }
}
