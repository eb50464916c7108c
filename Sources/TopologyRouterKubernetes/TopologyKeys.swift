/// The labels and annotations that carry topology, by their names in Kubernetes and OpenYurt.
public enum TopologyKeys {
  public static let zone = "topology.kubernetes.io/zone"
  /// Deprecated since Kubernetes 1.17, still on old nodes.
  public static let legacyZone = "failure-domain.beta.kubernetes.io/zone"
  public static let nodePool = "apps.openyurt.io/nodepool"
  public static let serviceTopology = "openyurt.io/topologyKeys"
  public static let sliceService = "kubernetes.io/service-name"
}
