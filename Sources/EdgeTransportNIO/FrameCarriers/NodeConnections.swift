#if Networking
import EdgePrimitives
import Synchronization

/// The connections of a server by node: so many in all, so many for each.
///
/// A node's connection too many pushes out its oldest, since the newest is the one that its node uses.
package final class NodeConnections<Link: Sendable>: Sendable {
  package struct Registration: Hashable, Sendable {
    package let node: NodeName
    fileprivate let ticket: UInt64
  }

  private struct State {
    /// Of each node, the oldest first; nil until it is set.
    var links: [NodeName: [(ticket: UInt64, link: Link?)]] = [:]
    var count = 0
    var lastTicket: UInt64 = 0
    var isStopping = false

    mutating func remove(_ registration: Registration) {
      guard let index = links[registration.node]?.firstIndex(where: { $0.ticket == registration.ticket }) else {
        return
      }
      links[registration.node]?.remove(at: index)
      if links[registration.node]?.isEmpty == true { links[registration.node] = nil }
      count -= 1
    }
  }

  private let state = Mutex(State())
  private let maximumCount: Int
  private let maximumPerNode: Int

  package init(maximumCount: Int, maximumPerNode: Int) {
    precondition(maximumCount > 0 && maximumPerNode > 0, "a server holds at least one connection")
    self.maximumCount = maximumCount
    self.maximumPerNode = maximumPerNode
  }

  /// Nil when there is no place.
  package func register(for node: NodeName) -> Registration? {
    state.withLock { state in
      let isReplacing = (state.links[node]?.count ?? 0) >= maximumPerNode
      guard !state.isStopping, state.count < maximumCount || isReplacing else { return nil }
      state.lastTicket += 1
      state.links[node, default: []].append((state.lastTicket, nil))
      state.count += 1
      return Registration(node: node, ticket: state.lastTicket)
    }
  }

  /// - Returns: the connection that has to give way, if any.
  package func set(_ link: Link, for registration: Registration) -> Link? {
    state.withLock { state in
      let node = registration.node
      guard let index = state.links[node]?.firstIndex(where: { $0.ticket == registration.ticket }) else { return nil }
      state.links[node]?[index].link = link
      guard let all = state.links[node], all.count > maximumPerNode, let oldest = all.first else { return nil }
      state.remove(Registration(node: node, ticket: oldest.ticket))
      return oldest.link
    }
  }

  package func remove(_ registration: Registration) { state.withLock { $0.remove(registration) } }

  /// Takes in no more and gives those that are open.
  package func stop() -> [Link] {
    state.withLock { state in
      state.isStopping = true
      return state.links.values.flatMap { $0.compactMap(\.link) }
    }
  }
}
#endif
