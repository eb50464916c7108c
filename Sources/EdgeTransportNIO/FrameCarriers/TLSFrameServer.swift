#if Networking
import EdgePrimitives
import EdgeTransport
import Logging
import NIOCore
import NIOPosix
import NIOSSL

/// Takes carriers of frames over TLS: mutual, with ALPN, each bound to the node in its certificate.
///
/// ```swift
/// try await server.run(onReady: { _, port in ... }) { accepted in
///   await directory.serve(accepted.carrier, principal: accepted.nodeName.rawValue)
/// }
/// ```
/// Whoever is no node, or comes when there is no place, is told in a CONNECTION_CLOSE; whoever speaks no TLS, another protocol
/// or nothing within the handshake's time is closed. All are counted in ``statistics``.
public struct TLSFrameServer: Sendable {
  public struct Configuration: Sendable {
    public var host: String
    /// 0 takes any free port.
    public var port: Int
    /// A further one is refused, but its session lives, so that the node comes back.
    public var maximumConnections = 10_000
    /// A further one pushes out the node's oldest: a node that was cut off comes back before its old connection is missed.
    public var maximumConnectionsPerNode = 4
    /// A further one pushes out the oldest; see ``HubConfiguration/maximumHandshakes``.
    public var maximumHandshakes = 2048
    /// A peer that has not finished TLS by then is closed (slow loris). Its greeting has a time of its own,
    /// `FramedSessionDirectory.Configuration.greetingTimeout`.
    public var handshakeTimeout: Duration = .seconds(10)
    public var timing = ByteStreamTiming()

    public init(host: String = "0.0.0.0", port: Int) {
      self.host = host
      self.port = port
    }
  }

  /// A carrier, and whose it is.
  public struct Accepted: Sendable {
    public let carrier: TLSFrameCarrier
    public let nodeName: NodeName
    public let remoteAddress: String
  }

  private let configuration: Configuration
  private let tls: NIOSSLContext
  private let group: any EventLoopGroup
  private let logger: Logger
  private let connections: NodeConnections<ByteStreamLink>
  private let handshakes: HandshakeTable
  private let counters = FrameServerCounters(prefix: "edge_frames")
  private let admit: @Sendable (HubAdmission) -> AdmissionDecision

  /// - Parameters:
  ///   - tls: demands and verifies client certificates, and speaks frames: `TLSContexts.frameServer(_:authorityPEM:)`.
  ///   - admit: a further judgement of a node, called on an event loop; it must not block. There are no headers here: the
  ///     node's name is the certificate's, path and project are empty.
  public init(
    configuration: Configuration, tls: NIOSSLContext, group: any EventLoopGroup, logger: Logger,
    admit: @escaping @Sendable (HubAdmission) -> AdmissionDecision = NodeAdmission.certificateBound
  ) {
    self.configuration = configuration
    self.tls = tls
    self.group = group
    self.logger = logger
    self.admit = admit
    connections = NodeConnections(
      maximumCount: configuration.maximumConnections, maximumPerNode: configuration.maximumConnectionsPerNode)
    handshakes = HandshakeTable(maximumCount: configuration.maximumHandshakes)
  }

  public var statistics: FrameServerStatistics { counters.snapshot }

  /// Serves until the task is cancelled, then stops accepting, closes every carrier, waits for the handlers and returns.
  ///
  /// - Parameters:
  ///   - onReady: called once with the address it listens on.
  ///   - handle: serves one carrier; when it returns, the carrier is closed. It is cancelled on shutdown.
  /// - Throws: when the address cannot be bound.
  public func run(
    onReady: @Sendable (_ host: String, _ port: Int) -> Void, handle: @escaping @Sendable (Accepted) async -> Void
  ) async throws {
    let (accepted, continuation) = AsyncStream<Accepted>.makeStream()
    let acceptor = TLSFrameAcceptor(
      configuration: configuration, tls: tls, admit: admit, connections: connections, handshakes: handshakes,
      counters: counters, logger: logger, begin: { continuation.yield($0) })
    let listener = try await acceptor.listen(on: group)
    onReady(listener.localAddress?.ipAddress ?? configuration.host, listener.localAddress?.port ?? configuration.port)
    await withDiscardingTaskGroup { tasks in
      for await connection in accepted {
        tasks.addTask {
          await handle(connection)
          await connection.carrier.close()
        }
      }
      // Only cancellation ends the stream. The handlers, cancelled with this task, are waited for by the group.
      try? await listener.close()
      for link in connections.stop() { link.startClosing() }
      for channel in handshakes.stop() { channel.close(promise: nil) }
    }
    continuation.finish()
  }
}
#endif
