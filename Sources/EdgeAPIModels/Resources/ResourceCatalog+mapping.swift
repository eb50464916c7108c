/// From kinds to resources and back, as Kubernetes' RESTMapper does. Versions come in the order of preference, the
/// storage version first.
extension ResourceCatalog {
  /// The resource of a kind in exactly this version.
  public func resource(for kind: GroupVersionKind) -> GroupVersionResource? {
    type(for: kind).map { GroupVersionResource(group: kind.group, version: kind.version, resource: $0.plural) }
  }

  /// The kind of a resource in exactly this version.
  public func kind(for resource: GroupVersionResource) -> GroupVersionKind? {
    type(group: resource.group, version: resource.version, plural: resource.resource).map {
      GroupVersionKind(group: resource.group, version: resource.version, kind: $0.gvk.kind)
    }
  }

  /// All resources that a partial one may mean: an empty group or version stands for any, the name may be the plural, the
  /// singular or a short name, in any case. Names of resources count before short names.
  public func resources(matching partial: GroupVersionResource) -> [GroupVersionResource] {
    let word = partial.resource.lowercased()
    let candidates = all.filter { partial.group.isEmpty || $0.gvk.group == partial.group }
    let named = candidates.filter { $0.plural == word || $0.singular == word }
    let types = named.isEmpty ? candidates.filter { $0.shortNames.contains(word) } : named
    return types.flatMap { type in
      type.servedVersions.filter { partial.version.isEmpty || $0 == partial.version }
        .map { GroupVersionResource(group: type.gvk.group, version: $0, resource: type.plural) }
    }
  }

  /// The kinds of all resources that a partial one may mean; see ``resources(matching:)``.
  public func kinds(matching partial: GroupVersionResource) -> [GroupVersionKind] {
    resources(matching: partial).compactMap { kind(for: $0) }
  }

  /// The one resource that a partial one means, in its preferred version.
  ///
  /// - Throws: ``ResourceMappingError`` when there is none, or one in several groups.
  public func resource(matching partial: GroupVersionResource) throws(ResourceMappingError) -> GroupVersionResource {
    let matches = resources(matching: partial)
    guard let first = matches.first else { throw ResourceMappingError(code: .noMatch, partial: partial, matches: []) }
    // Versions of one resource are no ambiguity.
    if matches.contains(where: { $0.groupResource != first.groupResource }) {
      throw ResourceMappingError(code: .ambiguous, partial: partial, matches: matches)
    }
    return first
  }

  /// How objects of a kind are reached: in the first of `versions` that is served, or in the preferred one if none is
  /// given. nil when the kind is unknown or none of the versions is served.
  public func mapping(group: String, kind: String, versions: [String] = []) -> ResourceMapping? {
    guard let type = all.first(where: { $0.gvk.group == group && $0.gvk.kind == kind }) else { return nil }
    let version = versions.isEmpty ? type.servedVersions.first : versions.first { type.serves(version: $0) }
    return version.map { version in
      ResourceMapping(
        resource: GroupVersionResource(group: group, version: version, resource: type.plural),
        kind: GroupVersionKind(group: group, version: version, kind: kind), isNamespaced: type.isNamespaced)
    }
  }

  /// As ``mapping(group:kind:versions:)`` for a word that a person uses, see ``type(named:)``.
  public func mapping(named word: String) -> ResourceMapping? {
    type(named: word).flatMap { mapping(group: $0.gvk.group, kind: $0.gvk.kind) }
  }
}

/// A kind in one version and where its objects are.
public struct ResourceMapping: Hashable, Sendable {
  public let resource: GroupVersionResource
  public let kind: GroupVersionKind
  public let isNamespaced: Bool
}

/// Why a partial name means no resource.
public struct ResourceMappingError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable {
    case noMatch
    /// Resources of that name are in several groups.
    case ambiguous
  }

  public let code: Code
  public let partial: GroupVersionResource
  public let matches: [GroupVersionResource]

  public var description: String {
    switch code {
    case .noMatch: "no matches for \(partial)"
    case .ambiguous: "\(partial) matches multiple resources: \(matches.map(\.description).joined(separator: "; "))"
    }
  }
}
