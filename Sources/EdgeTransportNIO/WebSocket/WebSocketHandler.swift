#if Networking
import EdgePrimitives
import EdgeTransport
import NIOCore

/// The event-loop half of one WebSocket: bytes in, messages out of them, answers to pings, writes in batches, the
/// closing handshake. ``WebSocketLink`` is the half that tasks see.
///
/// ```
/// open --close asked--> closing (the queue leaves, then our close frame) --peer's close or patience over--> closed
///   |--peer's close--> answered --> closed                     |--socket gone--> closed
///   |--peer breaks a rule--> failing (what came before is still read and answered) --> our close frame, closed
/// ```
final class WebSocketHandler: ChannelDuplexHandler, Quietening {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = Never
  typealias OutboundOut = ByteBuffer

  private enum State {
    case open
    /// Ends with this code once the queue is empty.
    case closing(WebSocketCloseCode)
    /// The peer broke a rule; what it sent before has not been read to its end yet.
    case failing(WebSocketCloseCode, TransportError)
    /// Our close frame is out.
    case closeSent
    case closed
  }

  // Not the options as a whole: there are as many handlers as nodes.
  private let counters: LinkCounters
  private let heartbeat: Heartbeat?
  private let batchBytes: Int
  private let closeTimeout: TimeAmount
  private let inbound: InboundQueue
  private let outbound: OutboundQueue
  /// Set while reading is held back because the receiver is slow.
  private let isReadingPaused: SharedFlag
  /// Set while ``EndReached`` is waited for.
  private let isFailing: SharedFlag
  private var reader: WebSocketReader
  private var writer: WebSocketWriter
  private var liveness: Liveness
  private var state = State.open
  private var livenessTask: Scheduled<Void>?
  private var closeTask: Scheduled<Void>?
  private var heartbeatTask: Scheduled<Void>?
  private var context: ChannelHandlerContext?
  /// What the read in progress brought so far; empty between reads.
  private var batch: [WebSocketMessage] = []
  /// The answer to the newest ping while the socket takes no writes; older ones need none (RFC 6455 5.5.3).
  private var pendingPong: [UInt8]?
  private var bytesWritten = 0
  private var hasUnflushedWrites = false
  private let buffers: TLSBufferWatch?
  private let quiet: QuietConnections?
  /// Since ``wasBusy()`` was last asked.
  private var isBusy = false
  /// Whether ``quiet`` asks.
  private var isWatched = false
  /// In nanoseconds; how long the loop may poll for this connection.
  private let maximumPoll: Int64
  private var poller: LoopPoller?

  init(
    options: WebSocketOptions, inbound: InboundQueue, outbound: OutboundQueue, isReadingPaused: SharedFlag,
    isFailing: SharedFlag, buffers: TLSBufferWatch?, quiet: QuietConnections?, now: NIODeadline
  ) {
    counters = options.counters
    heartbeat = options.heartbeat
    batchBytes = options.batchBytes
    closeTimeout = TimeAmount(options.timing.closeTimeout)
    let poll = min(max(.zero, options.timing.pollBeforeSleep), WebSocketTiming.maximumPollBeforeSleep)
    maximumPoll = TimeAmount(poll).nanoseconds
    self.inbound = inbound
    self.outbound = outbound
    self.isReadingPaused = isReadingPaused
    self.isFailing = isFailing
    self.buffers = buffers
    self.quiet = quiet
    reader = WebSocketReader(
      maximumMessageBytes: options.maximumMessageBytes, expectsMask: options.role == .server)
    writer = WebSocketWriter(masks: options.role == .client, entropy: options.entropy)
    liveness = Liveness(options.timing, now: now)
  }

  // MARK: Life in the pipeline

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    if maximumPoll > 0 { poller = LoopPoller.ofThisLoop }
    noteTraffic()
    watchLiveness()
    // NIO's upgrade takes no writes before it is over, which is when this turn of the loop is.
    if heartbeat != nil { context.eventLoop.assumeIsolated().execute { self.beat() } }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    end(TransportError(code: .connectionLost, message: "the connection was torn down"))
    poller?.removed(self)
    poller = nil
    self.context = nil
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(TransportError(code: .connectionLost, message: "the peer vanished without closing"))
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    end(TransportError(code: .connectionLost, message: "the connection failed", cause: error))
    context.close(promise: nil)
  }

  /// Tells both queues how it ended and stops the timers. The first reason counts.
  private func end(_ error: TransportError?) {
    if case .closed = state { return }
    state = .closed
    livenessTask?.cancel()
    closeTask?.cancel()
    heartbeatTask?.cancel()
    // In this order, so that whoever has seen the end of what comes in can no longer send.
    outbound.finish(error ?? .closed)
    deliverBatch()
    inbound.finish(error)
  }

  // MARK: Receiving

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = unwrapInboundIn(data)
    buffers?.hasDecrypted(buffer)
    // Sound: the reader copies what it keeps before this returns.
    buffer.withUnsafeReadableBytes { bytes in
      reader.receive(bytes) { event in handle(event) }
    }
    let now = NIODeadline.now()
    liveness.heard(now: now, isInsideMessage: reader.isInsideMessage)
    counters.received(messages: batch.count, bytes: buffer.readableBytes)
    poller?.received(
      messages: batch.count, bytes: buffer.readableBytes, from: self, maximum: maximumPoll, now: now)
    EventLoopTurn.collect {
      deliverBatch()
      flush()
    }
    poller?.turnEnded()
    noteTraffic()
  }

  private func handle(_ event: WebSocketReader.Event) {
    switch event {
    case .message(let message): if case .open = state { batch.append(message) }
    case .pong: break
    case .ping(let payload):
      pendingPong = payload
      writePendingPong()
    case .close(let code): answerClose(code)
    case .violation(let code, let reason): failAfterReading(code, reason)
    }
  }

  private func deliverBatch() {
    if batch.isEmpty { return }
    inbound.append(batch)
    batch.removeAll(keepingCapacity: batch.count <= 64)
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
    guard let context else { return }
    writePendingPong()
    var batches = 0
    while context.channel.isWritable {
      guard batches < Self.batchesAtOnce else {
        // Other connections of this loop have their turn.
        context.eventLoop.assumeIsolated().execute { self.drain() }
        break
      }
      let messages = outbound.take(upTo: batchBytes)
      if messages.isEmpty {
        if case .closing(let code) = state { writeClose(code) }
        break
      }
      if case .closed = state { return }
      write(messages)
      // Flushed before the next look at the socket: what TLS holds until then does not count as written, and it would take
      // all that a fast sender has.
      flush()
      batches += 1
    }
    flush()
    if batches > 0 { poller?.sent(on: self, context: context) }
  }

  private static let batchesAtOnce = 16
  /// Not the connection's: what is written lives for a moment only.
  private static let allocator = ByteBufferAllocator()

  private func write(_ messages: [WebSocketMessage]) {
    let room = messages.reduce(0) { $0 + $1.bytes.count + WebSocketWriter.maximumHeaderBytes }
    var buffer = Self.allocator.buffer(capacity: room)
    for message in messages {
      append(message.kind == .text ? .text : .binary, message.bytes, to: &buffer)
    }
    counters.sent(messages: messages.count, bytes: buffer.readableBytes)
    write(buffer)
  }

  private func append(_ opcode: WebSocketOpcode, _ payload: [UInt8], to buffer: inout ByteBuffer) {
    // Sound: the buffer gives the room asked for, and the writer says how much of it was used.
    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: payload.count + WebSocketWriter.maximumHeaderBytes) {
      target in payload.withUnsafeBytes { writer.write(opcode, $0, into: target) }
    }
  }

  private func writeControl(_ opcode: WebSocketOpcode, _ payload: [UInt8]) {
    var buffer = Self.allocator.buffer(capacity: payload.count + WebSocketWriter.maximumHeaderBytes)
    append(opcode, payload, to: &buffer)
    counters.sent(messages: 0, bytes: buffer.readableBytes)
    write(buffer)
  }

  private func write(_ buffer: ByteBuffer) {
    bytesWritten += buffer.readableBytes
    hasUnflushedWrites = true
    context?.write(wrapOutboundOut(buffer), promise: nil)
  }

  private func flush() {
    guard hasUnflushedWrites else { return }
    hasUnflushedWrites = false
    context?.flush()
    noteTraffic()
  }

  private func writePendingPong() {
    guard let payload = pendingPong, let context, context.channel.isWritable else { return }
    pendingPong = nil
    writeControl(.pong, payload)
  }

  // MARK: Quiet

  private func noteTraffic() {
    isBusy = true
    guard !isWatched, let quiet else { return }
    isWatched = true
    quiet.add(self)
  }

  func wasBusy() -> Bool {
    defer { isBusy = false }
    return isBusy
  }

  func becameQuiet() -> Bool {
    // What is left of a closed connection goes by itself.
    guard context != nil, let buffers, !hasUnflushedWrites else { return context == nil }
    guard buffers.release() else { return false }
    isWatched = false
    return true
  }

  // MARK: Closing

  /// Closes in good order: what is queued leaves first, then the close frame. A peer that takes nothing and answers
  /// nothing is cut off after ``WebSocketTiming/closeTimeout``.
  func close(_ code: WebSocketCloseCode, error: TransportError?) {
    guard case .open = state, let context else { return }
    state = .closing(code)
    outbound.finish(error ?? .closed)
    inbound.finish(error)
    closeTask = context.eventLoop.assumeIsolated().scheduleTask(in: closeTimeout) {
      self.cut(nil)
    }
    drain()
  }

  /// Closes because of what the peer sent, at once.
  func fail(_ code: WebSocketCloseCode, _ reason: String) {
    guard case .open = state else { return cut(nil) }
    counters.violated(code, reason, by: peer)
    finishFailing(code, Self.error(forViolation: code, reason))
  }

  /// The reader has seen everything that came in before the end.
  struct EndReached {}

  /// Closes because of what the peer sent, after its earlier messages had their due: how much of a read came before the
  /// fault is chance.
  private func failAfterReading(_ code: WebSocketCloseCode, _ reason: String) {
    guard case .open = state, let context else { return cut(nil) }
    counters.violated(code, reason, by: peer)
    let error = Self.error(forViolation: code, reason)
    state = .failing(code, error)
    isFailing.set()
    deliverBatch()
    inbound.finish(error)
    closeTask = context.eventLoop.assumeIsolated().scheduleTask(in: closeTimeout) {
      self.finishFailing(code, error)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard event is EndReached else { return context.fireUserInboundEventTriggered(event) }
    if case .failing(let code, let error) = state { finishFailing(code, error) }
  }

  private func finishFailing(_ code: WebSocketCloseCode, _ error: TransportError) {
    outbound.finish(error)
    drain()
    writeControl(.close, Self.payload(code))
    flush()
    cut(error)
  }

  private static func error(forViolation code: WebSocketCloseCode, _ reason: String) -> TransportError {
    TransportError(code: code == .tooBig ? .tooLarge : .protocolViolation, message: "the peer sent \(reason)")
  }

  private func writeClose(_ code: WebSocketCloseCode) {
    state = .closeSent
    writeControl(.close, Self.payload(code))
  }

  private func answerClose(_ code: WebSocketCloseCode?) {
    switch state {
    case .closed: return
    case .closeSent, .closing, .failing: break
    case .open:
      // A close without a code is answered without one.
      writeControl(.close, code.map(Self.payload) ?? [])
      flush()
    }
    cut(Self.error(forPeerClose: code))
  }

  private static func payload(_ code: WebSocketCloseCode) -> [UInt8] {
    [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xFF)]
  }

  private var peer: String { context?.channel.remoteAddress?.description ?? "unknown" }

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

  private func beat() {
    guard let heartbeat, let context, case .open = state else { return }
    // A socket that takes nothing has no use for more.
    if context.channel.isWritable {
      write([heartbeat.make()])
      flush()
    }
    heartbeatTask = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(heartbeat.interval)) {
      self.beat()
    }
  }

  private func watchLiveness() {
    guard let context else { return }
    // A link on which we hold back reading says nothing about what its peer sends.
    if isReadingPaused.isSet { liveness.heard(now: .now()) }
    let waiting = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    let next: NIODeadline
    switch liveness.tick(now: .now(), written: bytesWritten, waiting: waiting) {
    case .dead(let reason):
      counters.died(reason, peer)
      return cut(TransportError(code: .timedOut, message: reason.rawValue))
    case .wait(let deadline): next = deadline
    case .ping(let lookAgain):
      writeControl(.ping, [])
      flush()
      next = lookAgain
    }
    livenessTask = context.eventLoop.assumeIsolated().scheduleTask(deadline: next) { self.watchLiveness() }
  }
}
#endif
