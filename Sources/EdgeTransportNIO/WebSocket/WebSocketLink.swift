#if Networking
import EdgePrimitives
import EdgeTransport
import NIOCore
import NIOWebSocket
import Synchronization

/// What both ends of a WebSocket need to know.
struct WebSocketOptions: Sendable {
  enum Role: Sendable { case server, client }

  var role: Role
  var limits: MessageLimits
  var pingInterval: TimeAmount
  var pingTimeout: TimeAmount
  /// How long a close may take before the socket is cut.
  var closeTimeout: TimeAmount = .seconds(2)
  /// Messages that wait for the receiver before reading pauses; what one read brings may come on top.
  var inboundCapacity = 256
  var inboundBytes = 4 << 20
  /// Encoded bytes that wait for the socket before senders suspend.
  var outboundBytes = 1 << 20
  /// The size of one write: four TLS records.
  var batchBytes = 64 << 10
  var entropy: any EntropySource = SystemEntropy()
}

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
  private let received: MessageChannel
  private let outbound: OutboundQueue

  /// Adds the handler to `channel`, on its event loop.
  static func install(on channel: any Channel, options: WebSocketOptions) throws -> WebSocketLink {
    channel.eventLoop.preconditionInEventLoop()
    let isReadingPaused = SharedFlag()
    let received = MessageChannel(capacity: options.inboundCapacity, maximumBytes: options.inboundBytes) {
      if isReadingPaused.clear() { channel.read() }
    }
    let outbound = OutboundQueue(maximumBytes: options.outboundBytes)
    let handler = WebSocketHandler(
      options: options, inbound: received, outbound: outbound, isReadingPaused: isReadingPaused, now: .now())
    let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
    try channel.pipeline.syncOperations.addHandler(handler)
    return WebSocketLink(channel: channel, handler: bound, received: received, outbound: outbound)
  }

  private init(
    channel: any Channel, handler: NIOLoopBound<WebSocketHandler>, received: MessageChannel, outbound: OutboundQueue
  ) {
    self.channel = channel
    self.handler = handler
    self.received = received
    self.outbound = outbound
  }

  var inbound: InboundMessages {
    InboundMessages { [received] () async throws(TransportError) -> EdgeMessage? in try await received.next() }
  }

  func send(_ message: EdgeMessage) async throws(TransportError) {
    try await outbound.push(message.encoded()) { [channel, handler] in
      channel.eventLoop.execute { handler.value.drain() }
    }
  }

  /// Begins the close and returns at once.
  func startClosing(_ code: WebSocketCloseCode, error: TransportError? = nil) {
    channel.eventLoop.execute { [handler] in handler.value.close(code, error: error) }
  }

  /// Closes and waits until the socket is gone.
  func close(_ code: WebSocketCloseCode = .normal, error: TransportError? = nil) async {
    startClosing(code, error: error)
    try? await channel.closeFuture.get()
  }

  var closeFuture: EventLoopFuture<Void> { channel.closeFuture }
}
#endif
