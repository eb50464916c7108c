/// What a ``ReconnectingLink`` is doing; whoever must answer without the peer (FF-08) decides by it.
public enum LinkState: Sendable {
  /// The n-th attempt since the last connection, from 1.
  case connecting(attempt: Int)
  case connected
  /// No connection. The next attempt begins after `retryIn`; nil when the link gave up or was stopped.
  case disconnected(reason: TransportError, retryIn: Duration?)

  public var isConnected: Bool {
    if case .connected = self { true } else { false }
  }
}
