/// A collection of objects in one version, as a path of the API names it.
public struct GroupVersionResource: Hashable, Sendable, CustomStringConvertible {
  public let group: String
  public let version: String
  /// The plural, lower case.
  public let resource: String

  public init(group: String, version: String, resource: String) {
    self.group = group
    self.version = version
    self.resource = resource
  }

  /// Parses the form of command lines, `deployments.v1.apps`, in which the group may have dots.
  ///
  /// - Returns: nil when there are fewer than two dots: such a text is a ``GroupResource``.
  public init?(argument: String) {
    let parts = argument.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3 else { return nil }
    self.init(group: parts[2], version: parts[1], resource: parts[0])
  }

  public var groupVersion: GroupVersion { GroupVersion(group: group, version: version) }
  public var groupResource: GroupResource { GroupResource(group: group, resource: resource) }

  /// `apps/v1, Resource=deployments`
  public var description: String { "\(group)/\(version), Resource=\(resource)" }
}

extension GroupResource {
  /// Parses the form of command lines: `pods`, `deployments.apps`.
  public init(argument: String) {
    let parts = argument.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    self.init(group: parts.count == 2 ? parts[1] : "", resource: parts[0])
  }
}
