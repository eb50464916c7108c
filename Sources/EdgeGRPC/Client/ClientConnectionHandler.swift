#if Networking
import Logging
import NIOCore
import NIOHPACK
import NIOHTTP2

/// A client's connection on its event loop: calls in, frames out, answers back.
final class ClientConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame
  typealias OutboundOut = HTTP2Frame

  private let configuration: GRPCConnectionConfiguration
  private let scheme: String
  private let authority: String
  private let mailbox: LoopMailbox<ClientCommand>
  private let logger: Logger

  private var context: ChannelHandlerContext?
  private var streams: [HTTP2StreamID: ClientStream] = [:]
  private var keys: [UInt64: ClientStream] = [:]
  private var nextStream: HTTP2StreamID = 1
  private var window: ReceiveWindow
  private var keepalive: Keepalive?
  private var isReading = false
  private var needsFlush = false
  /// The peer will not serve streams above this one.
  private var goAway: (last: HTTP2StreamID, message: String)?
  private var isClosing = false
  private var ready: EventLoopPromise<Void>?

  /// - Parameter ready: fulfilled at the server's first settings, failed if the connection ends before.
  init(
    configuration: GRPCConnectionConfiguration, scheme: String, authority: String,
    mailbox: LoopMailbox<ClientCommand>, ready: EventLoopPromise<Void>, logger: Logger
  ) {
    self.configuration = configuration
    self.scheme = scheme
    self.authority = authority
    self.mailbox = mailbox
    self.ready = ready
    self.logger = logger
    window = ReceiveWindow(size: configuration.connectionWindowBytes)
  }

  // MARK: - Life of the connection

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    mailbox.open(self)
  }

  func channelActive(context: ChannelHandlerContext) {
    let more = configuration.connectionWindowBytes - 65_535
    if more > 0 { write(.rootStream, .windowUpdate(windowSizeIncrement: more)) }
    flush()
    context.fireChannelActive()
  }

  private func becomeReady(_ context: ChannelHandlerContext) {
    guard let ready else { return }
    self.ready = nil
    ready.succeed(())
    guard let interval = configuration.keepaliveInterval else { return }
    let keepalive = Keepalive(
      interval: TimeAmount(interval), timeout: TimeAmount(configuration.keepaliveTimeout),
      eventLoop: context.eventLoop)
    keepalive.start(
      ping: { [weak self] in
        guard let self else { return }
        // Servers take it amiss when a connection without calls is pinged; nobody waits for it then either.
        if streams.isEmpty { return keepalive.didRead() }
        write(.rootStream, .ping(HTTP2PingData(withInteger: 1), ack: false))
        flush()
      },
      giveUp: { [weak self] in
        self?.end(GRPCStatus(.unavailable, "the server does not answer pings"))
        self?.context?.close(promise: nil)
      })
    self.keepalive = keepalive
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(GRPCStatus(.unavailable, "the connection was closed"))
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    end(GRPCStatus(.unavailable, "the connection was closed"))
    // Calls that were posted and not taken up yet are told so.
    isClosing = true
    mailbox.close()
    self.context = nil
  }

  private func end(_ status: GRPCStatus) {
    keepalive?.stop()
    keepalive = nil
    ready?.fail(GRPCCallError(status: status, effect: .none))
    ready = nil
    isClosing = true
    let open = streams.values
    streams = [:]
    keys = [:]
    for stream in open { stream.finish(GRPCCallError(status: status, effect: .unknown)) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if error is NIOHTTP2Errors.StreamError { return }
    logger.debug("connection closed", metadata: ["error": "\(error)"])
    end(GRPCStatus(.unavailable, "the connection failed: \(error)"))
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

  private func start(_ key: UInt64, _ call: StartCall) {
    guard !isClosing, goAway == nil, let context else {
      return call.fail(
        GRPCCallError(status: GRPCStatus(.unavailable, goAway?.message ?? "the connection is closed"), effect: .none))
    }
    let id = nextStream
    guard id < HTTP2StreamID.maxID else {
      return call.fail(
        GRPCCallError(status: GRPCStatus(.unavailable, "the connection has no streams left"), effect: .none))
    }
    nextStream = nextStream.advanced(by: 2)
    let receiver: ClientStream.Receiver =
      switch call.kind {
      case .unary(_, let complete): .unary(complete)
      case .streaming(let inlet, let outlet): .streaming(inlet, outlet)
      }
    let stream = ClientStream(
      key: key, id: id, receiver: receiver, maximumMessageBytes: configuration.maximumMessageBytes,
      windowBytes: configuration.streamWindowBytes)
    streams[id] = stream
    keys[key] = stream
    if let timeout = call.options.timeout {
      stream.timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(timeout)) {
        [weak self, weak stream] in
        guard let self, let stream else { return }
        abandon(
          stream, GRPCCallError(status: GRPCStatus(.deadlineExceeded, "context deadline exceeded"), effect: .unknown))
        flush()
      }
    }
    write(id, .headers(.init(headers: headers(call))))
    if case .unary(let frame, _) = call.kind {
      stream.hasEndedRequests = true
      write(id, .data(.init(data: .byteBuffer(frame), endStream: true)))
    }
  }

  private func headers(_ call: StartCall) -> HPACKHeaders {
    var headers: HPACKHeaders = [
      ":method": "POST", ":scheme": scheme, ":path": call.path, ":authority": authority,
      "content-type": "application/grpc", "te": "trailers",
    ]
    if let timeout = call.options.timeout {
      headers.add(name: "grpc-timeout", value: GRPCTimeout.format(TimeAmount(timeout)), indexing: .nonIndexable)
    }
    for (name, value) in configuration.metadata { headers.add(name: name, value: value) }
    for (name, value) in call.options.metadata { headers.add(name: name, value: value) }
    return headers
  }

  // MARK: - Reading

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    isReading = true
    let frame = unwrapInboundIn(data)
    switch frame.payload {
    case .data(let data): received(data, on: frame.streamID)
    case .headers(let headers): received(headers, on: frame.streamID)
    case .settings(.settings): becomeReady(context)
    case .rstStream(let code):
      if let stream = streams[frame.streamID] { complete(stream, ClientStream.error(ofReset: code)) }
    case .goAway(let last, let code, let data):
      let reason = data.map { String(buffer: $0) } ?? ""
      let message = "the server goes away (\(code)\(reason.isEmpty ? "" : ": \(reason)"))"
      goAway = (last, message)
      for stream in streams.values where stream.id > last {
        complete(stream, GRPCCallError(status: GRPCStatus(.unavailable, message), effect: .none))
      }
      closeIfDone()
    default: break
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReading = false
    keepalive?.didRead()
    flush()
    context.fireChannelReadComplete()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let closed = event as? StreamClosedEvent, let stream = streams[closed.streamID] {
      // Whoever ended the stream properly has been told already.
      complete(
        stream,
        closed.reason.map(ClientStream.error(ofReset:))
          ?? GRPCCallError(status: GRPCStatus(.internalError, "the stream ended without a status"), effect: .unknown))
    }
    context.fireUserInboundEventTriggered(event)
  }

  private func received(_ frame: HTTP2Frame.FramePayload.Headers, on id: HTTP2StreamID) {
    guard let stream = streams[id] else { return }
    var http: String?
    var code: Int?
    var message = ""
    var isGRPC = true
    for (name, value, _) in frame.headers {
      switch name {
      case ":status": http = value
      case "grpc-status": code = Int(value) ?? 2
      case "grpc-message": message = PercentEncoding.decode(value)
      case "content-type": isGRPC = value.hasPrefix("application/grpc")
      default: break
      }
    }
    if let http, http.hasPrefix("1") { return }
    if !stream.hasHead {
      stream.hasHead = true
      if let http, http != "200", code == nil {
        stream.headFailure = ClientStream.status(ofHTTP: http)
      } else if !isGRPC {
        stream.headFailure = GRPCStatus(.unknown, "the server's answer is no gRPC")
      }
    }
    guard frame.endStream else { return }
    let status =
      code.map { GRPCStatus(GRPCStatus.Code(rawValue: $0), message) } ?? stream.headFailure
      ?? GRPCStatus(.internalError, "the server sent no grpc-status")
    let error =
      status.code == .ok ? nil : GRPCCallError(status: status, effect: .answered, trailers: frame.headers)
    // First: writing the reset closes the stream before `write` returns.
    complete(stream, error)
    if !stream.hasEndedRequests { write(id, .rstStream(.noError)) }
  }

  private func received(_ frame: HTTP2Frame.FramePayload.Data, on id: HTTP2StreamID) {
    guard case .byteBuffer(let bytes) = frame.data else { return }
    let length = bytes.readableBytes + (frame.paddingBytes.map { $0 + 1 } ?? 0)
    if let increment = window.received(length) {
      write(.rootStream, .windowUpdate(windowSizeIncrement: increment))
    }
    guard let stream = streams[id] else { return }
    // A body of something that is no gRPC is read to its end and not looked at.
    guard stream.headFailure == nil else {
      if let increment = stream.window.received(length) { write(id, .windowUpdate(windowSizeIncrement: increment)) }
      return
    }
    stream.assembler.append(bytes)
    var held = 0
    var messages: [ByteBuffer] = []
    assembling: while true {
      switch stream.assembler.next() {
      case .incomplete: break assembling
      case .failure(let status): return abandon(stream, GRPCCallError(status: status, effect: .unknown))
      case .message(let message):
        if case .streaming = stream.receiver {
          held += message.readableBytes + MessageFrame.prefixBytes
          messages.append(message)
        } else if stream.response == nil {
          stream.response = message
        } else {
          let status = GRPCStatus(.internalError, "the server answered more than once")
          return abandon(stream, GRPCCallError(status: status, effect: .unknown))
        }
      }
    }
    if frame.endStream {
      let status = GRPCStatus(.internalError, "the server sent no grpc-status")
      return abandon(stream, GRPCCallError(status: status, effect: .unknown))
    }
    if let increment = stream.window.received(length, holding: held) {
      write(id, .windowUpdate(windowSizeIncrement: increment))
    }
    if case .streaming(let inlet, _) = stream.receiver {
      for message in messages { inlet.receive(message) }
    }
  }

  // MARK: - Ends

  private func complete(_ stream: ClientStream, _ error: GRPCCallError?) {
    guard streams.removeValue(forKey: stream.id) != nil else { return }
    keys[stream.key] = nil
    stream.finish(error)
    closeIfDone()
  }

  /// Ends a call that the server has not ended.
  private func abandon(_ stream: ClientStream, _ error: GRPCCallError) {
    guard streams[stream.id] != nil else { return }
    complete(stream, error)
    write(stream.id, .rstStream(.cancel))
  }

  /// A connection that takes no new calls is closed with its last one.
  private func closeIfDone() {
    guard goAway != nil || isClosing, streams.isEmpty, let context else { return }
    isClosing = true
    context.eventLoop.assumeIsolated().execute { context.close(promise: nil) }
  }
}

extension ClientConnectionHandler: MailboxReceiver {
  func receive(_ command: ClientCommand) {
    switch command {
    case .start(let key, let call): start(key, call)
    case .stream(let key, .message(let frame)):
      guard let stream = keys[key], case .streaming(_, let outlet) = stream.receiver, !stream.hasEndedRequests,
        let context
      else { return }
      let bytes = frame.readableBytes
      let promise = context.eventLoop.makePromise(of: Void.self)
      promise.futureResult.assumeIsolated().whenComplete { _ in outlet.written(bytes) }
      write(stream.id, .data(.init(data: .byteBuffer(frame))), promise: promise)
    case .stream(let key, .taken(let bytes)):
      guard let stream = keys[key] else { return }
      if let increment = stream.window.taken(bytes) {
        write(stream.id, .windowUpdate(windowSizeIncrement: increment))
      }
    case .stream(let key, .end):
      guard let stream = keys[key], !stream.hasEndedRequests else { return }
      stream.hasEndedRequests = true
      write(stream.id, .data(.init(data: .byteBuffer(ByteBuffer()), endStream: true)))
    case .cancel(let key):
      guard let stream = keys[key] else { return }
      abandon(stream, GRPCCallError(status: GRPCStatus(.cancelled, "the caller cancelled the call"), effect: .unknown))
    case .close:
      end(GRPCStatus(.cancelled, "the client closed the connection"))
      context?.close(promise: nil)
    }
  }

  func finishReceiving() { flush() }
}
#endif
