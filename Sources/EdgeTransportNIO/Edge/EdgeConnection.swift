#if Networking
import EdgeTransport

/// An edge's end of its connection to the hub. One-shot: when it has ended, connect again.
public struct EdgeConnection: MessageConnection {
  /// What is underneath; whoever agreed on a subprotocol speaks it there and leaves the messages alone.
  public let webSocket: WebSocketConnection
  private let messages: KubeEdgeLink

  init(webSocket: WebSocketConnection, limits: MessageLimits) {
    self.webSocket = webSocket
    messages = KubeEdgeLink(socket: webSocket.link, limits: limits)
  }

  public var inbound: InboundMessages { messages.inbound }

  public func send(_ message: EdgeMessage) async throws(TransportError) { try await messages.send(message) }

  public func close() async { await webSocket.close() }
}
#endif
