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
  private let interruption: LoopPoller.Interruption

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

  /// On the event loop of `channel`.
  private init(
    channel: any Channel, handler: NIOLoopBound<WebSocketHandler>, received: InboundQueue, outbound: OutboundQueue
  ) {
    interruption = LoopPoller.ofThisLoop.interruption
    self.channel = channel
    self.handler = handler
    self.received = received
    self.outbound = outbound
  }

  /// The next message; nil when the connection was closed in good order or the task was cancelled.
  func next() async throws(TransportError) -> WebSocketMessage? { try await received.next() }

  func send(_ message: WebSocketMessage) async throws(TransportError) {
    try await outbound.push(message) {
      if let turn = EventLoopTurn.collecting(on: channel.eventLoop) {
        turn.add(handler.value)
      } else {
        execute { $0.drain() }
      }
    }
  }

  private func execute(_ body: @escaping @Sendable (WebSocketHandler) -> Void) {
    interruption.raise()
    channel.eventLoop.execute { [handler] in body(handler.value) }
  }

  /// Begins the close and returns at once.
  func startClosing(_ code: WebSocketCloseCode, error: TransportError? = nil) {
    execute { $0.close(code, error: error) }
  }

  /// Closes because a message of the peer was not what it should be.
  func fail(_ code: WebSocketCloseCode, _ reason: String) {
    execute { $0.fail(code, reason) }
  }

  /// Closes and waits until the socket is gone.
  func close(_ code: WebSocketCloseCode = .normal, error: TransportError? = nil) async {
    startClosing(code, error: error)
    try? await channel.closeFuture.get()
  }

  var closeFuture: EventLoopFuture<Void> { channel.closeFuture }
}
#endif
