import EdgeAPIModels

/// Something in the place of an object that cannot be read: damaged, of another kind, from a newer version, or a key that
/// no object has.
///
/// It is told beside the objects that can be read, and never stands in their way.
public struct UnreadableObject: Sendable {
  /// Of a key that no object can have the name begins with a slash and holds the rest of the key.
  public let key: ObjectKey
  public let version: ResourceVersion
  public let error: ObjectError

  public init(key: ObjectKey, version: ResourceVersion, error: ObjectError) {
    self.key = key
    self.version = version
    self.error = error
  }
}
