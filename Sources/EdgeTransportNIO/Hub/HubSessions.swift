#if Networking
import EdgePrimitives
import EdgeTransport
import NIOCore
import Synchronization

/// The hub's table of sessions and of connections that are not sessions yet.
final class HubSessions: Sendable {
  private struct State {
    var registry: SessionRegistry<WebSocketLink>
    var handshakes: [ObjectIdentifier: any Channel] = [:]
    var isStopping = false
  }

  let counters = HubCounters()
  private let state: Mutex<State>
  private let maximumHandshakes: Int

  init(configuration: HubConfiguration) {
    state = Mutex(State(registry: SessionRegistry(maximumSessions: configuration.maximumSessions)))
    maximumHandshakes = configuration.maximumHandshakes
  }

  var nodes: [NodeName] { state.withLock { $0.registry.nodes } }

  func hasPlace(for node: NodeName) -> Bool {
    state.withLock { !$0.isStopping && $0.registry.hasPlace(for: node) }
  }

  /// Notes a connection that begins its handshake; false when there are too many.
  func beginHandshake(_ channel: any Channel) -> Bool {
    let isAdmitted = state.withLock { state in
      if state.isStopping || state.handshakes.count >= maximumHandshakes { return false }
      state.handshakes[ObjectIdentifier(channel)] = channel
      return true
    }
    if !isAdmitted { counters.handshakeCut() }
    return isAdmitted
  }

  /// Whether the handshake was still open.
  @discardableResult
  func endHandshake(_ channel: any Channel) -> Bool {
    state.withLock { $0.handshakes.removeValue(forKey: ObjectIdentifier(channel)) != nil }
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
    displaced?.startClosing(
      .takenOver, error: TransportError(code: .takenOver, message: "a newer session of \(node) took over"))
    link.closeFuture.whenComplete { [self] _ in
      let remaining: Int? = state.withLock { $0.registry.remove(ticket) ? $0.registry.count : nil }
      if let remaining { counters.sessionEnded(sessions: remaining) }
    }
    return true
  }

  func closeAll() {
    let (links, channels) = state.withLock { state in
      state.isStopping = true
      return (state.registry.sessions, Array(state.handshakes.values))
    }
    for link in links { link.startClosing(.goingAway) }
    for channel in channels { channel.close(promise: nil) }
  }
}
#endif
