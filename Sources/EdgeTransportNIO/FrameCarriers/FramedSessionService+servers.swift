#if Networking
import EdgeTransport
import NIOCore

extension HubServer {
  /// Serves both kinds of edges on one port: those that offer frames get a framed session, all others KubeEdge's messages,
  /// exactly as without frames.
  ///
  /// ``HubConfiguration/subprotocols`` must name ``FrameProtocol/webSocketSubprotocol``; without it all are served as
  /// KubeEdge's. The service may have further carriers, a ``TLSFrameServer``'s say, between which sessions move.
  /// - Parameters:
  ///   - sessions: whose `run(handleSession:)` runs elsewhere.
  ///   - handleSession: serves one connection of KubeEdge's messages, as in ``run(onReady:handleSession:)``.
  /// - Throws: when the address cannot be bound.
  public func run(
    framedSessions sessions: FramedSessionService, onReady: @Sendable (_ host: String, _ port: Int) -> Void,
    handleSession: @escaping @Sendable (HubConnection) async -> Void
  ) async throws {
    try await run(onReady: onReady) { connection in
      if let carrier = try? connection.webSocket.frameCarrier() {
        await sessions.serve(carrier, of: connection.nodeName)
      } else {
        await handleSession(connection)
      }
    }
  }
}

extension TLSFrameServer {
  /// Serves framed sessions on every carrier; see ``run(onReady:handle:)``.
  public func run(
    framedSessions sessions: FramedSessionService, onReady: @Sendable (_ host: String, _ port: Int) -> Void
  ) async throws {
    try await run(onReady: onReady) { await sessions.serve($0.carrier, of: $0.nodeName) }
  }
}
#endif
