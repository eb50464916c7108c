import EdgeAPIModels
import EdgeJSON

/// Whether a pod may run on a node, and if not, why, in the words of kube-scheduler.
struct NodeFit: Sendable {
  /// Nil when the pod fits.
  static func obstacle(pod: UnstructuredObject, node: UnstructuredObject) -> String? {
    let ready = node["status", "conditions"]?.arrayValue?.first { $0["type"]?.stringValue == "Ready" }
    if ready?["status"]?.stringValue != "True" { return "node(s) were not ready" }
    if node["spec", "unschedulable"]?.boolValue == true { return "node(s) were unschedulable" }
    if !isChosen(node, by: pod) { return "node(s) didn't match Pod's node affinity/selector" }
    return taintObstacle(pod, node)
  }

  /// Whether the node has what the pod's node selector and required affinity ask for. An affinity that cannot be read asks
  /// for what no node has.
  private static func isChosen(_ node: UnstructuredObject, by pod: UnstructuredObject) -> Bool {
    let labels = node.metadata.labels
    for (key, value) in pod["spec", "nodeSelector"]?.objectValue ?? JSONObject()
    where labels[key] != value.stringValue { return false }
    let path = ["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]
    guard let required = pod["spec"]?[path: path], !required.isNull else { return true }
    guard let affinity = try? NodeSelectorMatcher(json: required) else { return false }
    return affinity.verdict(onNode: node.metadata.name ?? "", labels: labels).isMatch
  }

  /// A toleration that cannot be read tolerates nothing, and nothing tolerates such a taint.
  private static func taintObstacle(_ pod: UnstructuredObject, _ node: UnstructuredObject) -> String? {
    var taints: [Taint] = []
    for value in node["spec", "taints"]?.arrayValue ?? [] {
      guard let taint = try? Taint(json: value) else { return "node(s) had a taint that cannot be read" }
      taints.append(taint)
    }
    let tolerations = (pod["spec", "tolerations"]?.arrayValue ?? []).compactMap { try? Toleration(json: $0) }
    return tolerations.firstUntolerated(of: taints).map { "node(s) had untolerated taint {\($0.key): \($0.value)}" }
  }
}
