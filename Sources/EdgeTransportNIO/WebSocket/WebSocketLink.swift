#if Networking
import EdgeTransport
import NIOCore
import Synchronization

/// A flag between an event loop and tasks.
final class SharedFlag: Sendable {
  private let value = Atomic(false)

  var isSet: Bool { value.load(ordering: .acquiring) }
  func set() { value.store(true, ordering: .sequentiallyConsistent) }
  /// Whether this call was the one that cleared it.
  func clear() -> Bool { value.exchange(false, ordering: .sequentiallyConsistent) }
}

/// The task half of one WebSocket: the bounded queues in both directions and the way to the event loop.
final class WebSocketLink: Sendable {
  let channel: any Channel
  private let handler: NIOLoopBound<WebSocketHandler>
  private let received: InboundQueue
  private let outbound: OutboundQueue

  /// Adds the handler to `channel`, on its event loop.
  /// - Parameter buffers: of the TLS underneath, whose memory is given back while nothing passes.
  static func install(
    on channel: any Channel, options: WebSocketOptions, buffers: TLSBufferWatch? = nil
  ) throws -> WebSocketLink {
    channel.eventLoop.preconditionInEventLoop()
    let isReadingPaused = SharedFlag()
    let isFailing = SharedFlag()
    let received = InboundQueue(
      maximumCount: options.inboundCapacity, maximumBytes: options.inboundBytes,
      onRoom: {
        if isReadingPaused.isSet, isReadingPaused.clear() { channel.read() }
      },
      onEndReached: {
        if isFailing.clear() { channel.pipeline.fireUserInboundEventTriggered(WebSocketHandler.EndReached()) }
      })
    let outbound = OutboundQueue(maximumBytes: options.outboundBytes)
    let handler = WebSocketHandler(
      options: options, inbound: received, outbound: outbound, isReadingPaused: isReadingPaused,
      isFailing: isFailing, buffers: buffers, quiet: buffers.flatMap { _ in options.quiet?.of(channel.eventLoop) },
      now: .now())
    let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
    try buffers?.handshakeIsOver()
    try channel.pipeline.syncOperations.addHandler(handler)
    return WebSocketLink(channel: channel, handler: bound, received: received, outbound: outbound)
  }

  private init(
    channel: any Channel, handler: NIOLoopBound<WebSocketHandler>, received: InboundQueue, outbound: OutboundQueue
  ) {
    self.channel = channel
    self.handler = handler
    self.received = received
    self.outbound = outbound
  }

  /// The next message; nil when the connection was closed in good order or the task was cancelled.
  func next() async throws(TransportError) -> WebSocketMessage? { try await received.next() }

  func send(_ message: WebSocketMessage) async throws(TransportError) {
    try await outbound.push(message) { [channel, handler] in
      if let turn = EventLoopTurn.collecting(on: channel.eventLoop) {
        turn.add(handler.value)
      } else {
        channel.eventLoop.execute { handler.value.drain() }
      }
    }
  }

  /// Begins the close and returns at once.
  func startClosing(_ code: WebSocketCloseCode, error: TransportError? = nil) {
    channel.eventLoop.execute { [handler] in handler.value.close(code, error: error) }
  }

  /// Closes because a message of the peer was not what it should be.
  func fail(_ code: WebSocketCloseCode, _ reason: String) {
    channel.eventLoop.execute { [handler] in handler.value.fail(code, reason) }
  }

  /// Closes and waits until the socket is gone.
  func close(_ code: WebSocketCloseCode = .normal, error: TransportError? = nil) async {
    startClosing(code, error: error)
    try? await channel.closeFuture.get()
  }

  var closeFuture: EventLoopFuture<Void> { channel.closeFuture }
}
#endif
