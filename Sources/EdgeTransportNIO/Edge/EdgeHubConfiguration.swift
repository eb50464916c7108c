#if Networking
import EdgePrimitives
import EdgeTransport

/// Which hub an edge connects to, and as whom.
public struct EdgeHubConfiguration: Sendable {
  /// KubeEdge's default project.
  public static let defaultProjectID = "e632aba927ea4ac2b575ec1603d56f10"

  public var host: String
  public var port: Int
  /// Must be the name in the client certificate.
  public var nodeName: NodeName
  public var projectID: String
  /// The name or IP address that the hub's certificate must bear; `host` when nil.
  public var serverHostname: String?
  /// For TCP alone.
  public var connectTimeout: Duration = .seconds(5)
  /// For TLS and the upgrade, after the TCP connection stands.
  public var upgradeTimeout: Duration = .seconds(10)
  /// Silence after which the hub is pinged.
  public var pingInterval: Duration = .seconds(15)
  /// Silence after a ping that means that the link is dead.
  public var pingTimeout: Duration = .seconds(10)
  public var limits = MessageLimits.default

  public init(
    host: String, port: Int, nodeName: NodeName, projectID: String = EdgeHubConfiguration.defaultProjectID,
    serverHostname: String? = nil
  ) {
    self.host = host
    self.port = port
    self.nodeName = nodeName
    self.projectID = projectID
    self.serverHostname = serverHostname
  }
}
#endif
