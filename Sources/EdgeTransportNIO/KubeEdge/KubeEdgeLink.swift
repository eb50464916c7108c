#if Networking
import EdgePrimitives
import EdgeTransport

/// KubeEdge's messages on a WebSocket, the same for both ends: one message a WebSocket message, written as text, taken as
/// text or binary; control words are answered here and never seen above.
///
/// Messages are decoded by the task that reads them, not on the event loop: a long one holds up its own connection only.
struct KubeEdgeLink: Sendable {
  let socket: WebSocketLink
  let limits: MessageLimits
  var entropy: any EntropySource = SystemEntropy()
  var clock: any WallClock = SystemWallClock()

  var inbound: InboundMessages {
    InboundMessages { () async throws(TransportError) -> EdgeMessage? in try await next() }
  }

  func send(_ message: EdgeMessage) async throws(TransportError) {
    try await socket.send(WebSocketMessage(.text, bytes: message.encoded()))
  }

  /// Waiting for a message is where a session spends its life, so the frame that waits holds nothing else: what is done
  /// with a message stands in functions of its own. For ten thousand sessions that is tens of megabytes.
  @inline(never)
  private func next() async throws(TransportError) -> EdgeMessage? {
    while let received = try await socket.next() {
      if let message = try await take(received) { return message }
    }
    return nil
  }

  /// Nil when the message was for the connection itself.
  @inline(never)
  private func take(_ received: WebSocketMessage) async throws(TransportError) -> EdgeMessage? {
    let message = try decode(received)
    switch message.linkRule {
    case .deliver: return message
    case .acknowledge:
      try await send(message.controlAnswer(id: UniqueID(from: entropy), timestamp: clock.now()))
      return nil
    case .drop: return nil
    }
  }

  private func decode(_ received: WebSocketMessage) throws(TransportError) -> EdgeMessage {
    do throws(MessageError) {
      return try EdgeMessage(decoding: received.bytes, limits: limits)
    } catch {
      socket.fail(error.code == .tooLarge ? .tooBig : .invalidData, error.description)
      throw TransportError(code: .protocolViolation, message: "the peer sent what is no message", cause: error)
    }
  }
}
#endif
