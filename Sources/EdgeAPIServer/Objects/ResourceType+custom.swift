import EdgeAPIModels

extension ResourceType {
  /// Whether Kubernetes would serve the kind by a definition: as the JSON that clients wrote, without the merge keys and
  /// protobuf numbers of a Go type. Kubernetes' own groups have no dot or end in `.k8s.io`.
  var isCustom: Bool { gvk.group.contains(".") && !gvk.group.hasSuffix(".k8s.io") }

  /// The Go type of the kind in one of its versions; nil for a custom kind.
  func builtInSchema(version: String) -> TypeSchema? {
    isCustom ? nil : TypeSchema(kind(in: version))
  }

  func kind(in version: String) -> GroupVersionKind {
    GroupVersionKind(group: gvk.group, version: version, kind: gvk.kind)
  }
}
