import EdgePrimitives

extension EdgeMessage {
  /// What a KubeEdge connection does with a message before anybody behind it sees it (viaduct, conn/ws.go).
  public enum LinkRule: Hashable, Sendable {
    /// It is for whoever reads the connection.
    case deliver
    /// A control word (config, ping, pong): answered at once with ``controlAnswer(id:timestamp:)``, and gone.
    case acknowledge
    /// The zero message that an EdgeCore sends when it stops: it says nothing and is dropped.
    case drop
  }

  public var linkRule: LinkRule {
    switch route.operation {
    case .config, .ping, .pong: .acknowledge
    case "" where header.id.isEmpty && route == MessageRoute() && content.isNull: .drop
    default: .deliver
    }
  }

  /// The answer to a control word: a response with the content "ack".
  public func controlAnswer(id: UniqueID, timestamp: Timestamp) -> EdgeMessage {
    response(id: id, timestamp: timestamp, content: MessageContent(text: "ack"))
  }

  /// What an edge sends as soon as it is connected and then every 15 s; there is no answer. KubeEdge's hub drops whoever it
  /// has not heard this from for 30 s, whatever else came.
  public static func keepalive(id: UniqueID, timestamp: Timestamp) -> EdgeMessage {
    EdgeMessage(
      id: id, timestamp: timestamp, source: "websocket", group: "resource", operation: .keepalive, resource: "node",
      content: MessageContent(text: "ping"))
  }
}
