#if Networking
import EdgeTransport

/// Where a hub listens and what it bears.
public struct HubConfiguration: Sendable {
  public var host: String
  /// 0 takes any free port; KubeEdge's is 10000.
  public var port: Int
  /// The most nodes connected at once; a further node is refused with 503.
  public var maximumSessions = 10_000
  /// The most connections that are still in their handshake; above it new ones are closed unheard.
  public var maximumHandshakes = 512
  /// A peer that has not finished TLS and the upgrade by then is closed (slow loris).
  public var upgradeTimeout: Duration = .seconds(10)
  /// Silence after which a peer is pinged.
  public var pingInterval: Duration = .seconds(15)
  /// Silence after a ping that means that the peer is gone.
  public var pingTimeout: Duration = .seconds(10)
  /// What peers may send in one message.
  public var limits = MessageLimits.default
  /// All header fields of an upgrade request together.
  public var maximumHeaderBytes = 16 << 10
  /// Asked of a peer that is refused because the hub is full.
  public var retryAfter: Duration = .seconds(5)

  public init(host: String = "0.0.0.0", port: Int = 10_000) {
    self.host = host
    self.port = port
  }
}
#endif
