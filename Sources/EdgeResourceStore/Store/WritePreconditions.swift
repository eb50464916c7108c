/// What must be true of a stored object for a write to happen; nil members are not asked about.
public struct WritePreconditions: Hashable, Sendable {
  /// The object must be this one and not a later one of the same name.
  public var uid: String?
  /// The object must be in this state.
  public var resourceVersion: ResourceVersion?

  public init(uid: String? = nil, resourceVersion: ResourceVersion? = nil) {
    self.uid = uid
    self.resourceVersion = resourceVersion
  }

  public static let none = WritePreconditions()

  /// What does not hold, in the words for a conflict; nil when all does.
  func violation(by current: ObjectIdentity, at version: ResourceVersion) -> String? {
    if let uid, uid != current.uid {
      return "Precondition failed: UID in precondition: \(uid), UID in object meta: \(current.uid ?? "")"
    }
    if let resourceVersion, resourceVersion != version {
      return "the object has been modified; its resource version is \(version), not \(resourceVersion)"
    }
    return nil
  }
}
