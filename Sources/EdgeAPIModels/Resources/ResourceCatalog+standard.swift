extension ResourceCatalog {
  /// The kinds that KubeEdge, OpenYurt and K3s compositions are made of. Names and scopes as in the upstream types; the
  /// kinds of `devices.kubeedge.io` and `reliablesyncs.kubeedge.io` follow their CRDs.
  public static let standard = ResourceCatalog(core + workloads + discovery + kubeEdge + openYurt)

  private static let core = [
    ResourceType(v1("Namespace"), shortNames: ["ns"], isNamespaced: false, hasStatusSubresource: true),
    ResourceType(v1("Node"), shortNames: ["no"], isNamespaced: false, hasStatusSubresource: true),
    ResourceType(v1("Pod"), shortNames: ["po"], hasStatusSubresource: true),
    ResourceType(v1("Service"), shortNames: ["svc"], hasStatusSubresource: true),
    ResourceType(v1("ConfigMap"), shortNames: ["cm"]),
    ResourceType(v1("Secret")),
    ResourceType(v1("Event"), shortNames: ["ev"]),
    ResourceType(v1("Endpoints"), plural: "endpoints", shortNames: ["ep"]),
    ResourceType(v1("ServiceAccount"), shortNames: ["sa"]),
  ]

  private static let workloads = [
    ResourceType(apps("Deployment"), shortNames: ["deploy"], hasStatusSubresource: true),
    ResourceType(apps("ReplicaSet"), shortNames: ["rs"], hasStatusSubresource: true),
    ResourceType(apps("DaemonSet"), shortNames: ["ds"], hasStatusSubresource: true),
  ]

  private static let discovery = [
    ResourceType(GroupVersionKind(group: "discovery.k8s.io", version: "v1", kind: "EndpointSlice")),
    ResourceType(GroupVersionKind(group: "coordination.k8s.io", version: "v1", kind: "Lease")),
  ]

  private static let kubeEdge = [
    ResourceType(devices("DeviceModel"), alsoServed: ["v1alpha2"]),
    ResourceType(devices("Device"), alsoServed: ["v1alpha2"]),
    ResourceType(devices("DeviceStatus"), plural: "devicestatuses"),
    ResourceType(
      GroupVersionKind(group: "reliablesyncs.kubeedge.io", version: "v1alpha1", kind: "ObjectSync"),
      hasStatusSubresource: true),
  ]

  private static let openYurt = [
    ResourceType(
      GroupVersionKind(group: "apps.openyurt.io", version: "v1beta2", kind: "NodePool"), shortNames: ["np"],
      isNamespaced: false, alsoServed: ["v1beta1", "v1alpha1"], hasStatusSubresource: true)
  ]

  private static func v1(_ kind: String) -> GroupVersionKind { GroupVersionKind(group: "", version: "v1", kind: kind) }
  private static func apps(_ kind: String) -> GroupVersionKind {
    GroupVersionKind(group: "apps", version: "v1", kind: kind)
  }
  private static func devices(_ kind: String) -> GroupVersionKind {
    GroupVersionKind(group: "devices.kubeedge.io", version: "v1beta1", kind: kind)
  }
}
