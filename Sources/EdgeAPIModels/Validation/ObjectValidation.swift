import EdgeJSON

/// What is wrong with an object, field by field, as the API server of Kubernetes would say it.
///
/// Metadata is checked for every kind; the rest for the kinds whose content this package acts upon, in the version in which
/// the object is written. Members that nobody here knows are left alone, and so are absent members that have a default
/// (``ObjectDefaults``): an object may be checked before or after it is completed. Errors come in the order of the fields,
/// at most 100; an object of hostile shape gives errors, never a crash.
///
/// Objects of custom kinds are checked by ``StructuralSchema``.
public enum ObjectValidation {
  public static func validate(_ object: UnstructuredObject) -> [FieldError] {
    var report = FieldReport()
    let root = Field(path: FieldPath(), value: .object(object.content))
    let gvk = object.gvk
    report.metadata(
      root["metadata"], nameRule: nameRule(of: gvk),
      isNamespaced: ResourceCatalog.standard.type(for: gvk)?.isNamespaced)
    content(root, gvk, &report)
    return report.errors
  }

  private static func content(_ root: Field, _ gvk: GroupVersionKind, _ report: inout FieldReport) {
    switch gvk.group {
    case "": core(root, gvk.kind, &report)
    case "apps" where ["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"].contains(gvk.kind):
      report.workload(root, kind: gvk.kind)
    case "batch" where gvk.kind == "Job": report.job(root)
    case "batch" where gvk.kind == "CronJob": report.cronJob(root)
    case "discovery.k8s.io" where gvk.kind == "EndpointSlice": report.endpointSlice(root)
    case "coordination.k8s.io" where gvk.kind == "Lease": report.lease(root)
    case "storage.k8s.io" where gvk.kind == "StorageClass": report.storageClass(root)
    case "rbac.authorization.k8s.io": roles(root, gvk.kind, &report)
    case "networking.k8s.io" where gvk.kind == "Ingress": report.ingress(root)
    case "networking.k8s.io" where gvk.kind == "NetworkPolicy": report.networkPolicy(root)
    case "scheduling.k8s.io" where gvk.kind == "PriorityClass": report.priorityClass(root)
    case "node.k8s.io" where gvk.kind == "RuntimeClass": report.runtimeClass(root)
    case "apiextensions.k8s.io" where gvk.kind == "CustomResourceDefinition": definition(root, &report)
    case let group where group.hasSuffix("kubeedge.io"): kubeEdge(root, gvk, &report)
    case let group where group.hasSuffix("openyurt.io"): openYurt(root, gvk, &report)
    default: break
    }
  }

  private static func core(_ root: Field, _ kind: String, _ report: inout FieldReport) {
    switch kind {
    case "Node": report.node(root)
    case "Namespace": report.namespace(root)
    case "Pod": report.pod(root)
    case "Service": report.service(root)
    case "Endpoints": report.endpoints(root)
    case "ConfigMap": report.configMap(root)
    case "Secret": report.secret(root)
    case "ServiceAccount": report.serviceAccount(root)
    case "PersistentVolume": report.persistentVolume(root)
    case "PersistentVolumeClaim": report.persistentVolumeClaim(root)
    default: break
    }
  }

  private static func roles(_ root: Field, _ kind: String, _ report: inout FieldReport) {
    switch kind {
    case "Role": report.role(root, isNamespaced: true)
    case "ClusterRole": report.role(root, isNamespaced: false)
    case "RoleBinding": report.roleBinding(root, isNamespaced: true)
    case "ClusterRoleBinding": report.roleBinding(root, isNamespaced: false)
    default: break
    }
  }

  private static func definition(_ root: Field, _ report: inout FieldReport) {
    var reader = DefinitionReader()
    _ = reader.read(root)
    for error in reader.report.errors { report.add(error) }
  }

  private static func kubeEdge(_ root: Field, _ gvk: GroupVersionKind, _ report: inout FieldReport) {
    switch (gvk.group, gvk.kind) {
    case ("devices.kubeedge.io", "DeviceModel"): report.deviceModel(root, version: gvk.version)
    case ("devices.kubeedge.io", "Device"): report.device(root, version: gvk.version)
    case ("devices.kubeedge.io", "DeviceStatus"): report.deviceStatus(root, version: gvk.version)
    case ("rules.kubeedge.io", "Rule"): report.rule(root)
    case ("rules.kubeedge.io", "RuleEndpoint"): report.ruleEndpoint(root)
    case ("apps.kubeedge.io", "NodeGroup"): report.nodeGroup(root)
    case ("apps.kubeedge.io", "EdgeApplication"): report.edgeApplication(root)
    case ("reliablesyncs.kubeedge.io", "ObjectSync"), ("reliablesyncs.kubeedge.io", "ClusterObjectSync"):
      report.objectSync(root)
    case ("operations.kubeedge.io", let kind): report.nodeJob(root, kind: kind)
    default: break
    }
  }

  private static func openYurt(_ root: Field, _ gvk: GroupVersionKind, _ report: inout FieldReport) {
    switch (gvk.group, gvk.kind) {
    case ("apps.openyurt.io", "NodePool"): report.nodePool(root, version: gvk.version)
    case ("apps.openyurt.io", "YurtAppSet") where gvk.version != "v1alpha1": report.yurtAppSet(root)
    case ("apps.openyurt.io", "YurtAppSet"), ("apps.openyurt.io", "UnitedDeployment"): report.unitedDeployment(root)
    case ("apps.openyurt.io", "YurtAppOverrider"): report.yurtAppOverrider(root)
    case ("network.openyurt.io", "PoolService"): report.poolService(root)
    case ("raven.openyurt.io", "Gateway"): report.gateway(root, version: gvk.version)
    default: break
    }
  }

  private static func nameRule(of gvk: GroupVersionKind) -> NameRule {
    switch (gvk.group, gvk.kind) {
    case ("", "Namespace"): .dnsLabel
    case ("", "Service"): .dnsLabelStartingWithLetter
    case ("rbac.authorization.k8s.io", _): .pathSegment
    default: .dnsSubdomain
    }
  }
}
