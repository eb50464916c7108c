/// What tells one object from every other, in any version: collection, namespace and name.
public struct ObjectKey: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let resource: GroupResource
  /// nil for cluster-scoped objects.
  public let namespace: String?
  public let name: String

  public init(resource: GroupResource, namespace: String?, name: String) {
    self.resource = resource
    self.namespace = namespace
    self.name = name
  }

  /// `pods/default/web-0`, `nodes/edge-node-1`.
  public var description: String {
    if let namespace { "\(resource)/\(namespace)/\(name)" } else { "\(resource)/\(name)" }
  }

  public static func < (left: ObjectKey, right: ObjectKey) -> Bool {
    if left.resource != right.resource { return left.resource < right.resource }
    return (left.namespace ?? "", left.name) < (right.namespace ?? "", right.name)
  }
}
