/// Something to deliver: the newest state of one object, or a message that stands for itself.
public struct DeliveryItem: Hashable, Sendable {
  /// Names the object; items of one key are ordered and coalesced. Use an object's uid (as KubeEdge does) where a
  /// deleted and re-created object must not be merged into one change.
  public let objectKey: String
  /// The object's version; a lower or equal one than a version already taken is stale. Nil stands above all that
  /// came before it.
  public let version: UInt64?
  public let message: EdgeMessage
  /// Whether the peer answers with a response that names the message. Without, it is sent once.
  public let needsAcknowledgement: Bool

  public init(objectKey: String, version: UInt64?, message: EdgeMessage, needsAcknowledgement: Bool = true) {
    self.objectKey = objectKey
    self.version = version
    self.message = message
    self.needsAcknowledgement = needsAcknowledgement
  }

  /// A message that is never merged with another: its own id is its key.
  public init(message: EdgeMessage, needsAcknowledgement: Bool) {
    self.init(
      objectKey: message.id, version: nil, message: message, needsAcknowledgement: needsAcknowledgement)
  }

  /// What the item is counted with against the byte bound: the content, the key and a flat sum for the rest.
  var cost: Int { message.content.bytes.count + objectKey.utf8.count + 256 }
}
