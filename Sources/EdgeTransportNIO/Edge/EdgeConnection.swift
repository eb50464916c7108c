#if Networking
import EdgeTransport

/// An edge's end of its connection to the hub. One-shot: when it has ended, connect again.
public struct EdgeConnection: MessageConnection {
  let link: WebSocketLink

  public var inbound: InboundMessages { link.inbound }

  public func send(_ message: EdgeMessage) async throws(TransportError) { try await link.send(message) }

  public func close() async { await link.close() }
}
#endif
