#if Networking
import EdgeTransport

/// What an edge and its hub have agreed to speak.
public enum HubLink: Sendable {
  /// Both know frames: go on with a ``FramedSession``.
  case frames(WebSocketFrameCarrier)
  /// The hub is KubeEdge's or as old: its messages, on the connection that stands.
  case kubeEdge(EdgeConnection)
}

extension EdgeHubClient {
  /// Connects, and offers frames. A hub that does not know them serves the connection as any other edge's, so that falling
  /// back costs nothing.
  /// - Throws: as ``connect()``.
  public func connectPreferringFrames() async throws(TransportError) -> HubLink {
    let connection = try await connect(offering: [FrameProtocol.webSocketSubprotocol])
    if let carrier = try? connection.webSocket.frameCarrier() { return .frames(carrier) }
    return .kubeEdge(connection)
  }

  /// Connects, and takes nothing but frames; for `FramedSession.run(connect:)`.
  /// - Throws: as ``connect()``, and `framesNotSpoken`, after the connection was closed.
  public func connectFrames() async throws(TransportError) -> WebSocketFrameCarrier {
    switch try await connectPreferringFrames() {
    case .frames(let carrier): return carrier
    case .kubeEdge(let connection):
      await connection.close()
      throw .framesNotSpoken
    }
  }
}
#endif
