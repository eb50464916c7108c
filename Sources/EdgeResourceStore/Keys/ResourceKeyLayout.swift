import EdgeAPIModels

/// How resources are named in the store: the directory of each.
public struct ResourceKeyLayout: Sendable {
  /// Where all directories are, without a slash at its end.
  public let root: String
  private let style: Style

  private enum Style { case kubernetes, groupQualified }

  /// As kube-apiserver lays objects out: `/registry/pods`, `/registry/minions`, `/registry/devices.kubeedge.io/devices`.
  ///
  /// Built-in groups have no directory of their own, custom ones do, and some resources keep the names they had when etcd
  /// was first filled. Source: the storage prefixes of `k8s.io/kubernetes/pkg/registry` and kubeapiserver's defaults.
  public static let kubernetes = ResourceKeyLayout(root: "/registry", style: .kubernetes)

  /// As `ObjectRegistry` (EdgeAPIServer) lays objects out: `/registry/deployments.apps`, one rule for all.
  public static let groupQualified = ResourceKeyLayout(root: "/registry", style: .groupQualified)

  /// The same names below another root, for instance `/edge`.
  public func rooted(at root: String) -> ResourceKeyLayout { ResourceKeyLayout(root: root, style: style) }

  /// `/registry/pods/`
  func directory(of resource: GroupResource) -> String {
    switch style {
    case .groupQualified: "\(root)/\(resource)/"
    case .kubernetes:
      if let old = Self.keptNames[resource] {
        "\(root)/\(old)/"
      } else if Self.groupsWithoutDirectory.contains(resource.group) {
        "\(root)/\(resource.resource)/"
      } else {
        "\(root)/\(resource.group)/\(resource.resource)/"
      }
    }
  }

  private static let keptNames: [GroupResource: String] = [
    GroupResource(group: "", resource: "nodes"): "minions",
    GroupResource(group: "", resource: "replicationcontrollers"): "controllers",
    GroupResource(group: "", resource: "services"): "services/specs",
    GroupResource(group: "", resource: "endpoints"): "services/endpoints",
    GroupResource(group: "networking.k8s.io", resource: "ingresses"): "ingress",
  ]

  private static let groupsWithoutDirectory: Set<String> = [
    "", "admissionregistration.k8s.io", "apps", "autoscaling", "batch", "certificates.k8s.io", "coordination.k8s.io",
    "discovery.k8s.io", "events.k8s.io", "flowcontrol.apiserver.k8s.io", "internal.apiserver.k8s.io",
    "networking.k8s.io", "node.k8s.io", "policy", "rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io",
    "storage.k8s.io", "storagemigration.k8s.io",
  ]
}
