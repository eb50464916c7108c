/// The header of a KubeEdge message: identity, time and version, in the order and with the omissions of KubeEdge's
/// `model.MessageHeader`.
public struct MessageHeader: Hashable, Sendable {
  /// A version 4 UUID in text form. Opaque: an edge that stops sends one message with an empty id.
  public var id: String
  /// The id of the message that this one answers; empty when it answers none.
  public var parentID: String
  /// Milliseconds since 1970, by the sender's clock.
  public var timestampMilliseconds: Int64
  /// The Kubernetes resourceVersion of the object in the content; empty when there is none.
  public var resourceVersion: String
  /// KubeEdge's in-process "the caller waits" flag; never set on the wire between edge and cloud.
  public var sync: Bool
  /// KubeEdge's in-process context type; empty on the wire.
  public var type: String

  public init(
    id: String, parentID: String = "", timestampMilliseconds: Int64, resourceVersion: String = "", sync: Bool = false,
    type: String = ""
  ) {
    self.id = id
    self.parentID = parentID
    self.timestampMilliseconds = timestampMilliseconds
    self.resourceVersion = resourceVersion
    self.sync = sync
    self.type = type
  }
}
