#if Networking
import EdgeTransport
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// What an upgrade request says.
public struct WebSocketRequest: Sendable {
  public let path: String
  public let headers: [(name: String, value: String)]
  /// What the client would speak, by preference.
  public let subprotocols: [String]
  public let remoteAddress: String

  init(_ head: HTTPRequestHead, on channel: any Channel) {
    path = head.uri
    headers = head.headers.map { ($0.name, $0.value) }
    subprotocols = head.headers[canonicalForm: "Sec-WebSocket-Protocol"].map(String.init)
    remoteAddress = channel.remoteAddress?.description ?? "unknown"
  }

  /// The first header of that name, in whatever case.
  public func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }
}

/// The answer to a ``WebSocketRequest``.
public enum WebSocketDecision: Sendable {
  /// With one of the request's subprotocols, or none.
  case accept(subprotocol: String?)
  case refuse(UpgradeRefusal)
}

/// A WebSocket server that is nobody's hub: whoever it accepts is handed to a handler.
///
/// It has the hub's handlers and bounds without its sessions; for carriers by subprotocol, for KubeEdge's further endpoints
/// and for conformance tests.
public struct WebSocketServer: Sendable {
  public struct Configuration: Sendable {
    public var host: String
    public var port: Int
    public var maximumMessageBytes = 12 << 20
    public var maximumHandshakes = 2048
    public var upgradeTimeout: Duration = .seconds(10)
    public var maximumHeaderBytes = 16 << 10
    public var timing = WebSocketTiming()

    /// - Parameter port: 0 takes any free one.
    public init(host: String = "127.0.0.1", port: Int = 0) {
      self.host = host
      self.port = port
    }
  }

  private let configuration: Configuration
  private let tls: NIOSSLContext?
  private let group: any EventLoopGroup
  private let logger: Logger
  private let decide: @Sendable (WebSocketRequest) -> WebSocketDecision

  /// - Parameters:
  ///   - tls: nil serves plain text.
  ///   - decide: called on an event loop for each upgrade request; it must not block.
  public init(
    configuration: Configuration, tls: NIOSSLContext?, group: any EventLoopGroup, logger: Logger,
    decide: @escaping @Sendable (WebSocketRequest) -> WebSocketDecision = { _ in .accept(subprotocol: nil) }
  ) {
    self.configuration = configuration
    self.tls = tls
    self.group = group
    self.logger = logger
    self.decide = decide
  }

  /// Serves until the task is cancelled, then closes every connection and waits for their handlers.
  /// - Throws: when the address cannot be bound.
  public func run(
    onReady: @Sendable (_ host: String, _ port: Int) -> Void,
    handle: @escaping @Sendable (WebSocketConnection) async -> Void
  ) async throws {
    let (accepted, continuation) = AsyncStream<WebSocketConnection>.makeStream()
    let handshakes = HandshakeTable(maximumCount: configuration.maximumHandshakes)
    let acceptor = UpgradeAcceptor<Void>(
      listener: ListenerConfiguration(
        host: configuration.host, port: configuration.port, upgradeTimeout: configuration.upgradeTimeout,
        maximumHeaderBytes: configuration.maximumHeaderBytes),
      tls: tls,
      options: WebSocketOptions(
        role: .server, maximumMessageBytes: configuration.maximumMessageBytes, timing: configuration.timing,
        counters: LinkCounters(prefix: "edge_websocket", logger: logger), quiet: QuietConnectionsByLoop()),
      handshakes: handshakes, counters: HubCounters(), logger: logger,
      judge: { [decide] head, channel in
        guard head.method == .GET, head.version == .http1_1 else { return .refuse(.noUpgrade) }
        switch decide(WebSocketRequest(head, on: channel)) {
        case .accept(let subprotocol): return .accept((), subprotocol: subprotocol)
        case .refuse(let refusal): return .refuse(refusal)
        }
      },
      begin: { link, _, subprotocol in
        if case .terminated = continuation.yield(WebSocketConnection(subprotocol: subprotocol, link: link)) {
          link.startClosing(.goingAway)
        }
      })
    let listener = try await acceptor.listen(on: group)
    onReady(listener.localAddress?.ipAddress ?? configuration.host, listener.localAddress?.port ?? configuration.port)
    await withDiscardingTaskGroup { tasks in
      for await connection in accepted {
        tasks.addTask {
          await withTaskCancellationHandler {
            await handle(connection)
          } onCancel: {
            connection.link.startClosing(.goingAway)
          }
          await connection.close()
        }
      }
      try? await listener.close()
      for channel in handshakes.stop() { channel.close(promise: nil) }
    }
    continuation.finish()
  }
}
#endif
