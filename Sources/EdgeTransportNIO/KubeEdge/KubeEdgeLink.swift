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
  var sources = Sources.system

  /// Where ids and times come from. Shared, since there are as many links as nodes.
  final class Sources: Sendable {
    let entropy: any EntropySource
    let clock: any WallClock

    init(entropy: any EntropySource, clock: any WallClock) {
      self.entropy = entropy
      self.clock = clock
    }

    static let system = Sources(entropy: SystemEntropy(), clock: SystemWallClock())
  }

  var inbound: InboundMessages {
    InboundMessages { () async throws(TransportError) -> EdgeMessage? in Received.message(of: try await next()) }
  }

  func send(_ message: EdgeMessage) async throws(TransportError) {
    try await socket.send(WebSocketMessage(.text, bytes: message.encoded()))
  }

  /// Waiting for a message is where a session spends its life, so the frame that waits holds nothing else: what is done
  /// with a message stands in a function of its own, and a message lives in a box. For ten thousand sessions that is
  /// tens of megabytes.
  private func next() async throws(TransportError) -> Received? {
    while let received = try await socket.next() {
      switch try judge(received) {
      case .deliver(let message): return message
      case .answer(let answer): try await say(answer)
      case .drop: break
      }
    }
    return nil
  }

  @inline(never)
  private func say(_ answer: WebSocketMessage) async throws(TransportError) { try await socket.send(answer) }

  private final class Received: Sendable {
    private let message: EdgeMessage

    init(_ message: EdgeMessage) { self.message = message }

    @inline(never)
    static func message(of received: Received?) -> EdgeMessage? { received?.message }
  }

  private enum Judgement {
    case deliver(Received)
    /// It was for the connection itself, which says this.
    case answer(WebSocketMessage)
    case drop
  }

  @inline(never)
  private func judge(_ received: WebSocketMessage) throws(TransportError) -> Judgement {
    let message = try decode(received)
    switch message.linkRule {
    case .deliver: return .deliver(Received(message))
    case .acknowledge:
      let answer = message.controlAnswer(id: UniqueID(from: sources.entropy), timestamp: sources.clock.now())
      return .answer(WebSocketMessage(.text, bytes: answer.encoded()))
    case .drop: return .drop
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
