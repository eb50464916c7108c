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
}
