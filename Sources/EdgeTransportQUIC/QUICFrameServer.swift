#if QUIC
import EdgePrimitives
import EdgeTransport
import EdgeTransportNIO
import Logging
import NIOCore

/// Takes carriers of frames over QUIC: mutual TLS 1.3, with ALPN, each bound to the node in its certificate.
///
/// ```swift
/// try await server.run(onReady: { _, port in ... }) { accepted in
///   await directory.serve(accepted.carrier, principal: accepted.nodeName.rawValue)
/// }
/// ```
/// One UDP socket and one event loop serve all connections. Who is no node, or comes when there is no place, is told in a
/// CONNECTION_CLOSE frame of the session's; everything else by QUIC's own. All are counted in ``statistics``.
public struct QUICFrameServer: Sendable {
  public struct Configuration: Sendable {
    /// On a machine with several addresses better one of them than all: an answer leaves from the address that the route gives,
    /// and a client takes it only from the one that it asked.
    public var host: String
    /// 0 takes any free port.
    public var port: Int
    /// A further one is refused, but its session lives, so that the node comes back.
    public var maximumConnections = 10_000
    /// A further one pushes out the node's oldest: a node that was cut off comes back before its old connection is missed.
    public var maximumConnectionsPerNode = 4
    /// Connections that are not carriers yet, or are no longer. A further one pushes out the oldest.
    public var maximumHandshakes = 2048
    /// While more handshakes than this are open, new clients must first show with a token that they receive at their address
    /// (Retry, RFC 9000, section 8.1.2; one round trip more), and nothing is kept for those that do not.
    public var handshakesWithoutRetry = 64
    public var timing = QUICTiming()

    public init(host: String = "0.0.0.0", port: Int) {
      self.host = host
      self.port = port
    }
  }

  /// A carrier, and whose it is.
  public struct Accepted: Sendable {
    public let carrier: QUICFrameCarrier
    public let nodeName: NodeName
    public let remoteAddress: String
  }

  private let configuration: Configuration
  private let credentials: QUICCredentials
  private let group: any EventLoopGroup
  private let logger: Logger
  private let counters = QUICServerCounters()
  private let admit: @Sendable (HubAdmission) -> AdmissionDecision

  /// - Parameters:
  ///   - credentials: the server's certificate, and the authority of the nodes that may connect.
  ///   - admit: a further judgement of a node, called on an event loop; it must not block. There are no headers here: the
  ///     node's name is the certificate's, path and project are empty.
  public init(
    configuration: Configuration, credentials: QUICCredentials, group: any EventLoopGroup, logger: Logger,
    admit: @escaping @Sendable (HubAdmission) -> AdmissionDecision = NodeAdmission.certificateBound
  ) {
    self.configuration = configuration
    self.credentials = credentials
    self.group = group
    self.logger = logger
    self.admit = admit
  }

  public var statistics: QUICServerStatistics { counters.snapshot }

  /// Serves until the task is cancelled, then takes no more, closes every carrier, waits for the handlers and returns.
  ///
  /// - Parameters:
  ///   - onReady: called once with the address it listens on.
  ///   - handle: serves one carrier; when it returns, the carrier is closed. It is cancelled on shutdown.
  /// - Throws: when the address cannot be bound.
  public func run(
    onReady: @Sendable (_ host: String, _ port: Int) -> Void, handle: @escaping @Sendable (Accepted) async -> Void
  ) async throws {
    let (accepted, continuation) = AsyncStream<Accepted>.makeStream()
    let address = try SocketAddress(ipAddress: configuration.host, port: configuration.port)
    let loop = group.next()
    let (listener, local) = try await loop.flatSubmit { [configuration, credentials, counters, logger, admit] in
      let listener = QUICListener(
        configuration: configuration, credentials: credentials, address: address, loop: loop, counters: counters,
        logger: logger, admit: admit, begin: { continuation.yield($0) })
      let bound = NIOLoopBound(listener, eventLoop: loop)
      return listener.listen().map { (bound, $0) }
    }.get()
    onReady(local.ipAddress ?? configuration.host, local.port ?? configuration.port)
    await withDiscardingTaskGroup { tasks in
      for await connection in accepted {
        tasks.addTask {
          await handle(connection)
          await connection.carrier.close()
        }
      }
      // Only cancellation ends the stream. The handlers, cancelled with this task, are waited for by the group.
      try? await loop.submit { listener.value.stopAccepting() }.get()
    }
    try? await loop.submit { listener.value.stop() }.get()
    continuation.finish()
  }

  /// Serves framed sessions on every carrier; see ``run(onReady:handle:)``.
  public func run(
    framedSessions sessions: FramedSessionService, onReady: @Sendable (_ host: String, _ port: Int) -> Void
  ) async throws {
    try await run(onReady: onReady) { await sessions.serve($0.carrier, of: $0.nodeName) }
  }
}
#endif
