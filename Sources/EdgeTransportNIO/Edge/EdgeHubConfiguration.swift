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
  /// How often the hub is told that this edge is alive; a KubeEdge hub drops who is not heard for 30 s. Nil for a hub that
  /// is spoken to in another way, by subprotocol.
  public var keepaliveInterval: Duration? = .seconds(15)
  /// What this edge would rather speak than KubeEdge's messages; empty against a KubeEdge hub.
  public var subprotocols: [String] = []
  public var limits = MessageLimits.default
  public var timing = WebSocketTiming()

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

  var webSocket: WebSocketClient.Configuration {
    var configuration = WebSocketClient.Configuration(
      host: host, port: port, path: "/\(projectID)/\(nodeName)/events")
    configuration.headers = [
      ("Node_id", nodeName.rawValue), ("Project_id", projectID), ("Connectionuse", ConnectionUse.messages.rawValue),
    ]
    configuration.subprotocols = subprotocols
    configuration.serverHostname = serverHostname
    configuration.connectTimeout = connectTimeout
    configuration.upgradeTimeout = upgradeTimeout
    configuration.maximumMessageBytes = limits.maximumBytes
    configuration.timing = timing
    return configuration
  }
}
#endif
