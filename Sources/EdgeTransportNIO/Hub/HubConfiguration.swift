#if Networking
import EdgeTransport

/// Where a hub listens and what it bears.
public struct HubConfiguration: Sendable {
  public var host: String
  /// 0 takes any free port; KubeEdge's is 10000.
  public var port: Int
  /// The most nodes connected at once; a further node is refused with 503.
  public var maximumSessions = 10_000
  /// How many sessions may begin per second in the long run, and at once after a pause; those beyond are refused with 503
  /// and told when to come back.
  public var sessionsPerSecond = 1000
  public var sessionBurst = 4096
  /// The most connections that are still in their handshake; a further one pushes out the oldest.
  public var maximumHandshakes = 2048
  /// A peer that has not finished TLS and the upgrade by then is closed (slow loris).
  public var upgradeTimeout: Duration = .seconds(10)
  /// How long a session waits for its peer.
  public var timing = WebSocketTiming()
  /// A session on which nothing passes for this long gives the memory of its TLS buffers back, some 8 KiB after a
  /// handshake and more after a burst; it comes again with the next message. Twice as long at most.
  public var quietAfter: Duration = .seconds(1)
  /// What peers may send in one message.
  public var limits = MessageLimits.default
  /// All header fields of an upgrade request together.
  public var maximumHeaderBytes = 16 << 10
  /// Asked of a peer that is refused because the hub is full.
  public var retryAfter: Duration = .seconds(5)
  /// Where the handlers of sessions run.
  public var sessionExecution = SessionExecution.sharedPool
  /// What the hub speaks beside KubeEdge's messages, by preference; see ``HubConnection/webSocket``.
  public var subprotocols: [String] = []

  public init(host: String = "0.0.0.0", port: Int = 10_000) {
    self.host = host
    self.port = port
  }
}

/// Where the handlers of a hub's sessions run.
public enum SessionExecution: Hashable, Sendable {
  /// On Swift's pool of threads: a handler that computes for long holds up nobody's socket.
  case sharedPool
  /// On the event loop of the session's socket: messages and answers change no thread, which halves a round trip, but a
  /// handler that is not quick holds up all sessions of that loop.
  case eventLoop
}
#endif
