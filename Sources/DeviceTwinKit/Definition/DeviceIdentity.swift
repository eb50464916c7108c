/// Which device a twin belongs to.
public struct DeviceIdentity: Hashable, Sendable, CustomStringConvertible {
  public let namespace: String
  public let name: String
  /// The uid of the Device object; nil when it has none (yet).
  public let uid: String?

  public init(namespace: String, name: String, uid: String? = nil) {
    self.namespace = namespace
    self.name = name
    self.uid = uid
  }

  /// `namespace/name`, KubeEdge's device id.
  public var description: String { "\(namespace)/\(name)" }

  /// A known uid that differs means that the object was deleted and created again under the same name.
  func isSameDevice(as other: DeviceIdentity) -> Bool {
    guard namespace == other.namespace, name == other.name else { return false }
    guard let uid, let otherUID = other.uid else { return true }
    return uid == otherUID
  }
}
