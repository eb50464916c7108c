#if Networking
import EdgePrimitives
import EdgeTransport
import Logging
import NIOCore
import NIOSSL

/// The edge's end of the KubeEdge link, in EdgeHub's place: makes one connection at a time.
///
/// Each connection says that it is alive with KubeEdge's keepalive message, at once and then every
/// ``EdgeHubConfiguration/keepaliveInterval``, whatever its user does.
public struct EdgeHubClient: Sendable {
  private let configuration: EdgeHubConfiguration
  private let client: WebSocketClient
  private let logger: Logger

  /// - Parameter tls: holds the node's certificate and trusts the hub's authority.
  public init(configuration: EdgeHubConfiguration, tls: NIOSSLContext, group: any EventLoopGroup, logger: Logger) {
    self.configuration = configuration
    self.logger = logger
    client = WebSocketClient(
      configuration: configuration.webSocket, tls: tls, group: group,
      counters: LinkCounters(prefix: "edge_link", logger: logger),
      heartbeat: configuration.keepaliveInterval.map { interval in
        Heartbeat(interval: interval) {
          let keepalive = EdgeMessage.keepalive(
            id: UniqueID(from: SystemEntropy()), timestamp: SystemWallClock().now())
          return WebSocketMessage(.text, bytes: keepalive.encoded())
        }
      })
  }

  /// Connects, proves who we are and upgrades.
  /// - Throws: ``TransportError``: `unreachable`, `timedOut`, `insecure`, `refused` (with the hub's status and words).
  public func connect() async throws(TransportError) -> EdgeConnection {
    try await connect(offering: configuration.subprotocols)
  }

  func connect(offering subprotocols: [String]) async throws(TransportError) -> EdgeConnection {
    let webSocket = try await client.offering(subprotocols).connect()
    logger.debug("connected to the hub", metadata: ["hub": "\(configuration.host):\(configuration.port)"])
    return EdgeConnection(webSocket: webSocket, limits: configuration.limits)
  }

  /// A link that connects again and again; see ``ReconnectingLink``.
  public func reconnectingLink(
    backoff: Backoff = Backoff(), entropy: any EntropySource = SystemEntropy(),
    onStateChange: @escaping @Sendable (LinkState) async -> Void = { _ in }
  ) -> ReconnectingLink<EdgeConnection> {
    ReconnectingLink(backoff: backoff, entropy: entropy, onStateChange: onStateChange) {
      () async throws(TransportError) -> EdgeConnection in try await connect()
    }
  }
}
#endif
