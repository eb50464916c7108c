#if Networking
import EdgePrimitives
import EdgeTransport
import Logging
import NIOCore
import NIOPosix
import NIOSSL

/// The cloud's end of the KubeEdge link, in CloudHub's place: WebSocket over mutual TLS, one session per node.
///
/// A newer session of a node takes over from its older one at once; the older one's teardown never touches it (FF-02).
public struct HubServer: Sendable {
  private let configuration: HubConfiguration
  private let tls: NIOSSLContext
  private let group: any EventLoopGroup
  private let logger: Logger
  private let sessions: HubSessions
  private let handshakes: HandshakeTable
  private let gate: HubGate

  /// - Parameters:
  ///   - tls: demands and verifies client certificates.
  ///   - admit: called on an event loop for each upgrade request; it must not block.
  public init(
    configuration: HubConfiguration, tls: NIOSSLContext, group: any EventLoopGroup, logger: Logger,
    admit: @escaping @Sendable (HubAdmission) -> AdmissionDecision = NodeAdmission.certificateBound
  ) {
    self.configuration = configuration
    self.tls = tls
    self.group = group
    self.logger = logger
    let sessions = HubSessions(maximumSessions: configuration.maximumSessions, logger: logger)
    self.sessions = sessions
    handshakes = HandshakeTable(maximumCount: configuration.maximumHandshakes)
    gate = HubGate(
      configuration: configuration, logger: logger, hasPlace: { sessions.hasPlace(for: $0) }, admit: admit)
  }

  public var statistics: HubStatistics { sessions.counters.snapshot }
  /// The nodes connected now.
  public var connectedNodes: [NodeName] { sessions.nodes }

  /// Serves until the task is cancelled, then stops accepting, sends every node a close (1001), waits for the session
  /// handlers and returns.
  ///
  /// - Parameters:
  ///   - onReady: called once with the address it listens on.
  ///   - handleSession: serves one connection; when it returns, the connection is closed. It is cancelled on shutdown.
  /// - Throws: when the address cannot be bound.
  public func run(
    onReady: @Sendable (_ host: String, _ port: Int) -> Void,
    handleSession: @escaping @Sendable (HubConnection) async -> Void
  ) async throws {
    let (accepted, continuation) = AsyncStream<HubConnection>.makeStream()
    let listener = try await acceptor { continuation.yield($0) }.listen(on: group)
    onReady(listener.localAddress?.ipAddress ?? configuration.host, listener.localAddress?.port ?? configuration.port)
    await withDiscardingTaskGroup { tasks in
      for await connection in accepted {
        // There are as many of these closures as nodes: they hold the connection, the handler and the logger, nothing else.
        switch configuration.sessionExecution {
        case .sharedPool: tasks.addTask { [logger] in await Self.serve(connection, handleSession, logger) }
        case .eventLoop:
          tasks.addTask(executorPreference: connection.webSocket.eventLoopExecutor) { [logger] in
            await Self.serve(connection, handleSession, logger)
          }
        }
      }
      // Only cancellation ends the stream. The handlers, cancelled with this task, are waited for by the group.
      try? await listener.close()
      sessions.closeAll()
      for channel in handshakes.stop() { channel.close(promise: nil) }
    }
    continuation.finish()
  }

  private static func serve(
    _ connection: HubConnection, _ handleSession: @Sendable (HubConnection) async -> Void, _ logger: Logger
  ) async {
    log("node connected", .connected, connection, logger)
    await handleSession(connection)
    await connection.close()
    log("node disconnected", .disconnected, connection, logger)
  }

  @inline(never)
  private static func log(
    _ message: Logger.Message, _ event: HubEvent, _ connection: HubConnection, _ logger: Logger
  ) {
    logger.info(
      message,
      metadata: event.metadata(["node": "\(connection.nodeName)", "peer": "\(connection.remoteAddress)"]))
  }

  private func acceptor(
    deliver: @escaping @Sendable (HubConnection) -> Void
  ) -> UpgradeAcceptor<HubAdmission> {
    UpgradeAcceptor(
      listener: ListenerConfiguration(
        host: configuration.host, port: configuration.port, upgradeTimeout: configuration.upgradeTimeout,
        maximumHeaderBytes: configuration.maximumHeaderBytes),
      tls: tls,
      options: WebSocketOptions(
        role: .server, maximumMessageBytes: configuration.limits.maximumBytes, timing: configuration.timing,
        counters: LinkCounters(prefix: "edge_hub", logger: logger),
        quiet: QuietConnectionsByLoop(interval: TimeAmount(configuration.quietAfter))),
      handshakes: handshakes, counters: sessions.counters, logger: logger,
      judge: { [gate] head, channel in gate.judge(head, on: channel) },
      begin: { [sessions, limits = configuration.limits] link, admission, subprotocol in
        guard sessions.register(link, for: admission.nodeName) else { return link.startClosing(.tryAgainLater) }
        let webSocket = WebSocketConnection(subprotocol: subprotocol, link: link)
        deliver(HubConnection(admission: admission, webSocket: webSocket, limits: limits))
      })
  }
}
#endif
