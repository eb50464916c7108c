import EdgeAPIModels
import EdgeStore

/// The keys of one resource: `<directory><namespace>/<name>`, without the namespace for cluster-scoped ones.
struct ResourceKeyspace: Sendable {
  let resource: GroupResource
  let isNamespaced: Bool
  private let directory: String
  private let directoryBytes: Int

  init(_ type: ResourceType, layout: ResourceKeyLayout) {
    resource = type.groupResource
    isNamespaced = type.isNamespaced
    directory = layout.directory(of: type.groupResource)
    directoryBytes = directory.utf8.count
  }

  /// - Throws: ``ResourceError/Reason/invalid`` for a name that cannot be a part of a path, and for a namespace where the
  ///   resource has none or none where it has.
  func objectKey(_ name: String, namespace: String?) throws(ResourceError) -> ObjectKey {
    try check(name, "metadata.name")
    let key = ObjectKey(resource: resource, namespace: isNamespaced ? namespace : nil, name: name)
    if isNamespaced {
      guard let namespace else { throw .invalid(key, "metadata.namespace", "Required value") }
      try check(namespace, "metadata.namespace")
    } else if let namespace, !namespace.isEmpty {
      throw .invalid(key, "metadata.namespace", "Forbidden: the resource is cluster-scoped")
    }
    return key
  }

  func storeKey(_ key: ObjectKey) -> StoreKey {
    StoreKey(key.namespace.map { "\(directory)\($0)/\(key.name)" } ?? directory + key.name)
  }

  /// Everything, or one namespace.
  func range(namespace: String?) throws(ResourceError) -> KeyRange {
    guard isNamespaced, let namespace else { return .prefix(StoreKey(directory)) }
    try check(namespace, "metadata.namespace")
    return .prefix(StoreKey("\(directory)\(namespace)/"))
  }

  /// Reads a key of the range back. One that this layout does not write becomes a name of its own, so that it can be
  /// reported, and never one that an object could have: it holds a slash.
  func objectKey(of key: StoreKey) -> (key: ObjectKey, isWellFormed: Bool) {
    let path = key.bytes.dropFirst(directoryBytes)
    let slash = UInt8(ascii: "/")
    if isNamespaced, let cut = path.firstIndex(of: slash) {
      let (namespace, name) = (path[..<cut], path[(cut + 1)...])
      if !namespace.isEmpty, !name.isEmpty, !name.contains(slash) {
        return (ObjectKey(resource: resource, namespace: Self.text(namespace), name: Self.text(name)), true)
      }
    } else if !isNamespaced, !path.isEmpty, !path.contains(slash) {
      return (ObjectKey(resource: resource, namespace: nil, name: Self.text(path)), true)
    }
    return (ObjectKey(resource: resource, namespace: nil, name: "/" + StoreKey(Array(path)).description), false)
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

  private func check(_ segment: String, _ field: String) throws(ResourceError) {
    let key = ObjectKey(resource: resource, namespace: nil, name: segment)
    if segment.isEmpty { throw .invalid(key, field, "Required value") }
    if segment.utf8.count > 253 { throw .invalid(key, field, "must be no more than 253 bytes") }
    if let problem = NameRule.pathSegment.problems(in: segment).first { throw .invalid(key, field, problem) }
    if segment.utf8.contains(0) { throw .invalid(key, field, "may not contain a zero byte") }
  }
}
