#if Networking
import NIOCore
import Synchronization

/// The open connections of one server: bounds their number and reaches them all when the server stops.
final class ConnectionRegistry: Sendable {
  private struct State {
    var connections: [ObjectIdentifier: HTTPServerConnection] = [:]
    var isStopping = false
  }

  private let maximum: Int
  private let state = Mutex(State())

  init(maximum: Int) { self.maximum = maximum }

  /// Returns false when the connection is one too many, or the server is stopping; the caller closes it.
  func admit(_ connection: HTTPServerConnection) -> Bool {
    let admitted = state.withLock { state in
      guard !state.isStopping, state.connections.count < maximum else { return false }
      state.connections[ObjectIdentifier(connection.channel)] = connection
      return true
    }
    if admitted {
      let id = ObjectIdentifier(connection.channel)
      connection.channel.closeFuture.whenComplete { _ in
        self.state.withLock { _ = $0.connections.removeValue(forKey: id) }
      }
    }
    return admitted
  }

  /// Admits nothing more and lets each connection end after its request in progress. Idempotent.
  func stop() {
    let connections = state.withLock { state -> [HTTPServerConnection] in
      defer { state.isStopping = true }
      return state.isStopping ? [] : Array(state.connections.values)
    }
    for connection in connections { connection.quiesce() }
  }

  func closeAll() {
    for connection in state.withLock({ Array($0.connections.values) }) { connection.channel.close(promise: nil) }
  }
}
#endif
