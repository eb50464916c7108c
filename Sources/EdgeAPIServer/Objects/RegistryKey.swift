import EdgeAPIModels
import EdgeStore

/// Where an object lives in the store: `/registry/<resource>/<namespace>/<name>`, without the namespace for
/// cluster-scoped ones. `<resource>` carries its group (`deployments.apps`), so that one scheme serves all groups.
enum RegistryKey {
  static let root = "/registry/"

  static func path(_ key: ObjectKey) -> String {
    if let namespace = key.namespace { return "\(key.resource)/\(namespace)/\(key.name)" }
    return "\(key.resource)/\(key.name)"
  }

  static func storeKey(_ key: ObjectKey) -> StoreKey { StoreKey(root + path(key)) }

  /// All objects of a resource, or of one namespace of it, or of everything.
  static func range(_ resource: GroupResource?, namespace: String?) -> KeyRange {
    guard let resource else { return .prefix(StoreKey(root)) }
    guard let namespace else { return .prefix(StoreKey("\(root)\(resource)/")) }
    return .prefix(StoreKey("\(root)\(resource)/\(namespace)/"))
  }

  /// Reads a path back; nil for anything this scheme does not write.
  static func parse(_ path: Substring, in catalog: ResourceCatalog) -> ObjectKey? {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard let halves = parts.first?.split(separator: ".", maxSplits: 1), let resource = halves.first,
      let type = catalog.type(
        for: GroupResource(group: halves.count > 1 ? String(halves[1]) : "", resource: String(resource)))
    else { return nil }
    switch (type.isNamespaced, parts.count) {
    case (true, 3):
      return ObjectKey(resource: type.groupResource, namespace: String(parts[1]), name: String(parts[2]))
    case (false, 2):
      return ObjectKey(resource: type.groupResource, namespace: nil, name: String(parts[1]))
    default: return nil
    }
  }
}
