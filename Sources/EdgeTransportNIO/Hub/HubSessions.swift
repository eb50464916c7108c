#if Networking
import EdgePrimitives
import EdgeTransport
import Logging
import NIOCore
import Synchronization

/// The hub's table of sessions.
final class HubSessions: Sendable {
  private struct State {
    var registry: SessionRegistry<WebSocketLink>
    var isStopping = false
  }

  let counters = HubCounters()
  private let state: Mutex<State>
  private let logger: Logger

  init(maximumSessions: Int, logger: Logger) {
    self.logger = logger
    state = Mutex(State(registry: SessionRegistry(maximumSessions: maximumSessions)))
  }

  var nodes: [NodeName] { state.withLock { $0.registry.nodes } }

  func hasPlace(for node: NodeName) -> Bool {
    state.withLock { !$0.isStopping && $0.registry.hasPlace(for: node) }
  }

  /// Makes `link` the session of `node` and closes the one it replaces; false when there is no place.
  func register(_ link: WebSocketLink, for node: NodeName) -> Bool {
    let (registration, count) = state.withLock { state in
      let registration: SessionRegistry<WebSocketLink>.Registration =
        state.isStopping ? .full : state.registry.register(link, for: node)
      return (registration, state.registry.count)
    }
    guard case .registered(let ticket, let displaced) = registration else { return false }
    counters.sessionAccepted(replacing: displaced != nil, sessions: count)
    if displaced != nil {
      logger.notice("a newer session takes over", metadata: HubEvent.takenOver.metadata(["node": "\(node)"]))
    }
    displaced?.startClosing(
      .takenOver, error: TransportError(code: .takenOver, message: "a newer session of \(node) took over"))
    link.closeFuture.whenComplete { [self] _ in
      let remaining: Int? = state.withLock { $0.registry.remove(ticket) ? $0.registry.count : nil }
      if let remaining { counters.sessionEnded(sessions: remaining) }
    }
    return true
  }

  func closeAll() {
    let links = state.withLock { state in
      state.isStopping = true
      return state.registry.sessions
    }
    for link in links { link.startClosing(.goingAway) }
  }
}
#endif
