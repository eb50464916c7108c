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
final class GRPCServerConnection: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  let configuration: GRPCServerConfiguration
  let services: GRPCServices
  let mailbox: LoopMailbox<ServerCommand>
  let registry: ServerRegistry
  let logger: Logger
  /// Nil as soon as it is known that this is HTTP/2.
  var sniffer: ProtocolSniffer?
  private let guest: GuestProtocol?

  var context: ChannelHandlerContext?
  var peerAddress: SocketAddress?
  var reader: FrameReader
  var heads: RequestHeadReader
  var streams: [StreamID: ServerStream] = [:]
  var lastStream = StreamID.connection
  var window: ReceiveWindow
  let sender = FrameSender()
  var strikes: PingStrikes
  var resets: EventRate
  var chatter = EventRate(maximum: 1_000, window: .milliseconds(50))
  var keepalive: Keepalive?
  var handshakeTimer: Scheduled<Void>?
  var isReading = false
  var isFlushing = false
  private(set) var isClosing = false
  var drain = Drain.none
  /// Calls whose deadline must be watched if they are still there when this read is dealt with; most are not.
  var newDeadlines: [ServerStream] = []
  var bufferedRequestBytes = 0
  var unwrittenResponseBytes = 0
  /// Streams that have something to send and a window for it, in the order in which they take turns.
  var waiting = CircularBuffer<StreamID>()
  var mustPump = false
  var sources = SourceAccount()
  var pingAnswers = PingAnswers()

  enum Drain {
    case none
    /// The peer was told to open no more streams; its answer to our ping shows that it has heard of it.
    case announced
    case confirmed
  }

  static let drainPing: UInt64 = 0x6472_6169_6e21
  static let keepalivePing: UInt64 = 0x616c_6976_653f
  static let largestWindow = 0x7fff_ffff
  /// What a stream sends in its turn while others wait.
  static let turnBytes = 64 << 10

  init(
    configuration: GRPCServerConfiguration, services: GRPCServices, mailbox: LoopMailbox<ServerCommand>,
    registry: ServerRegistry, guest: GuestProtocol?, logger: Logger
  ) {
    self.configuration = configuration
    self.services = services
    self.mailbox = mailbox
    self.registry = registry
    self.guest = guest
    sniffer = guest == nil ? nil : ProtocolSniffer()
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
    // A client of another protocol would take our settings for nonsense.
    if sniffer == nil { greet() }
    context.fireChannelActive()
  }

  private func greet() {
    sender.writeSettings(
      maximumConcurrentStreams: configuration.maximumConcurrentStreams, streamWindow: configuration.streamWindowBytes,
      maximumHeaderBytes: configuration.maximumHeaderBytes)
    // Every connection begins with a window of 65,535 bytes, whatever the settings say.
    let more = configuration.connectionWindowBytes - 65_535
    if more > 0 { sender.bytes.writeWindowUpdate(.connection, more) }
    flush()
  }

  /// The first bytes of a connection that may be a guest's.
  /// - Returns: all that was read, when it is ours.
  func sniff(_ buffer: ByteBuffer, _ context: ChannelHandlerContext) -> ByteBuffer? {
    guard var sniffer, let guest else { return buffer }
    let verdict = sniffer.read(buffer)
    self.sniffer = sniffer
    switch verdict {
    case .undecided: return nil
    case .http2:
      self.sniffer = nil
      greet()
      return sniffer.seen
    case .guest:
      handOver(sniffer.seen, to: guest, context)
      return nil
    }
  }

  /// Leaves the connection to a guest, and its pipeline.
  private func handOver(_ bytes: ByteBuffer, to guest: GuestProtocol, _ context: ChannelHandlerContext) {
    isClosing = true
    handshakeTimer?.cancel()
    handshakeTimer = nil
    let connection: GuestProtocol.Connection
    do { connection = try guest.open(context.channel) } catch {
      logger.debug("connection closed", metadata: ["error": "\(error)"])
      return context.close(promise: nil)
    }
    registry.hand(context.channel, stop: connection.stop)
    registry.taskStarted()
    Task { [registry] in
      await connection.run()
      registry.taskEnded()
    }
    context.fireChannelRead(NIOAny(bytes))
    context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
  }

  func handshakeEnded(_ context: ChannelHandlerContext) {
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

  func end(_ status: GRPCStatus) {
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
  func fail(_ failure: ConnectionFailure) {
    guard !isClosing, let context else { return }
    logger.debug("connection closed", metadata: ["error": "\(failure.reason)", "code": "\(failure.code.rawValue)"])
    isClosing = true
    sender.bytes.writeGoAway(lastStream: lastStream, failure.code, failure.reason)
    sender.handOver(to: context)
    context.flush()
    context.close(promise: nil)
  }

  // MARK: - Going away

  func beginDrain() {
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

  func confirmDrain() {
    guard drain == .announced else { return }
    drain = .confirmed
    closeIfDrained()
    if !isClosing { sender.bytes.writeGoAway(lastStream: lastStream, .noError) }
  }

  func closeIfDrained() {
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
#endif
