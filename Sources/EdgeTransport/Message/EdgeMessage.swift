import EdgePrimitives

/// One message between cloud and edge, in KubeEdge's model: header, route and content.
///
/// The content is JSON bytes that are never parsed on the way, so a message costs the same whatever it carries and
/// numbers beyond 2^53 survive, which KubeEdge's own receivers damage. Source: beehive `model.Message`.
public struct EdgeMessage: Hashable, Sendable {
  public var header: MessageHeader
  public var route: MessageRoute
  public var content: MessageContent

  public init(header: MessageHeader, route: MessageRoute, content: MessageContent = .null) {
    self.header = header
    self.route = route
    self.content = content
  }

  /// A new message.
  /// - Parameters:
  ///   - id: fresh for each message; a resent message keeps its id.
  ///   - timestamp: the sender's wall clock; the wire holds milliseconds.
  ///   - resourceVersion: the version of the object in `content`, empty when there is none.
  public init(
    id: UniqueID, timestamp: Timestamp, source: String, group: String, operation: MessageOperation, resource: String,
    resourceVersion: String = "", content: MessageContent = .null
  ) {
    header = MessageHeader(
      id: id.rawValue, timestampMilliseconds: timestamp.millisecondsSinceEpoch, resourceVersion: resourceVersion)
    route = MessageRoute(source: source, group: group, operation: operation, resource: resource)
    self.content = content
  }

  public var id: String { header.id }
  public var parentID: String { header.parentID }
  public var operation: MessageOperation { route.operation }
  public var resource: String { route.resource }
  /// Whether this answers another message: a response or an error that names its parent.
  public var isAnswer: Bool {
    !header.parentID.isEmpty && (route.operation == .response || route.operation == .error)
  }
}
