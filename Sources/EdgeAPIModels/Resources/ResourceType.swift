/// What the API knows of one kind of objects: its names, its versions and its scope.
public struct ResourceType: Hashable, Sendable {
  /// Group and kind with the storage version.
  public let gvk: GroupVersionKind
  public let plural: String
  public let singular: String
  public let shortNames: [String]
  public let isNamespaced: Bool
  /// The versions a client may ask for, the storage version first.
  public let servedVersions: [String]
  /// Whether `status` is written through a subresource of its own.
  public let hasStatusSubresource: Bool

  /// - Parameters:
  ///   - plural: the lower-case kind with an `s` when nil.
  ///   - alsoServed: versions beside the storage version.
  public init(
    _ gvk: GroupVersionKind, plural: String? = nil, shortNames: [String] = [], isNamespaced: Bool = true,
    alsoServed: [String] = [], hasStatusSubresource: Bool = false
  ) {
    self.gvk = gvk
    singular = gvk.kind.lowercased()
    self.plural = plural ?? singular + "s"
    self.shortNames = shortNames
    self.isNamespaced = isNamespaced
    servedVersions = [gvk.version] + alsoServed
    self.hasStatusSubresource = hasStatusSubresource
  }

  public var groupResource: GroupResource { GroupResource(group: gvk.group, resource: plural) }

  public func serves(version: String) -> Bool { servedVersions.contains(version) }
}
