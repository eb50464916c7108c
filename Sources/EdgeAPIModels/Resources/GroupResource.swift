/// A collection of objects independent of its versions, for instance `deployments.apps`.
public struct GroupResource: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let group: String
  /// The plural, lower case.
  public let resource: String

  public init(group: String, resource: String) {
    self.group = group
    self.resource = resource
  }

  /// `pods`, `devices.devices.kubeedge.io`.
  public var description: String { group.isEmpty ? resource : "\(resource).\(group)" }

  public static func < (left: GroupResource, right: GroupResource) -> Bool {
    (left.group, left.resource) < (right.group, right.resource)
  }
}
