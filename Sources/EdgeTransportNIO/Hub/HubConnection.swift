#if Networking
import EdgePrimitives
import EdgeTransport

/// The hub's end of one node's connection.
public struct HubConnection: MessageConnection {
  public let nodeName: NodeName
  public let projectID: String
  public let remoteAddress: String
  /// What is underneath; whoever agreed on a subprotocol speaks it there and leaves the messages alone.
  public let webSocket: WebSocketConnection
  private let messages: KubeEdgeLink

  init(admission: HubAdmission, webSocket: WebSocketConnection, limits: MessageLimits) {
    nodeName = admission.nodeName
    projectID = admission.projectID
    remoteAddress = admission.remoteAddress
    self.webSocket = webSocket
    messages = KubeEdgeLink(socket: webSocket.link, limits: limits)
  }

  public var inbound: InboundMessages { messages.inbound }

  public func send(_ message: EdgeMessage) async throws(TransportError) { try await messages.send(message) }

  public func close() async { await webSocket.close() }
}
#endif
