import EdgePrimitives

extension EdgeMessage {
  /// The answer to this message, by the rule of KubeEdge's `NewRespByMessage`: same source, group, resource and type.
  public func response(id: UniqueID, timestamp: Timestamp, content: MessageContent) -> EdgeMessage {
    EdgeMessage(
      header: MessageHeader(
        id: id.rawValue, parentID: header.id, timestampMilliseconds: timestamp.millisecondsSinceEpoch,
        type: header.type),
      route: MessageRoute(
        source: route.source, group: route.group, operation: .response, resource: route.resource),
      content: content)
  }

  /// The acknowledgement of a delivery: a response with the content "OK". Send it after the effect is durable.
  public func ack(id: UniqueID, timestamp: Timestamp) -> EdgeMessage {
    response(id: id, timestamp: timestamp, content: .ok)
  }

  /// A refusal, by the rule of `NewErrorMessage`: parent and resource are set, source and group stay empty.
  public func refusal(id: UniqueID, timestamp: Timestamp, text: String) -> EdgeMessage {
    EdgeMessage(
      header: MessageHeader(
        id: id.rawValue, parentID: header.id, timestampMilliseconds: timestamp.millisecondsSinceEpoch),
      route: MessageRoute(operation: .error, resource: route.resource),
      content: MessageContent(text: text))
  }
}
