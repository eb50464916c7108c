#if Networking
import EdgePrimitives
import EdgeTransport
import NIOCore
import NIOWebSocket
import Synchronization

/// The event-loop half of one WebSocket: frames in, messages out of them, answers to pings, writes in batches, the
/// closing handshake. ``WebSocketLink`` is the half that tasks see.
///
/// ```
/// open --close asked--> closing (the queue leaves, then our close frame) --peer's close or patience over--> closed
///   |--peer's close--> answered --> closed                     |--socket gone--> closed
/// ```
final class WebSocketHandler: ChannelDuplexHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundIn = Never
  typealias OutboundOut = ByteBuffer

  private enum State {
    case open
    /// Ends with this code once the queue is empty.
    case closing(WebSocketCloseCode)
    /// Our close frame is out.
    case closeSent
    case closed
  }

  private let options: WebSocketOptions
  private let inbound: MessageChannel
  private let outbound: OutboundQueue
  /// Set while reading is held back because the receiver is slow.
  private let isReadingPaused: SharedFlag
  private let writer: FrameWriter
  private var assembler: FrameAssembler
  private var liveness: Liveness
  private var state = State.open
  private var livenessTask: Scheduled<Void>?
  private var closeTask: Scheduled<Void>?
  /// Writes leave from here, below the frame encoder that NIO's upgrade puts into the pipeline: we write whole batches.
  private var exit: ChannelHandlerContext?
  private var context: ChannelHandlerContext?
  /// The answer to the newest ping while the socket takes no writes; older ones need none (RFC 6455 5.5.3).
  private var pendingPong: ByteBuffer?

  init(
    options: WebSocketOptions, inbound: MessageChannel, outbound: OutboundQueue, isReadingPaused: SharedFlag,
    now: NIODeadline
  ) {
    self.options = options
    self.inbound = inbound
    self.outbound = outbound
    self.isReadingPaused = isReadingPaused
    writer = FrameWriter(masks: options.role == .client, entropy: options.entropy)
    assembler = FrameAssembler(
      maximumMessageBytes: options.limits.maximumBytes, expectsMask: options.role == .server)
    liveness = Liveness(interval: options.pingInterval, timeout: options.pingTimeout, now: now)
  }

  // MARK: Life in the pipeline

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    exit = try? context.pipeline.syncOperations.context(handlerType: WebSocketFrameEncoder.self)
    watchLiveness()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    end(TransportError(code: .connectionLost, message: "the connection was torn down"))
    self.context = nil
    exit = nil
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(TransportError(code: .connectionLost, message: "the peer vanished without closing"))
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case NIOWebSocketError.invalidFrameLength:
      fail(.tooBig, "a frame longer than \(options.limits.maximumBytes) bytes")
    case is NIOWebSocketError: fail(.protocolError, "a malformed frame (\(error))")
    default:
      end(TransportError(code: .connectionLost, message: "the connection failed", cause: error))
      context.close(promise: nil)
    }
  }

  /// Tells both queues how it ended and stops the timers. The first reason counts.
  private func end(_ error: TransportError?) {
    if case .closed = state { return }
    state = .closed
    livenessTask?.cancel()
    closeTask?.cancel()
    // In this order, so that whoever has seen the end of what comes in can no longer send.
    outbound.finish(error ?? .closed)
    inbound.finish(error)
  }

  // MARK: Receiving

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    liveness.heard(now: .now())
    switch assembler.receive(unwrapInboundIn(data)) {
    case .none, .pong: break
    case .message(let data): receive(data)
    case .ping(let data):
      pendingPong = data
      writePendingPong()
    case .close(let code): answerClose(code)
    case .violation(let code, let reason): fail(code, reason)
    }
  }

  private func receive(_ data: ByteBuffer) {
    guard case .open = state else { return }
    do throws(MessageError) {
      let message = try EdgeMessage(decoding: Array(data.readableBytesView), limits: options.limits)
      _ = inbound.offer(message)
    } catch {
      fail(error.code == .tooLarge ? .tooBig : .invalidData, error.description)
    }
  }

  /// Back-pressure: while the receiver is slow nothing more is read, and TCP tells the peer.
  func read(context: ChannelHandlerContext) {
    if inbound.isFull {
      isReadingPaused.set()
      // The receiver may have made room in between, and would then not wake us.
      guard !inbound.isFull, isReadingPaused.clear() else { return }
    }
    context.read()
  }

  // MARK: Sending

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    drain()
    context.fireChannelWritabilityChanged()
  }

  /// Writes what is queued as far as the socket takes it, many messages to a write.
  func drain() {
    guard let exit, let context else { return }
    var hasWritten = writePendingPong(flushing: false)
    while context.channel.isWritable {
      let payloads = outbound.take(upTo: options.batchBytes)
      if payloads.isEmpty {
        if case .closing(let code) = state { writeClose(code) }
        break
      }
      if case .closed = state { return }
      let count = payloads.reduce(0) { $0 + $1.count + 14 }
      var buffer = context.channel.allocator.buffer(capacity: count)
      for payload in payloads { writer.append(.text, payload, to: &buffer) }
      exit.write(wrapOutboundOut(buffer), promise: nil)
      hasWritten = true
    }
    if hasWritten { exit.flush() }
  }

  @discardableResult
  private func writePendingPong(flushing: Bool = true) -> Bool {
    guard let data = pendingPong, let context, context.channel.isWritable else { return false }
    pendingPong = nil
    write(.pong, data.readableBytesView, flushing: flushing)
    return true
  }

  private func write(_ opcode: WebSocketOpcode, _ payload: some Collection<UInt8>, flushing: Bool = true) {
    guard let exit, let context else { return }
    var buffer = context.channel.allocator.buffer(capacity: payload.count + 14)
    writer.append(opcode, payload, to: &buffer)
    exit.write(wrapOutboundOut(buffer), promise: nil)
    if flushing { exit.flush() }
  }

  // MARK: Closing

  /// Closes in good order: what is queued leaves first, then the close frame. A peer that takes nothing and answers
  /// nothing is cut off after ``WebSocketOptions/closeTimeout``.
  func close(_ code: WebSocketCloseCode, error: TransportError?) {
    guard case .open = state, let context else { return }
    state = .closing(code)
    outbound.finish(error ?? .closed)
    inbound.finish(error)
    closeTask = context.eventLoop.assumeIsolated().scheduleTask(in: options.closeTimeout) { self.cut(nil) }
    drain()
  }

  private func writeClose(_ code: WebSocketCloseCode) {
    state = .closeSent
    write(.connectionClose, [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xFF)])
  }

  private func answerClose(_ code: WebSocketCloseCode?) {
    switch state {
    case .closed: return
    case .closeSent, .closing: break
    case .open:
      // A close without a code is answered without one.
      let echo: [UInt8] = code.map { [UInt8($0.rawValue >> 8), UInt8($0.rawValue & 0xFF)] } ?? []
      write(.connectionClose, echo)
    }
    cut(Self.error(forPeerClose: code))
  }

  /// The peer broke the protocol: say so and leave.
  private func fail(_ code: WebSocketCloseCode, _ reason: String) {
    guard case .open = state else { return cut(nil) }
    write(.connectionClose, [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xFF)])
    cut(TransportError(code: code == .tooBig ? .tooLarge : .protocolViolation, message: "the peer sent \(reason)"))
  }

  private func cut(_ error: TransportError?) {
    end(error)
    context?.close(promise: nil)
  }

  private static func error(forPeerClose code: WebSocketCloseCode?) -> TransportError? {
    guard let code, !code.isGoodOrder else { return nil }
    switch code {
    case .takenOver:
      return TransportError(code: .takenOver, message: "a newer session of this node took over")
    case .tooBig: return TransportError(code: .tooLarge, message: "the peer found a message too long")
    default: return TransportError(code: .protocolViolation, message: "the peer closed with code \(code.rawValue)")
    }
  }

  // MARK: Liveness

  private func watchLiveness() {
    guard let context else { return }
    // A link on which we hold back reading says nothing about its peer.
    if isReadingPaused.isSet { liveness.heard(now: .now()) }
    let next: NIODeadline
    switch liveness.tick(now: .now()) {
    case .dead: return cut(TransportError(code: .timedOut, message: "the peer no longer answers pings"))
    case .wait(let deadline): next = deadline
    case .ping(let lookAgain):
      write(.ping, [])
      next = lookAgain
    }
    livenessTask = context.eventLoop.assumeIsolated().scheduleTask(deadline: next) { self.watchLiveness() }
  }
}
#endif
