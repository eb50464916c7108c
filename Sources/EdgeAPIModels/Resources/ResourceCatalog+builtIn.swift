extension ResourceCatalog {
  /// Every resource that the schema knows: all of Kubernetes 1.32, also in versions that servers no longer offer, and those
  /// of KubeEdge, OpenYurt and Sedna. ``standard`` has those that this package's own API server serves.
  public static let builtIn = ResourceCatalog(merged(SchemaRegistry.shared.resources))

  /// One entry for each kind of a group, its versions in the order in which servers prefer them: stable ones, then beta,
  /// then alpha, the higher number first.
  private static func merged(_ types: [ResourceType]) -> [ResourceType] {
    var order: [String] = []
    var versions: [String: [ResourceType]] = [:]
    for type in types {
      let key = "\(type.gvk.group)/\(type.gvk.kind)"
      if versions[key] == nil { order.append(key) }
      versions[key, default: []].append(type)
    }
    return order.compactMap { key in
      let sorted = (versions[key] ?? []).sorted { rank($0.gvk.version) > rank($1.gvk.version) }
      guard let preferred = sorted.first else { return nil }
      return ResourceType(
        preferred.gvk, plural: preferred.plural, shortNames: preferred.shortNames, isNamespaced: preferred.isNamespaced,
        alsoServed: sorted.dropFirst().map(\.gvk.version), hasStatusSubresource: preferred.hasStatusSubresource)
    }
  }

  /// Source: `k8s.io/apimachinery/pkg/version`, `CompareKubeAwareVersionStrings`.
  private static func rank(_ version: String) -> [Int] {
    let numbers = version.split { !$0.isNumber }.compactMap { Int($0) }
    let stability = version.contains("alpha") ? 0 : version.contains("beta") ? 1 : 2
    return [stability] + numbers
  }
}

private func > (left: [Int], right: [Int]) -> Bool { right.lexicographicallyPrecedes(left) }
