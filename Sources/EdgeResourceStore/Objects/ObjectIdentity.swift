import EdgePrimitives

/// What of an object's metadata the store reads and writes; all else belongs to the object's owner.
public struct ObjectIdentity: Hashable, Sendable {
  public var name: String?
  public var namespace: String?
  /// Opaque; it tells an object from a later one of the same name.
  public var uid: String?
  /// The revision of the object's last change; never stored, the store knows it.
  public var resourceVersion: String?
  public var creationTimestamp: Timestamp?

  public init(
    name: String?, namespace: String? = nil, uid: String? = nil, resourceVersion: String? = nil,
    creationTimestamp: Timestamp? = nil
  ) {
    self.name = name
    self.namespace = namespace
    self.uid = uid
    self.resourceVersion = resourceVersion
    self.creationTimestamp = creationTimestamp
  }
}
