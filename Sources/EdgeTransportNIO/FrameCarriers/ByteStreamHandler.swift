#if Networking
import EdgePrimitives
import EdgeTransport
import NIOCore
import NIOSSL

/// The event-loop half of a connection whose bytes are frames; ``ByteStreamLink`` is the half that tasks see.
///
/// ```
/// open --close asked--> closing (the queue leaves) --all taken, or patience over--> closed
///   \--peer's close, break, or a peer that takes nothing--> closed
/// ```
/// TLS tells a close from a break: a peer that leaves in good order says so (close_notify), and what ends without that word
/// was cut.
final class ByteStreamHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = Never
  typealias OutboundOut = ByteBuffer

  private enum State {
    case open
    case closing
    case closed
  }

  /// Four TLS records.
  private static let batchBytes = 64 << 10
  private static let batchesAtOnce = 16

  private let queues: ByteQueues
  private let timing: ByteStreamTiming
  private let counters: LinkCounters
  private var state = State.open
  private var context: ChannelHandlerContext?
  private var bytesWritten = 0
  /// Writes that the socket has not taken to their end.
  private var unfinishedWrites = 0
  private var writeTask: Scheduled<Void>?
  private var closeTask: Scheduled<Void>?

  init(queues: ByteQueues, timing: ByteStreamTiming, counters: LinkCounters) {
    self.queues = queues
    self.timing = timing
    self.counters = counters
  }

  // MARK: Life in the pipeline

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    end(TransportError(code: .connectionLost, message: "the connection was torn down"))
    self.context = nil
  }

  func channelInactive(context: ChannelHandlerContext) {
    // Whatever is no close_notify came as an error before.
    end(nil)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case NIOSSLError.uncleanShutdown:
      end(TransportError(code: .connectionLost, message: "the peer vanished without closing"))
    case is NIOSSLError, is BoringSSLError:
      // The alert of a peer that refuses our certificate comes here, since with TLS 1.3 our handshake is over before.
      end(TransportError(code: .insecure, message: "TLS failed", cause: error))
    default: end(TransportError(code: .connectionLost, message: "the connection failed", cause: error))
    }
    context.close(promise: nil)
  }

  /// The first reason counts. Nil is the peer's close in good order.
  private func end(_ error: TransportError?) {
    if case .closed = state { return }
    state = .closed
    writeTask?.cancel()
    closeTask?.cancel()
    queues.finish(error, isOurs: false)
  }

  // MARK: Receiving

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = unwrapInboundIn(data)
    counters.received(messages: 0, bytes: buffer.readableBytes)
    if case .open = state, buffer.readableBytes > 0 { queues.deliver(Array(buffer.readableBytesView)) }
  }

  /// Back-pressure: while the receiver is slow nothing more is read, and TCP tells the peer.
  func read(context: ChannelHandlerContext) {
    if queues.mayRead() { context.read() }
  }

  // MARK: Sending

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    drain()
    context.fireChannelWritabilityChanged()
  }

  /// Writes what is queued as far as the socket takes it.
  func drain() {
    guard let context else { return }
    var batches = 0
    while context.channel.isWritable {
      if case .closed = state { return }
      guard batches < Self.batchesAtOnce else {
        // Other connections of this loop have their turn.
        context.eventLoop.assumeIsolated().execute { self.drain() }
        break
      }
      let pieces = queues.take(upTo: Self.batchBytes)
      if pieces.isEmpty { break }
      write(pieces)
      // Flushed before the next look at the socket: what TLS holds until then does not count as written, and it would take
      // all that a fast sender has.
      context.flush()
      batches += 1
    }
    if case .closing = state, unfinishedWrites == 0, context.channel.isWritable { cut(nil) }
  }

  private func write(_ pieces: [[UInt8]]) {
    guard let context else { return }
    var buffer = context.channel.allocator.buffer(capacity: pieces.reduce(0) { $0 + $1.count })
    for piece in pieces { buffer.writeBytes(piece) }
    counters.sent(messages: 0, bytes: buffer.readableBytes)
    bytesWritten += buffer.readableBytes
    unfinishedWrites += 1
    let written = context.eventLoop.makePromise(of: Void.self)
    written.futureResult.assumeIsolated().whenComplete { _ in
      self.unfinishedWrites -= 1
      if case .closing = self.state { self.drain() }
    }
    context.write(wrapOutboundOut(buffer), promise: written)
    watchWrites()
  }

  // MARK: Closing

  /// Closes in good order: what is queued leaves first, then the close. A peer that takes nothing is cut off after
  /// ``ByteStreamTiming/closeTimeout``.
  func close() {
    guard case .open = state, let context else { return }
    state = .closing
    queues.finish(nil, isOurs: true)
    closeTask = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(timing.closeTimeout)) {
      self.cut(nil)
    }
    drain()
    // The peer's close_notify is behind whatever it sent before.
    context.read()
  }

  private func cut(_ error: TransportError?) {
    end(error)
    context?.close(promise: nil)
  }

  // MARK: Write deadline

  /// Looks after each ``ByteStreamTiming/writeTimeout`` whether the socket has taken anything in it, as long as something
  /// waits; an idle connection has no timer.
  private func watchWrites() {
    guard writeTask == nil, let context else { return }
    let taken = bytesTaken
    writeTask = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(timing.writeTimeout)) {
      self.writeTask = nil
      guard self.unfinishedWrites > 0 else { return }
      guard self.bytesTaken <= taken else { return self.watchWrites() }
      self.counters.died(.takesNothing, self.peer)
      self.cut(TransportError(code: .timedOut, message: Liveness.Reason.takesNothing.rawValue))
    }
  }

  /// Less than that while something waits: what waits is encrypted, and so a little longer.
  private var bytesTaken: Int {
    bytesWritten - ((try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0)
  }

  private var peer: String { context?.channel.remoteAddress?.description ?? "unknown" }
}

/// How long a connection that carries frames waits for its peer. Who is silent is found by the session's keepalive.
public struct ByteStreamTiming: Hashable, Sendable {
  /// How long the socket may take not one byte of what waits for it; it is noticed after twice as long at most.
  public var writeTimeout: Duration = .seconds(15)
  /// How long a close may take before the socket is cut.
  public var closeTimeout: Duration = .seconds(2)

  public init() {}
}
#endif
