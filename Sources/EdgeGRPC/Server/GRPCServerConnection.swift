#if Networking
import Logging
import NIOCore
import NIOHPACK
import NIOHTTP2

/// One connection of a server, on its event loop: frames in, calls out, frames back.
///
/// A stream is known from its headers until HTTP/2 says that it is closed, which for an answer that flow control holds
/// back is later than the handler's end: a draining connection waits for it.
final class GRPCServerConnection: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame
  typealias OutboundOut = HTTP2Frame

  let configuration: GRPCServerConfiguration
  private let services: GRPCServices
  let mailbox: LoopMailbox<ServerCommand>
  private let registry: ServerRegistry
  private let logger: Logger

  private var context: ChannelHandlerContext?
  private var streams: [HTTP2StreamID: ServerStream] = [:]
  private var window: ReceiveWindow
  private var strikes: PingStrikes
  private var keepalive: Keepalive?
  private var handshakeTimer: Scheduled<Void>?
  private var isReading = false
  private var needsFlush = false
  private var lastStream: HTTP2StreamID = .rootStream
  private var drain = Drain.none
  /// Calls whose deadline must be watched if they are still there when this read is dealt with; most are not.
  private var newDeadlines: [ServerStream] = []
  private var bufferedRequestBytes = 0
  private var unwrittenResponseBytes = 0

  private enum Drain {
    case none
    /// The peer was told to open no more streams; its answer to our ping shows that it has heard of it.
    case announced
    case confirmed
  }

  private static let drainPing: UInt64 = 0x6472_6169_6e21
  private static let keepalivePing: UInt64 = 0x616c_6976_653f
  /// Smaller answers are not counted while they are unwritten: their number is bounded by that of streams.
  private static let countedAnswerBytes = 16 << 10

  init(
    configuration: GRPCServerConfiguration, services: GRPCServices, mailbox: LoopMailbox<ServerCommand>,
    registry: ServerRegistry, logger: Logger
  ) {
    self.configuration = configuration
    self.services = services
    self.mailbox = mailbox
    self.registry = registry
    self.logger = logger
    window = ReceiveWindow(size: configuration.connectionWindowBytes)
    strikes = PingStrikes(minimumInterval: TimeAmount(configuration.minimumPingInterval))
  }

  // MARK: - Life of the connection

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    mailbox.open(self)
    let timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(configuration.handshakeTimeout)) {
      context.close(promise: nil)
    }
    handshakeTimer = timer
  }

  func channelActive(context: ChannelHandlerContext) {
    // Every connection begins with a window of 65,535 bytes, whatever the settings say.
    let more = configuration.connectionWindowBytes - 65_535
    if more > 0 { write(.rootStream, .windowUpdate(windowSizeIncrement: more)) }
    flush()
    context.fireChannelActive()
  }

  private func handshakeEnded(_ context: ChannelHandlerContext) {
    guard let timer = handshakeTimer else { return }
    timer.cancel()
    handshakeTimer = nil
    let keepalive = Keepalive(
      interval: TimeAmount(configuration.keepaliveInterval), timeout: TimeAmount(configuration.keepaliveTimeout),
      eventLoop: context.eventLoop)
    keepalive.start(
      ping: { [weak self] in
        self?.write(.rootStream, .ping(HTTP2PingData(withInteger: Self.keepalivePing), ack: false))
        self?.flush()
      },
      giveUp: { [weak self] in
        self?.logger.debug("connection closed: the peer does not answer pings")
        self?.context?.close(promise: nil)
      })
    self.keepalive = keepalive
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(GRPCStatus(.cancelled, "the connection was closed"))
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    end(GRPCStatus(.cancelled, "the connection was closed"))
    self.context = nil
  }

  private func end(_ status: GRPCStatus) {
    mailbox.close()
    handshakeTimer?.cancel()
    handshakeTimer = nil
    keepalive?.stop()
    keepalive = nil
    let open = streams.values
    streams = [:]
    for stream in open where !stream.isFinished {
      stream.entry.metrics.callEnded(status.code)
      stream.release(status)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // A stream error has been answered with RST_STREAM already and ends with `StreamClosedEvent`.
    if error is NIOHTTP2Errors.StreamError { return }
    logger.debug("connection closed", metadata: ["error": "\(error)"])
    context.close(promise: nil)
  }

  // MARK: - Writing

  private func write(
    _ stream: HTTP2StreamID, _ payload: HTTP2Frame.FramePayload, promise: EventLoopPromise<Void>? = nil
  ) {
    guard let context else {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    needsFlush = true
    context.write(wrapOutboundOut(HTTP2Frame(streamID: stream, payload: payload)), promise: promise)
  }

  private func flush() {
    guard needsFlush, !isReading else { return }
    needsFlush = false
    context?.flush()
  }

  private func writeHeaders(_ stream: ServerStream) {
    guard !stream.hasSentHeaders else { return }
    stream.hasSentHeaders = true
    strikes.sentFrames()
    write(stream.id, .headers(.init(headers: CallHeaders.response)))
  }

  private func writeData(_ stream: ServerStream, _ frame: ByteBuffer, written: (@Sendable () -> Void)? = nil) {
    let bytes = frame.readableBytes
    strikes.sentData(bytes)
    var promise: EventLoopPromise<Void>?
    if written != nil || bytes >= Self.countedAnswerBytes, let context {
      let made = context.eventLoop.makePromise(of: Void.self)
      unwrittenResponseBytes += bytes
      made.futureResult.assumeIsolated().whenComplete { _ in
        self.unwrittenResponseBytes -= bytes
        written?()
      }
      promise = made
    }
    write(stream.id, .data(.init(data: .byteBuffer(frame))), promise: promise)
  }

  private func finish(_ stream: ServerStream, _ status: GRPCStatus) {
    guard !stream.isFinished else { return }
    stream.entry.metrics.callEnded(status.code)
    let peerHasEnded = stream.peerHasEnded
    let hasSentHeaders = stream.hasSentHeaders
    forget(bufferedBy: stream)
    // Writing the trailers may close the stream before `write` returns.
    stream.release(status)
    strikes.sentFrames()
    respond(
      stream.id, CallHeaders.trailers(status, afterHeaders: hasSentHeaders), peerHasEnded: peerHasEnded)
  }

  /// Ends our side, and then the peer's if it has not: it must not send what nobody reads.
  private func respond(_ id: HTTP2StreamID, _ headers: HPACKHeaders, peerHasEnded: Bool) {
    let payload = HTTP2Frame.FramePayload.headers(.init(headers: headers, endStream: true))
    guard !peerHasEnded, let context else { return write(id, payload) }
    // Not before the trailers are out: a reset overtakes what flow control holds back.
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenSuccess {
      if self.streams[id] != nil {
        self.write(id, .rstStream(.noError))
        self.flush()
      }
    }
    write(id, payload, promise: promise)
  }

  // MARK: - Reading

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    isReading = true
    let frame = unwrapInboundIn(data)
    switch frame.payload {
    case .data(let data): received(data, on: frame.streamID)
    case .headers(let headers): received(headers, on: frame.streamID)
    case .ping(let data, let isAnswer):
      if isAnswer {
        if data.integer == Self.drainPing { confirmDrain() }
      } else if strikes.receivedPing(at: .now()) {
        logger.debug("connection closed: too many pings")
        write(
          .rootStream,
          .goAway(
            lastStreamID: lastStream, errorCode: .enhanceYourCalm,
            opaqueData: ByteBuffer(string: "too_many_pings")))
        context.flush()
        context.close(promise: nil)
      }
    case .settings(.settings): handshakeEnded(context)
    default: break
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReading = false
    keepalive?.didRead()
    watchDeadlines(context)
    flush()
    context.fireChannelReadComplete()
  }

  private func watchDeadlines(_ context: ChannelHandlerContext) {
    guard !newDeadlines.isEmpty else { return }
    for stream in newDeadlines where !stream.isFinished {
      guard let deadline = stream.call.deadline else { continue }
      stream.timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self, weak stream] in
        guard let self, let stream else { return }
        finish(stream, GRPCStatus(.deadlineExceeded, "context deadline exceeded"))
        flush()
      }
    }
    newDeadlines.removeAll(keepingCapacity: true)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let closed = event as? StreamClosedEvent, let stream = streams.removeValue(forKey: closed.streamID) {
      if !stream.isFinished {
        let status = GRPCStatus(.cancelled, "the client cancelled the call")
        stream.entry.metrics.callEnded(status.code)
        forget(bufferedBy: stream)
        stream.release(status)
      }
      closeIfDrained()
    }
    context.fireUserInboundEventTriggered(event)
  }

  private func received(_ frame: HTTP2Frame.FramePayload.Headers, on id: HTTP2StreamID) {
    if let stream = streams[id] {
      // Trailers of a client say nothing but the end.
      if frame.endStream { peerEnded(stream) }
      return
    }
    if id > lastStream { lastStream = id }
    let headers = CallHeaders(frame.headers)
    guard headers.isPost, headers.isGRPC else {
      return refuse(
        id, [":status": headers.isPost ? "415" : "405", "grpc-status": "13", "content-type": "application/grpc"], frame)
    }
    guard let entry = services[headers.path] else {
      return refuse(id, CallHeaders.trailers(services.status(ofUnknown: headers.path), afterHeaders: false), frame)
    }
    guard !headers.hasBadTimeout else {
      let status = GRPCStatus(.internalError, "malformed grpc-timeout")
      return refuse(id, CallHeaders.trailers(status, afterHeaders: false), frame)
    }
    if let encoding = headers.encoding {
      let status = GRPCStatus(.unimplemented, "grpc: Decompressor is not installed for grpc-encoding \"\(encoding)\"")
      var trailers = CallHeaders.trailers(status, afterHeaders: false)
      trailers.add(name: "grpc-accept-encoding", value: "identity")
      return refuse(id, trailers, frame)
    }
    guard unwrittenResponseBytes <= configuration.maximumBufferedResponseBytes else {
      let status = GRPCStatus(.resourceExhausted, "too many responses of this connection are unread")
      return refuse(id, CallHeaders.trailers(status, afterHeaders: false), frame)
    }
    open(id, entry, headers, frame)
  }

  private func refuse(_ id: HTTP2StreamID, _ trailers: HPACKHeaders, _ frame: HTTP2Frame.FramePayload.Headers) {
    strikes.sentFrames()
    if !frame.endStream {
      write(id, .headers(.init(headers: trailers, endStream: true)))
      write(id, .rstStream(.noError))
    } else {
      write(id, .headers(.init(headers: trailers, endStream: true)))
    }
  }

  private func open(
    _ id: HTTP2StreamID, _ entry: GRPCServices.Entry, _ headers: CallHeaders, _ frame: HTTP2Frame.FramePayload.Headers
  ) {
    let deadline = headers.timeout.map { NIODeadline.now() + $0 }
    let call = GRPCServerCall(
      path: entry.path, metadata: frame.headers, peer: context?.remoteAddress, deadline: deadline)
    let stream = ServerStream(
      id: id, entry: entry, call: call, phase: .receiving,
      assembler: MessageAssembler(maximumMessageBytes: configuration.maximumMessageBytes),
      windowBytes: configuration.streamWindowBytes)
    streams[id] = stream
    entry.metrics.callStarted()
    if deadline != nil { newDeadlines.append(stream) }
    if case .streaming(let handler) = entry.behaviour { startStreaming(stream, handler) }
    if frame.endStream { peerEnded(stream) }
  }

  private func received(_ frame: HTTP2Frame.FramePayload.Data, on id: HTTP2StreamID) {
    guard case .byteBuffer(let bytes) = frame.data else { return }
    let length = bytes.readableBytes + (frame.paddingBytes.map { $0 + 1 } ?? 0)
    if let increment = window.received(length) {
      write(.rootStream, .windowUpdate(windowSizeIncrement: increment))
    }
    guard let stream = streams[id], !stream.isFinished else { return }
    stream.assembler.append(bytes)
    var held = 0
    var messages: [ByteBuffer] = []
    assembling: while true {
      switch stream.assembler.next() {
      case .incomplete: break assembling
      case .failure(let status): return finish(stream, status)
      case .message(let message):
        if case .streaming = stream.phase {
          held += message.readableBytes + MessageFrame.prefixBytes
          messages.append(message)
        } else if stream.request == nil {
          stream.request = message
        } else {
          return finish(stream, GRPCStatus(.internalError, "a unary call has more than one request"))
        }
      }
    }
    if frame.endStream {
      deliver(messages, to: stream)
      return peerEnded(stream)
    }
    let buffered = stream.bufferedBytes
    bufferedRequestBytes += buffered - stream.countedBytes
    stream.countedBytes = buffered
    guard bufferedRequestBytes <= configuration.maximumBufferedRequestBytes else {
      return finish(stream, GRPCStatus(.resourceExhausted, "too many unfinished requests on this connection"))
    }
    if let increment = stream.window.received(length, holding: held) {
      write(id, .windowUpdate(windowSizeIncrement: increment))
    }
    deliver(messages, to: stream)
  }

  private func deliver(_ messages: [ByteBuffer], to stream: ServerStream) {
    guard case .streaming(let inlet, _) = stream.phase else { return }
    for message in messages { inlet.receive(message) }
  }

  private func peerEnded(_ stream: ServerStream) {
    stream.peerHasEnded = true
    forget(bufferedBy: stream)
    if stream.assembler.pendingBytes > 0 {
      return finish(stream, GRPCStatus(.internalError, "the request ends inside a message"))
    }
    switch stream.phase {
    case .streaming(let inlet, _): inlet.finish(.success(()))
    case .receiving:
      guard let request = stream.request else {
        return finish(stream, GRPCStatus(.internalError, "a unary call has no request"))
      }
      stream.request = nil
      stream.phase = .handling
      switch stream.entry.behaviour {
      case .immediate(let handler): handler(request, UnaryPort(mailbox: mailbox, stream: stream.id))
      case .unary(let handler): startUnary(stream, request, handler)
      case .streaming: break
      }
    case .handling, .finished: break
    }
  }

  /// Bytes of unfinished requests are counted while the peer still sends; afterwards they belong to the handler.
  private func forget(bufferedBy stream: ServerStream) {
    bufferedRequestBytes = max(0, bufferedRequestBytes - stream.countedBytes)
    stream.countedBytes = 0
  }

  // MARK: - Handlers

  private func startUnary(
    _ stream: ServerStream, _ request: ByteBuffer,
    _ handler: @escaping @Sendable (ByteBuffer, GRPCServerCall) async throws -> ByteBuffer
  ) {
    let port = UnaryPort(mailbox: mailbox, stream: stream.id)
    registry.taskStarted()
    stream.task = Task { [registry, call = stream.call] in
      defer { registry.taskEnded() }
      do {
        port.answer(.success(try await handler(request, call)))
      } catch {
        port.answer(.failure(GRPCStatus(handlerError: error)))
      }
    }
  }

  private func startStreaming(
    _ stream: ServerStream,
    _ handler: @escaping @Sendable (StreamInlet, StreamOutlet, GRPCServerCall) async throws -> Void
  ) {
    let port = ServerStreamPort(mailbox: mailbox, stream: stream.id)
    let inlet = StreamInlet(port: port, windowBytes: configuration.streamWindowBytes)
    let outlet = StreamOutlet(port: port, limit: configuration.streamWriteBufferBytes)
    stream.phase = .streaming(inlet, outlet)
    registry.taskStarted()
    stream.task = Task { [registry, mailbox, id = stream.id, call = stream.call] in
      defer { registry.taskEnded() }
      do {
        try await handler(inlet, outlet, call)
        mailbox.post(.finish(id, .ok))
      } catch {
        mailbox.post(.finish(id, GRPCStatus(handlerError: error)))
      }
    }
  }

  // MARK: - Going away

  private func beginDrain() {
    guard drain == .none else { return }
    drain = .announced
    // Two steps (RFC 9113, section 6.8): streams that the peer opens before it has heard of this are still served.
    write(.rootStream, .goAway(lastStreamID: .maxID, errorCode: .noError, opaqueData: nil))
    write(.rootStream, .ping(HTTP2PingData(withInteger: Self.drainPing), ack: false))
    for stream in streams.values {
      if case .streaming = stream.phase { finish(stream, GRPCStatus(.unavailable, "the server is stopping")) }
    }
    if handshakeTimer != nil { context?.close(promise: nil) }
  }

  private func confirmDrain() {
    guard drain == .announced else { return }
    drain = .confirmed
    closeIfDrained()
    if context != nil, !streams.isEmpty {
      write(.rootStream, .goAway(lastStreamID: lastStream, errorCode: .noError, opaqueData: nil))
    }
  }

  private func closeIfDrained() {
    guard drain == .confirmed, streams.isEmpty, let context else { return }
    // Closed when the last frame has left: closing earlier would lose answers that the socket has not taken yet.
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    write(.rootStream, .goAway(lastStreamID: lastStream, errorCode: .noError, opaqueData: nil), promise: promise)
    needsFlush = false
    context.flush()
  }
}

extension GRPCServerConnection: MailboxReceiver {
  func receive(_ command: ServerCommand) {
    switch command {
    case .answer(let id, let answer):
      guard let stream = streams[id], case .handling = stream.phase else { return }
      switch answer {
      case .success(let frame):
        writeHeaders(stream)
        writeData(stream, frame)
        finish(stream, .ok)
      case .failure(let status): finish(stream, status)
      }
    case .stream(let id, .message(let frame)):
      guard let stream = streams[id], case .streaming(_, let outlet) = stream.phase else { return }
      writeHeaders(stream)
      let bytes = frame.readableBytes
      writeData(stream, frame, written: { outlet.written(bytes) })
    case .stream(let id, .taken(let bytes)):
      guard let stream = streams[id], !stream.isFinished, !stream.peerHasEnded else { return }
      if let increment = stream.window.taken(bytes) { write(id, .windowUpdate(windowSizeIncrement: increment)) }
    case .stream(_, .end): break
    case .finish(let id, let status):
      guard let stream = streams[id], case .streaming = stream.phase else { return }
      // A stream that ends with OK has headers even when it had no message.
      if status.code == .ok { writeHeaders(stream) }
      finish(stream, status)
    case .stop: beginDrain()
    }
  }

  func finishReceiving() { flush() }
}
#endif
