import EdgeCompression
import EdgePrimitives

/// The brain of a session: streams that outlive connections. Bytes of carriers and wishes of the application go in; bytes
/// to write and ``Action``s come out. It knows no clock and no task: `now` is a time since any fixed moment.
///
/// ```
/// detached --attach--> greeting (client) --answer--> attached --lost, or a newer one attaches--> detached
///     \                                                  \
///      `--- lifetime over, resumption refused -----------`--- CONNECTION_CLOSE, broken rule ---> closed
/// ```
/// Every connection has a number that grows; what a shell says of an older one is ignored, so that the late end of a
/// connection never touches its successor (FF-02).
public struct FramedSessionMachine: Sendable {
  public enum Action: Hashable, Sendable {
    /// The peer has answered for the first time: streams may be opened.
    case established
    /// A further connection goes on where the last one broke.
    case resumed
    /// The peer opened a stream; it waits in ``acceptStream(_:)``.
    case streamOpened(StreamID)
    /// A reader would get an answer.
    case readable(StreamID)
    /// A writer that was told to wait finds room, or that its stream is over.
    case writable(StreamID)
    /// The peer does not want the stream, which was reset for it.
    case stopped(StreamID, code: UInt64)
    /// Another stream may be opened.
    case canOpen(StreamDirection)
    case datagramReceived
    /// The connection is of no more use. The shell writes what ``write(on:into:now:)`` gives and closes the carrier.
    case connectionEnded(UInt64, SessionClose)
    /// The session is over; nothing more happens.
    case closed(SessionClose)
  }

  /// The two parts of a stream, and what is to be told of it.
  struct Stream: Sendable {
    var send: SendStream?
    var receive: ReceiveStream?
    var priority = StreamPriority.objects
    var pending: StreamControls = []
    var isQueuedForControl = false
    var isQueuedForData = false
    var isWriterWaiting = false
    var compression = CompressionTrial()
    /// The limit of which the peer was last told that it blocks.
    var blockedAt: UInt64?

    enum Demand {
      case nothing
      /// It could send, if the session's credit allows.
      case send(StreamPriority)
      /// It could, but for its own limit.
      case limit
    }

    /// Whether it should be given a turn.
    var demand: Demand {
      guard !isQueuedForData, let send, send.wantsToSend else { return .nothing }
      return send.isBlockedByLimit ? .limit : .send(priority)
    }

    var isOver: Bool { send?.isEnded ?? true && receive?.isEnded ?? true }

    /// How much it keeps already; nil when nothing can be written to it.
    var writableBuffer: Int? { send.flatMap { $0.isOpen ? $0.bufferedBytes : nil } }
  }

  struct StreamControls: OptionSet, Sendable {
    let rawValue: UInt8
    static let priority = StreamControls(rawValue: 1)
    static let reset = StreamControls(rawValue: 2)
    static let stop = StreamControls(rawValue: 4)
    static let maxData = StreamControls(rawValue: 8)
    static let blocked = StreamControls(rawValue: 16)
    /// Those that are said again when the connection breaks before they were acknowledged. The resumption itself tells
    /// limits.
    static let repeated: StreamControls = [.priority, .reset, .stop]
  }

  /// Both ends count the streams of one direction.
  struct StreamCounts: Sendable {
    var localOpened: UInt64 = 0
    var localClosed: UInt64 = 0
    /// The peer's MAX_STREAMS.
    var localLimit: UInt64 = 0
    var isOpenerWaiting = false
    var peerOpened: UInt64 = 0
    var peerClosed: UInt64 = 0
    var advertised: UInt64
    var isBlockedPending = false
  }

  public let role: SessionRole
  public let configuration: FramedSessionConfiguration
  public let credential: SessionCredential
  public internal(set) var counters = FramedSessionCounters()

  var connection: Connection?
  /// Since when there is no connection.
  var detachedSince: Duration
  public internal(set) var close: SessionClose?
  /// The connection that is to be told of the close.
  var closeIsUnsentOn: UInt64?
  /// Connections that ended before our greeting was written, until their carriers are closed.
  var unspoken: Set<UInt64> = []
  var actions: [Action] = []

  var lastConnection: UInt64 = 0
  /// The client's count of its connections.
  var attempt: UInt64 = 0
  /// The limits of the peer, from its first greeting.
  var peer: SessionParameters?
  /// What both ends have agreed on in their greetings, for each direction.
  var compressors: CompressorPool?
  var decompressor: ZlibDecompressor?
  /// Whether the peer has shown that it knows of our greeting.
  var isPeerEstablished = false

  var streams = StreamTable()
  var bidirectional: StreamCounts
  var unidirectional: StreamCounts
  var unaccepted = FIFO<StreamID>()
  var controlQueue = FIFO<StreamID>()
  var scheduler: StreamScheduler
  /// Streams that wait for the session's credit.
  var waitingForCredit: [StreamID] = []
  var waitingWriters: [StreamID] = []
  /// Of streams that this end has stopped reading.
  var stopCodes: [StreamID: UInt64] = [:]

  var window: ReceiveWindow
  /// The peer's MAX_DATA, and what was sent of it.
  var sendLimit: UInt64 = 0
  var sendUsed: UInt64 = 0
  var isDataBlockedPending = false
  /// The limit of which the peer was last told that it blocks.
  var blockedAt: UInt64?
  /// Written and not acknowledged.
  public internal(set) var bufferedBytes = 0

  var outgoingDatagrams = FIFO<[UInt8]>()
  var incomingDatagrams = FIFO<[UInt8]>()

  /// - Parameter now: when the session began; without a connection it lives for the configured time from here on.
  public init(
    role: SessionRole, credential: SessionCredential, configuration: FramedSessionConfiguration = .init(), now: Duration
  ) {
    self.role = role
    self.credential = credential
    self.configuration = configuration
    detachedSince = now
    bidirectional = StreamCounts(advertised: configuration.peerStreamLimit)
    unidirectional = StreamCounts(advertised: configuration.peerStreamLimit)
    scheduler = StreamScheduler(guardBytes: configuration.starvationGuardBytes)
    window = ReceiveWindow(size: configuration.sessionWindowBytes, of: .session)
  }

  /// Whether the peer has answered once.
  public var isEstablished: Bool { peer != nil }
  public var isAttached: Bool { connection?.isGreeted ?? false }
  public var streamCount: Int { streams.count }

  /// What has happened since the last call, in order.
  public mutating func takeActions() -> [Action] {
    defer { actions = [] }
    return actions
  }

  subscript(direction: StreamDirection) -> StreamCounts {
    get { direction == .bidirectional ? bidirectional : unidirectional }
    _modify {
      if direction == .bidirectional { yield &bidirectional } else { yield &unidirectional }
    }
  }
}
