#if Networking
import EdgePrimitives
import EdgeTransport

/// The hub's end of one node's connection.
public struct HubConnection: MessageConnection {
  public let nodeName: NodeName
  public let projectID: String
  public let remoteAddress: String
  let link: WebSocketLink

  public var inbound: InboundMessages { link.inbound }

  public func send(_ message: EdgeMessage) async throws(TransportError) { try await link.send(message) }

  public func close() async { await link.close() }
}
#endif
