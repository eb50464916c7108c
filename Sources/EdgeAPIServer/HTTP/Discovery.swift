import EdgeAPIModels
import EdgeJSON

/// What a client asks before anything else: which groups, versions and resources there are.
enum Discovery {
  /// The Kubernetes version whose API conventions are followed.
  static let version: JSONValue = ["major": "1", "minor": "32", "gitVersion": "v1.32.0-edge", "platform": "swift"]

  static func coreVersions(_ catalog: ResourceCatalog) -> JSONValue {
    ["kind": "APIVersions", "versions": .array(versions(of: "", catalog).map { .string($0) })]
  }

  static func groups(_ catalog: ResourceCatalog) -> JSONValue {
    var names: [String] = []
    for type in catalog.all where !type.gvk.group.isEmpty && !names.contains(type.gvk.group) {
      names.append(type.gvk.group)
    }
    return [
      "kind": "APIGroupList", "apiVersion": "v1", "groups": .array(names.map { .object(groupMembers($0, catalog)) }),
    ]
  }

  /// nil for a group that is not served.
  static func group(_ name: String, _ catalog: ResourceCatalog) -> JSONValue? {
    if name.isEmpty || versions(of: name, catalog).isEmpty { return nil }
    var members: JSONObject = ["kind": "APIGroup", "apiVersion": "v1"]
    for (key, value) in groupMembers(name, catalog) { members[key] = value }
    return .object(members)
  }

  /// nil for a version that is not served.
  static func resources(_ group: String, _ version: String, _ catalog: ResourceCatalog, isWritable: Bool) -> JSONValue?
  {
    let types = catalog.all.filter { $0.gvk.group == group && $0.serves(version: version) }
    if types.isEmpty { return nil }
    let kind = GroupVersionKind(group: group, version: version, kind: "")
    return [
      "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": .string(kind.apiVersion),
      "resources": .array(types.flatMap { resources(of: $0, isWritable: isWritable) }),
    ]
  }

  private static func resources(of type: ResourceType, isWritable: Bool) -> [JSONValue] {
    let reads = ["get", "list", "watch"]
    let verbs = isWritable ? ["create", "delete"] + reads + ["patch", "update"] : reads
    var main: JSONObject = [
      "name": .string(type.plural), "singularName": .string(type.singular), "namespaced": .bool(type.isNamespaced),
      "kind": .string(type.gvk.kind), "verbs": .array(verbs.map { .string($0) }),
    ]
    if !type.shortNames.isEmpty { main["shortNames"] = .array(type.shortNames.map { .string($0) }) }
    guard type.hasStatusSubresource else { return [.object(main)] }
    let statusVerbs: [JSONValue] = isWritable ? ["get", "patch", "update"] : ["get"]
    return [
      .object(main),
      [
        "name": .string("\(type.plural)/status"), "singularName": "", "namespaced": .bool(type.isNamespaced),
        "kind": .string(type.gvk.kind), "verbs": .array(statusVerbs),
      ],
    ]
  }

  private static func groupMembers(_ name: String, _ catalog: ResourceCatalog) -> JSONObject {
    let versions = versions(of: name, catalog).map { version -> JSONValue in
      ["groupVersion": .string("\(name)/\(version)"), "version": .string(version)]
    }
    return ["name": .string(name), "versions": .array(versions), "preferredVersion": versions.first ?? .null]
  }

  /// In the order of the catalogue, which names storage versions first.
  private static func versions(of group: String, _ catalog: ResourceCatalog) -> [String] {
    var versions: [String] = []
    for type in catalog.all where type.gvk.group == group {
      for version in type.servedVersions where !versions.contains(version) { versions.append(version) }
    }
    return versions
  }
}
