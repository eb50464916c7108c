/// What a message asks or says. An open set: words of later KubeEdge versions pass through unchanged.
public struct MessageOperation: Hashable, Sendable, RawRepresentable, ExpressibleByStringLiteral,
  CustomStringConvertible
{
  public let rawValue: String

  public init(rawValue: String) { self.rawValue = rawValue }
  public init(_ rawValue: String) { self.rawValue = rawValue }
  public init(stringLiteral value: String) { rawValue = value }

  public var description: String { rawValue }

  public static let insert = MessageOperation("insert")
  public static let update = MessageOperation("update")
  public static let delete = MessageOperation("delete")
  public static let query = MessageOperation("query")
  public static let patch = MessageOperation("patch")
  public static let upload = MessageOperation("upload")
  public static let get = MessageOperation("get")
  /// The answer to a request, and the acknowledgement of a delivery (content "OK").
  public static let response = MessageOperation("response")
  /// A refusal; the content is its text.
  public static let error = MessageOperation("error")
  public static let keepalive = MessageOperation("keepalive")
  public static let publish = MessageOperation("publish")
  public static let subscribe = MessageOperation("subscribe")
  public static let unsubscribe = MessageOperation("unsubscribe")
  /// Word of a module that is no object change, for instance that a node is synchronised.
  public static let message = MessageOperation("message")
  /// The answer to a ``get``, in the device twin's words.
  public static let getResult = MessageOperation("get_result")
  /// Rules of the router begin and end with these.
  public static let start = MessageOperation("start")
  public static let stop = MessageOperation("stop")
  /// The answer to a request of the metaserver.
  public static let applicationResponse = MessageOperation("applicationResponse")
  public static let unholdUpgrade = MessageOperation("unhold-upgrade")
  /// What became of one action of a node job.
  public static let updateNodeActionStatus = MessageOperation("UpdateNodeActionStatus")

  // Storage requests of the cloud's CSI driver to the node.
  public static let createVolume = MessageOperation("createvolume")
  public static let deleteVolume = MessageOperation("deletevolume")
  public static let publishVolume = MessageOperation("controllerpublishvolume")
  public static let unpublishVolume = MessageOperation("controllerunpublishvolume")

  // Control words: a connection answers them itself, see ``EdgeMessage/linkRule``.
  public static let config = MessageOperation("config")
  public static let ping = MessageOperation("ping")
  public static let pong = MessageOperation("pong")
}
