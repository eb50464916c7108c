/// Something to deliver: the newest state of one object, or a message that stands for itself.
public struct DeliveryItem: Hashable, Sendable {
  /// Names the object; items of one key are ordered, and coalesced where their class keeps the latest only. Use an
  /// object's uid (as KubeEdge does) where a deleted and re-created object must not be merged into one change.
  public let objectKey: String
  /// The object's version; a lower or equal one than a version already taken is stale. Nil stands above all that
  /// came before it. Classes that keep everything pass it on and do not judge by it.
  public let version: UInt64?
  /// Its id must be fresh: two items under one id are one to every receiver.
  public let message: EdgeMessage
  /// Whether the peer answers with a response that names the message. Without, it is sent once and never written to
  /// a journal.
  public let needsAcknowledgement: Bool
  /// Items of one object are of one class: while any of them is pending, later ones are treated as the first.
  public let deliveryClass: DeliveryClass

  public init(
    objectKey: String, version: UInt64?, message: EdgeMessage, needsAcknowledgement: Bool = true,
    deliveryClass: DeliveryClass = .objects
  ) {
    self.objectKey = objectKey
    self.version = version
    self.message = message
    self.needsAcknowledgement = needsAcknowledgement
    self.deliveryClass = deliveryClass
  }

  /// A message that is never merged with another: its own id is its key.
  public init(message: EdgeMessage, needsAcknowledgement: Bool, deliveryClass: DeliveryClass = .objects) {
    self.init(
      objectKey: message.id, version: nil, message: message, needsAcknowledgement: needsAcknowledgement,
      deliveryClass: deliveryClass)
  }

  /// What the item is counted with against the byte bounds: the content, the names of the object and a flat sum for
  /// the rest.
  var cost: Int { message.content.bytes.count + objectKey.utf8.count + message.route.resource.utf8.count + 256 }
}
