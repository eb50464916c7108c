/// The kinds an API knows. A kind that is not in the catalogue is refused by name.
public struct ResourceCatalog: Sendable {
  /// In the order in which they were given.
  public let all: [ResourceType]
  private let byKind: [GroupKind: ResourceType]
  private let byResource: [GroupResource: ResourceType]
  private let byWord: [String: ResourceType]

  private struct GroupKind: Hashable {
    let group: String
    let kind: String
  }

  /// - Parameter types: where two types share a word (`ep`, `devices`), the first one has it.
  public init(_ types: [ResourceType]) {
    all = types
    byKind = Dictionary(types.map { (GroupKind(group: $0.gvk.group, kind: $0.gvk.kind), $0) }) { first, _ in first }
    byResource = Dictionary(types.map { ($0.groupResource, $0) }) { first, _ in first }
    var words: [String: ResourceType] = [:]
    for type in types {
      for word in [type.plural, type.singular] + type.shortNames where words[word] == nil { words[word] = type }
    }
    byWord = words
  }

  /// The type of a kind in a version that is served.
  public func type(for gvk: GroupVersionKind) -> ResourceType? {
    byKind[GroupKind(group: gvk.group, kind: gvk.kind)].flatMap { $0.serves(version: gvk.version) ? $0 : nil }
  }

  /// The type behind a path of the API, `/apis/<group>/<version>/<plural>`.
  public func type(group: String, version: String, plural: String) -> ResourceType? {
    type(for: GroupResource(group: group, resource: plural)).flatMap { $0.serves(version: version) ? $0 : nil }
  }

  public func type(for resource: GroupResource) -> ResourceType? { byResource[resource] }

  /// The type a person means by a word, as kubectl understands it: plural, singular, short name or kind in any case, with
  /// the group (`deployments.apps`) or version and group (`deployments.v1.apps`) behind it if need be.
  public func type(named word: String) -> ResourceType? {
    let word = word.lowercased()
    if let type = byWord[word] { return type }
    guard let dot = word.firstIndex(of: ".") else { return nil }
    let rest = word[word.index(after: dot)...]
    return all.first { type in
      guard
        [type.plural, type.singular].contains(String(word[..<dot])) || type.shortNames.contains(String(word[..<dot]))
      else { return false }
      return rest == type.gvk.group || type.servedVersions.contains { rest == "\($0).\(type.gvk.group)" }
    }
  }
}
