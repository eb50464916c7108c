/// Where a message comes from, whom it is for and what it asks; each part is omitted on the wire when empty.
public struct MessageRoute: Hashable, Sendable {
  /// The sending module, for instance `edgecontroller` or `edged`.
  public var source: String
  /// Hardly used by KubeEdge; kept so that nothing is lost.
  public var destination: String
  /// The receiving group of modules, for instance `resource`, `twin` or `user`.
  public var group: String
  public var operation: MessageOperation
  /// Mostly a ``ResourcePath``; topics and bare words occur as well, so it stays text.
  public var resource: String

  public init(
    source: String = "", destination: String = "", group: String = "",
    operation: MessageOperation = MessageOperation(""),
    resource: String = ""
  ) {
    self.source = source
    self.destination = destination
    self.group = group
    self.operation = operation
    self.resource = resource
  }
}
