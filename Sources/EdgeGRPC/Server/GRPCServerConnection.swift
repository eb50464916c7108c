#if Networking
import Logging
import NIOCore
import NIOHPACK

/// One connection of a server, on its event loop: bytes in, calls out, bytes back.
///
/// HTTP/2 is spoken here and not by a general implementation, which takes several times as long for a short call as all
/// the rest of it: what a server of gRPC needs is the frames, one table of headers that nearly always repeats itself, and
/// flow control. `FrameReader` and its neighbours keep to RFC 9113; this class joins them.
///
/// A stream is known from its headers until both sides have ended it, which for an answer that flow control holds back is
/// later than the handler's end: a draining connection waits for it.
final class GRPCServerConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  let configuration: GRPCServerConfiguration
  private let services: GRPCServices
  let mailbox: LoopMailbox<ServerCommand>
  private let registry: ServerRegistry
  private let logger: Logger

  var context: ChannelHandlerContext?
  private var peerAddress: SocketAddress?
  private var reader: FrameReader
  private var heads: RequestHeadReader
  var streams: [StreamID: ServerStream] = [:]
  private var lastStream = StreamID.connection
  private var window: ReceiveWindow
  let sender = FrameSender()
  private var strikes: PingStrikes
  private var resets: EventRate
  private var chatter = EventRate(maximum: 1_000, window: .milliseconds(50))
  private var keepalive: Keepalive?
  private var handshakeTimer: Scheduled<Void>?
  private var isReading = false
  private var isFlushing = false
  private(set) var isClosing = false
  private var drain = Drain.none
  /// Calls whose deadline must be watched if they are still there when this read is dealt with; most are not.
  private var newDeadlines: [ServerStream] = []
  private var bufferedRequestBytes = 0
  var unwrittenResponseBytes = 0
  /// Streams that have something to send and a window for it, in the order in which they take turns.
  private var waiting = CircularBuffer<StreamID>()
  private(set) var mustPump = false
  var sources = SourceAccount()
  var pingAnswers = PingAnswers()

  private enum Drain {
    case none
    /// The peer was told to open no more streams; its answer to our ping shows that it has heard of it.
    case announced
    case confirmed
  }

  private static let drainPing: UInt64 = 0x6472_6169_6e21
  private static let keepalivePing: UInt64 = 0x616c_6976_653f
  private static let largestWindow = 0x7fff_ffff
  /// What a stream sends in its turn while others wait.
  static let turnBytes = 64 << 10

  init(
    configuration: GRPCServerConfiguration, services: GRPCServices, mailbox: LoopMailbox<ServerCommand>,
    registry: ServerRegistry, logger: Logger
  ) {
    self.configuration = configuration
    self.services = services
    self.mailbox = mailbox
    self.registry = registry
    self.logger = logger
    reader = FrameReader(maximumBlockBytes: configuration.maximumHeaderBytes)
    heads = RequestHeadReader(maximumHeaderBytes: configuration.maximumHeaderBytes)
    window = ReceiveWindow(size: configuration.connectionWindowBytes)
    strikes = PingStrikes(minimumInterval: TimeAmount(configuration.minimumPingInterval))
    resets = EventRate(maximum: configuration.maximumResets, window: TimeAmount(configuration.resetWindow))
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
    peerAddress = context.remoteAddress
    sender.writeSettings(
      maximumConcurrentStreams: configuration.maximumConcurrentStreams, streamWindow: configuration.streamWindowBytes,
      maximumHeaderBytes: configuration.maximumHeaderBytes)
    // Every connection begins with a window of 65,535 bytes, whatever the settings say.
    let more = configuration.connectionWindowBytes - 65_535
    if more > 0 { sender.bytes.writeWindowUpdate(.connection, more) }
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
        self?.sender.bytes.writePing(Self.keepalivePing, isAnswer: false)
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
    isClosing = true
    mailbox.close()
    handshakeTimer?.cancel()
    handshakeTimer = nil
    keepalive?.stop()
    keepalive = nil
    sources.timer?.cancel()
    sources = SourceAccount()
    pingAnswers.timer?.cancel()
    pingAnswers = PingAnswers()
    let open = streams.values
    streams = [:]
    for stream in open where !stream.isFinished {
      stream.entry.metrics.callEnded(status.code)
      stream.release(status)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    logger.debug("connection closed", metadata: ["error": "\(error)"])
    context.close(promise: nil)
  }

  /// Tells the peer what it did wrong, and closes.
  private func fail(_ failure: ConnectionFailure) {
    guard !isClosing, let context else { return }
    logger.debug("connection closed", metadata: ["error": "\(failure.reason)", "code": "\(failure.code.rawValue)"])
    isClosing = true
    sender.bytes.writeGoAway(lastStream: lastStream, failure.code, failure.reason)
    sender.handOver(to: context)
    context.flush()
    context.close(promise: nil)
  }

  // MARK: - Flushing

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    sender.channelIsWritable = context.channel.isWritable
    if sender.channelIsWritable {
      mustPump = true
      flush()
    }
    context.fireChannelWritabilityChanged()
  }

  /// Sends what there is, once for all that was read or posted together.
  func flush() {
    guard !isReading, !isFlushing, let context else { return }
    isFlushing = true
    pingAnswers.bytes = 0
    repeat {
      if mustPump { pump() }
      sender.flush(to: context)
      // The socket may have taken everything, so that there is room again.
    } while mustPump && sender.channelIsWritable && !isClosing
    isFlushing = false
    if sender.isOverfull { fail(ConnectionFailure(.enhanceYourCalm, "the peer does not read what it asks for")) }
  }

  /// Lets streams that were held back go on.
  private func pump() {
    mustPump = false
    while sender.hasRoom, let id = waiting.popFirst() {
      guard let stream = streams[id] else { continue }
      stream.isWaiting = false
      guard advance(stream) else {
        stream.isWaiting = true
        waiting.prepend(id)
        break
      }
    }
    if !waiting.isEmpty && sender.channelIsWritable && sender.window > 0 { mustPump = true }
  }

  /// Sends what one stream may send in its turn.
  /// - Returns: false when it keeps its place, because the connection's window is shut or its turn was cut short.
  private func advance(_ stream: ServerStream) -> Bool {
    var turn = Self.turnBytes
    while stream.hasSomethingToSend {
      guard sender.hasRoom, turn > 0 else {
        if mayGoOn(stream) {
          guard sender.hasRoom else { return false }
          turn = Self.turnBytes
          continue
        }
        stream.turnBegan = nil
        wait(stream)
        return true
      }
      guard let item = stream.outgoing.first else {
        if stream.sendWindow <= 0 { return true }
        if sender.window <= 0 { return false }
        draw(stream)
        continue
      }
      switch item {
      case .head:
        sender.writeHead(stream.id)
        stream.outgoing.dropFirst()
      case .data(var bytes, let written):
        let count = min(bytes.readableBytes, stream.sendWindow, sender.window, turn)
        if count <= 0 {
          // A stream whose own window is shut comes back with the window's update.
          return stream.sendWindow <= 0
        }
        guard let context, let part = bytes.readSlice(length: count) else { return true }
        turn -= count
        sendNow(part, on: stream, context)
        unwrittenResponseBytes -= count
        if bytes.readableBytes > 0 {
          stream.outgoing.replaceFirst(with: .data(bytes, written: written))
        } else {
          stream.outgoing.dropFirst()
        }
        written?(count)
      case .pieces(var frame):
        if stream.sendWindow <= 0 { return true }
        if sender.window <= 0 { return false }
        let piece = frame.next(target: Self.turnBytes)
        if frame.remainingBytes > 0 {
          stream.outgoing.replaceFirst(with: .pieces(frame))
        } else {
          stream.outgoing.dropFirst()
        }
        stream.outgoing.prepend(.data(piece, written: nil))
      case .trailers(let status):
        stream.outgoing.dropFirst()
        sendTrailersNow(stream, status)
      }
    }
    if stream.source != nil { noteDrained(stream) }
    return true
  }

  private func wait(_ stream: ServerStream) {
    if stream.isWaiting { return }
    stream.isWaiting = true
    waiting.append(stream.id)
  }

  /// Puts something behind what a stream has to send already.
  private func queue(_ item: OutgoingQueue.Item, on stream: ServerStream) {
    stream.outgoing.append(item)
    wait(stream)
    mustPump = true
  }

  // MARK: - Answering

  private func sendHead(_ stream: ServerStream) {
    guard !stream.hasSentHeaders else { return }
    stream.hasSentHeaders = true
    strikes.sentFrames()
    if stream.outgoing.isEmpty && sender.hasRoom { sender.writeHead(stream.id) } else { queue(.head, on: stream) }
  }

  private func send(_ frame: ByteBuffer, on stream: ServerStream, written: (@Sendable (Int) -> Void)? = nil) {
    let count = frame.readableBytes
    if stream.outgoing.isEmpty, sender.hasRoom, count <= stream.sendWindow, count <= sender.window, let context {
      sendNow(frame, on: stream, context)
      written?(count)
    } else {
      unwrittenResponseBytes += count
      queue(.data(frame, written: written), on: stream)
    }
  }

  func answer(_ stream: ServerStream, _ answer: Result<UnaryAnswer, GRPCStatus>) {
    switch answer {
    case .success(.frame(let frame)):
      sendHead(stream)
      send(frame, on: stream)
      finish(stream, .ok)
    case .success(.pieces(let frame)):
      sendHead(stream)
      unwrittenResponseBytes += frame.remainingBytes
      queue(.pieces(frame), on: stream)
      finish(stream, .ok)
    case .failure(let status): finish(stream, status)
    }
  }

  private func sendNow(_ bytes: ByteBuffer, on stream: ServerStream, _ context: ChannelHandlerContext) {
    strikes.sentData(bytes.readableBytes)
    stream.sendWindow -= bytes.readableBytes
    sender.writeData(bytes, stream.id, context)
  }

  private func finish(_ stream: ServerStream, _ status: GRPCStatus) {
    guard !stream.isFinished else { return }
    stream.entry.metrics.callEnded(status.code)
    release(stream, status)
    strikes.sentFrames()
    if stream.outgoing.isEmpty && sender.hasRoom {
      sendTrailersNow(stream, status)
    } else {
      queue(.trailers(status), on: stream)
    }
  }

  /// Ends our side, and the peer's if it has not: it must not send what nobody reads.
  private func sendTrailersNow(_ stream: ServerStream, _ status: GRPCStatus) {
    if status.code == .ok, stream.hasSentHeaders, status.message.isEmpty {
      sender.writeOK(stream.id)
    } else {
      sender.writeFields(CallHeaders.trailers(status, afterHeaders: stream.hasSentHeaders), stream.id)
    }
    if !stream.peerHasEnded { sender.bytes.writeReset(stream.id, .noError) }
    streams[stream.id] = nil
    if drain == .confirmed { closeIfDrained() }
  }

  private func refuse(_ id: StreamID, _ trailers: HPACKHeaders, endsStream: Bool) {
    strikes.sentFrames()
    sender.writeFields(trailers, id)
    if !endsStream { sender.bytes.writeReset(id, .noError) }
  }

  /// Ends a stream because the peer did, or because of what it did.
  private func drop(_ stream: ServerStream) {
    streams[stream.id] = nil
    unwrittenResponseBytes -= stream.outgoing.byteCount
    if !stream.isFinished {
      let status = GRPCStatus(.cancelled, "the client cancelled the call")
      stream.entry.metrics.callEnded(status.code)
      release(stream, status)
    }
    closeIfDrained()
  }

  /// What the peer did is wrong for one stream only. Counted with its own resets, because it costs as much.
  private func reset(_ id: StreamID, _ code: HTTP2Code) throws(ConnectionFailure) {
    sender.bytes.writeReset(id, code)
    if let stream = streams[id] { drop(stream) }
    try noteReset()
  }

  private func noteReset() throws(ConnectionFailure) {
    guard resets.note(at: .now()) else { throw ConnectionFailure(.enhanceYourCalm, "too many resets") }
  }

  // MARK: - Reading

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    isReading = true
    reader.append(unwrapInboundIn(data))
    do throws(ConnectionFailure) {
      while !isClosing, let frame = try reader.next() { try received(frame, context) }
    } catch {
      fail(error)
    }
    reader.compact()
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReading = false
    keepalive?.didRead()
    watchDeadlines(context)
    if !holdsPingAnswers() { flush() }
    context.fireChannelReadComplete()
  }

  private func watchDeadlines(_ context: ChannelHandlerContext) {
    guard !newDeadlines.isEmpty else { return }
    for stream in newDeadlines where !stream.isFinished {
      guard let deadline = stream.deadline else { continue }
      stream.timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self, weak stream] in
        guard let self, let stream else { return }
        finish(stream, GRPCStatus(.deadlineExceeded, "context deadline exceeded"))
        flush()
      }
    }
    newDeadlines.removeAll(keepingCapacity: true)
  }

  private func received(_ frame: FrameReader.Frame, _ context: ChannelHandlerContext) throws(ConnectionFailure) {
    switch frame {
    case .headers(let id, let block, let endsStream): try receivedHead(block, on: id, endsStream: endsStream)
    case .data(let id, let bytes, let flowBytes, let endsStream):
      try receivedData(bytes, flowBytes: flowBytes, on: id, endsStream: endsStream)
    case .windowUpdate(let id, let increment): try receivedWindow(increment, id)
    case .reset(let id):
      try noteReset()
      if let stream = streams[id] { drop(stream) } else { try requireKnown(id) }
    case .ping(let payload, let isAnswer):
      try noteChatter()
      if isAnswer {
        if payload == Self.drainPing { confirmDrain() }
        return
      }
      sender.bytes.writePing(payload, isAnswer: true)
      pingAnswers.bytes += FrameHeader.pingByteCount
      if strikes.receivedPing(at: .now()) { throw ConnectionFailure(.enhanceYourCalm, "too_many_pings") }
    case .settings(let payload):
      try noteChatter()
      try receivedSettings(payload)
      handshakeEnded(context)
    case .ignored, .goAway: try noteChatter()
    case .settingsAnswer: break
    }
  }

  /// What costs the peer next to nothing and us an answer or a look.
  private func noteChatter() throws(ConnectionFailure) {
    guard chatter.note(at: .now()) else { throw ConnectionFailure(.enhanceYourCalm, "too many frames") }
  }

  /// A stream that was never opened is not closed either.
  private func requireKnown(_ id: StreamID) throws(ConnectionFailure) {
    guard id <= lastStream, id.rawValue % 2 == 1 else {
      throw ConnectionFailure(.protocolError, "a stream is used before it is opened")
    }
  }

  private func receivedSettings(_ payload: ByteBuffer) throws(ConnectionFailure) {
    let change = try sender.apply(payload)
    if change != 0 {
      for stream in streams.values {
        stream.sendWindow += change
        guard stream.sendWindow <= Self.largestWindow else {
          throw ConnectionFailure(.flowControlError, "a window is too large")
        }
        if change > 0 && stream.hasSomethingToSend { wait(stream) }
      }
      mustPump = true
    }
  }

  private func receivedWindow(_ increment: Int, _ id: StreamID) throws(ConnectionFailure) {
    if id == .connection {
      guard increment > 0 else { throw ConnectionFailure(.protocolError, "a window grows by nothing") }
      sender.window += increment
      guard sender.window <= Self.largestWindow else {
        throw ConnectionFailure(.flowControlError, "the window is too large")
      }
      if !waiting.isEmpty { mustPump = true }
      return
    }
    guard let stream = streams[id] else {
      try requireKnown(id)
      return
    }
    guard increment > 0 else { return try reset(id, .protocolError) }
    stream.sendWindow += increment
    guard stream.sendWindow <= Self.largestWindow else { return try reset(id, .flowControlError) }
    if stream.hasSomethingToSend {
      if stream.source != nil { noteBehind(stream) }
      wait(stream)
      mustPump = true
    }
  }

  private func receivedHead(_ block: ByteBuffer, on id: StreamID, endsStream: Bool) throws(ConnectionFailure) {
    // Read in any case: what follows may refer to it.
    let head = try heads.read(block)
    if let stream = streams[id] {
      // Trailers of a client say nothing but the end.
      guard endsStream, !stream.peerHasEnded else { return try reset(id, .protocolError) }
      return peerEnded(stream)
    }
    guard id > lastStream else {
      // Trailers may cross with the end of their stream, which a client does not know of yet.
      guard endsStream else { throw ConnectionFailure(.protocolError, "a stream is opened twice") }
      return
    }
    guard id.rawValue % 2 == 1 else { throw ConnectionFailure(.protocolError, "a client's streams are odd") }
    if drain == .confirmed { return try reset(id, .refusedStream) }
    lastStream = id
    guard head.isWellFormed else { return try reset(id, .protocolError) }
    guard streams.count < configuration.maximumConcurrentStreams else { return try reset(id, .refusedStream) }
    let headers = head.headers
    guard headers.isPost, headers.isGRPC else {
      return refuse(
        id, [":status": headers.isPost ? "415" : "405", "grpc-status": "13", "content-type": "application/grpc"],
        endsStream: endsStream)
    }
    guard let entry = services[headers.path] else {
      let trailers = CallHeaders.trailers(services.status(ofUnknown: headers.path), afterHeaders: false)
      return refuse(id, trailers, endsStream: endsStream)
    }
    guard !headers.hasBadTimeout else {
      let status = GRPCStatus(.internalError, "malformed grpc-timeout")
      return refuse(id, CallHeaders.trailers(status, afterHeaders: false), endsStream: endsStream)
    }
    if let encoding = headers.encoding {
      let status = GRPCStatus(.unimplemented, "grpc: Decompressor is not installed for grpc-encoding \"\(encoding)\"")
      var trailers = CallHeaders.trailers(status, afterHeaders: false)
      trailers.add(name: "grpc-accept-encoding", value: "identity")
      return refuse(id, trailers, endsStream: endsStream)
    }
    guard unwrittenResponseBytes <= configuration.maximumBufferedResponseBytes else {
      let status = GRPCStatus(.resourceExhausted, "too many responses of this connection are unread")
      return refuse(id, CallHeaders.trailers(status, afterHeaders: false), endsStream: endsStream)
    }
    open(id, entry, head, endsStream: endsStream)
  }

  private func open(_ id: StreamID, _ entry: GRPCServices.Entry, _ head: RequestHead, endsStream: Bool) {
    let deadline = head.headers.timeout.map { NIODeadline.now() + $0 }
    let stream = ServerStream(
      id: id, entry: entry, head: head, deadline: deadline, sendWindow: sender.settings.streamWindow,
      configuration: configuration)
    streams[id] = stream
    entry.metrics.callStarted()
    if deadline != nil { newDeadlines.append(stream) }
    switch entry.behaviour {
    case .streaming(let handler):
      let port = ServerStreamPort(mailbox: mailbox, stream: id)
      let outlet = StreamOutlet(port: port, limit: configuration.streamWriteBufferBytes)
      startStreaming(stream, outlet) { inlet, call in try await handler(inlet, outlet, call) }
    case .drawing(let handler):
      let drain = GRPCMessageDrain(mailbox: mailbox, stream: id)
      startStreaming(stream, nil) { inlet, call in try await handler(inlet, drain, call) }
    case .immediate, .unary: break
    }
    if endsStream { peerEnded(stream) }
  }

  private func receivedData(
    _ bytes: ByteBuffer, flowBytes: Int, on id: StreamID, endsStream: Bool
  ) throws(ConnectionFailure) {
    guard window.allows(flowBytes) else { throw ConnectionFailure(.flowControlError, "more than the window") }
    if let increment = window.received(flowBytes) { sender.bytes.writeWindowUpdate(.connection, increment) }
    // Bytes may go on for a while after a stream was ended from here.
    guard let stream = streams[id] else { return try requireKnown(id) }
    guard !stream.peerHasEnded else { return try reset(id, .streamClosed) }
    guard stream.window.allows(flowBytes) else { return try reset(id, .flowControlError) }
    if flowBytes == 0 && !endsStream { try noteChatter() }
    guard !stream.isFinished else {
      stream.peerHasEnded = endsStream
      return
    }
    stream.assembler.append(bytes)
    var held = 0
    var messages: [ByteBuffer] = []
    assembling: while true {
      switch stream.assembler.next() {
      case .incomplete: break assembling
      case .failure(let status):
        stream.peerHasEnded = endsStream
        return finish(stream, status)
      case .message(let message):
        if case .streaming = stream.phase {
          held += message.readableBytes + MessageFrame.prefixBytes
          messages.append(message)
        } else if stream.request == nil {
          stream.request = message
        } else {
          stream.peerHasEnded = endsStream
          return finish(stream, GRPCStatus(.internalError, "a unary call has more than one request"))
        }
      }
    }
    if endsStream {
      deliver(messages, to: stream)
      return peerEnded(stream)
    }
    let buffered = stream.bufferedBytes
    bufferedRequestBytes += buffered - stream.countedBytes
    stream.countedBytes = buffered
    guard bufferedRequestBytes <= configuration.maximumBufferedRequestBytes else {
      return finish(stream, GRPCStatus(.resourceExhausted, "too many unfinished requests on this connection"))
    }
    if let increment = stream.window.received(flowBytes, holding: held) {
      sender.bytes.writeWindowUpdate(id, increment)
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
    if stream.isFinished { return }
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
      case .streaming, .drawing: break
      }
    case .handling, .finished: break
    }
  }

  private func release(_ stream: ServerStream, _ status: GRPCStatus) {
    forget(bufferedBy: stream)
    if stream.source != nil { noteDrained(stream) }
    stream.release(status)
  }

  /// Bytes of unfinished requests are counted while the peer still sends; afterwards they belong to the handler.
  private func forget(bufferedBy stream: ServerStream) {
    bufferedRequestBytes = max(0, bufferedRequestBytes - stream.countedBytes)
    stream.countedBytes = 0
  }

  // MARK: - Handlers

  private func call(of stream: ServerStream) -> GRPCServerCall {
    GRPCServerCall(
      path: stream.entry.path, metadata: stream.head.fields, peer: peerAddress, deadline: stream.deadline)
  }

  private func startUnary(
    _ stream: ServerStream, _ request: ByteBuffer,
    _ handler: @escaping @Sendable (ByteBuffer, GRPCServerCall) async throws -> ByteBuffer
  ) {
    let port = UnaryPort(mailbox: mailbox, stream: stream.id)
    registry.taskStarted()
    stream.task = Task { [registry, call = call(of: stream)] in
      defer { registry.taskEnded() }
      do {
        port.answer(.success(.frame(try await handler(request, call))))
      } catch {
        port.answer(.failure(GRPCStatus(handlerError: error)))
      }
    }
  }

  private func startStreaming(
    _ stream: ServerStream, _ outlet: StreamOutlet?,
    _ handler: @escaping @Sendable (StreamInlet, GRPCServerCall) async throws -> Void
  ) {
    let port = ServerStreamPort(mailbox: mailbox, stream: stream.id)
    let inlet = StreamInlet(port: port, windowBytes: configuration.streamWindowBytes)
    stream.phase = .streaming(inlet, outlet)
    registry.taskStarted()
    stream.task = Task { [registry, mailbox, id = stream.id, call = call(of: stream)] in
      defer { registry.taskEnded() }
      do {
        try await handler(inlet, call)
        mailbox.post(.finish(id, .ok))
      } catch {
        mailbox.post(.finish(id, GRPCStatus(handlerError: error)))
      }
    }
  }

  // MARK: - Going away

  private func beginDrain() {
    guard drain == .none, !isClosing else { return }
    drain = .announced
    // Two steps (RFC 9113, section 6.8): streams that the peer opens before it has heard of this are still served.
    sender.bytes.writeGoAway(lastStream: .last, .noError)
    sender.bytes.writePing(Self.drainPing, isAnswer: false)
    for stream in Array(streams.values) {
      if case .streaming = stream.phase { finish(stream, GRPCStatus(.unavailable, "the server is stopping")) }
    }
    if handshakeTimer != nil { context?.close(promise: nil) }
  }

  private func confirmDrain() {
    guard drain == .announced else { return }
    drain = .confirmed
    closeIfDrained()
    if !isClosing { sender.bytes.writeGoAway(lastStream: lastStream, .noError) }
  }

  private func closeIfDrained() {
    guard drain == .confirmed, streams.isEmpty, !isClosing, let context else { return }
    isClosing = true
    // Closed when the last frame has left: closing earlier would lose answers that the socket has not taken yet.
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    sender.bytes.writeGoAway(lastStream: lastStream, .noError)
    sender.handOver(to: context, promise: promise)
    context.flush()
  }
}

extension GRPCServerConnection: MailboxReceiver {
  func receive(_ command: ServerCommand) {
    switch command {
    case .answer(let id, let answer):
      guard let stream = streams[id], case .handling = stream.phase else { return }
      if mustHoldAnswers && stream.entry.answersBehindSources { return hold(answer, id) }
      self.answer(stream, answer)
    case .stream(let id, .message(let frame)):
      guard let stream = streams[id], case .streaming(_, let outlet?) = stream.phase else { return }
      sendHead(stream)
      send(frame, on: stream, written: { outlet.written($0) })
    case .stream(let id, .taken(let bytes)):
      guard let stream = streams[id], !stream.isFinished, !stream.peerHasEnded else { return }
      if let increment = stream.window.taken(bytes) { sender.bytes.writeWindowUpdate(id, increment) }
    case .stream(_, .end): break
    case .draw(let id, let source):
      guard let stream = streams[id], case .streaming(_, nil) = stream.phase, stream.source == nil else { return }
      stream.source = source
    case .wake(let id):
      guard let stream = streams[id], stream.source != nil else { return }
      stream.sourceIsReady = true
      noteBehind(stream)
      wait(stream)
      mustPump = true
    case .finish(let id, let status):
      guard let stream = streams[id], case .streaming = stream.phase else { return }
      // A stream that ends with OK has headers even when it had no message.
      if status.code == .ok { sendHead(stream) }
      finish(stream, status)
    case .stop: beginDrain()
    }
  }

  func finishReceiving() { flush() }
}
#endif
