import EdgeAPIModels
import EdgeJSON

/// Whether a pod may run on a node, and if not, why, in the words of kube-scheduler.
struct NodeFit: Sendable {
  /// Nil when the pod fits.
  static func obstacle(pod: UnstructuredObject, node: UnstructuredObject) -> String? {
    let ready = node["status", "conditions"]?.arrayValue?.first { $0["type"]?.stringValue == "Ready" }
    if ready?["status"]?.stringValue != "True" { return "node(s) were not ready" }
    if node["spec", "unschedulable"]?.boolValue == true { return "node(s) were unschedulable" }
    let labels = node.metadata.labels
    for (key, value) in pod["spec", "nodeSelector"]?.objectValue ?? JSONObject()
    where labels[key] != value.stringValue {
      return "node(s) didn't match Pod's node affinity/selector"
    }
    if let terms = pod[
      "spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"
    ]?.arrayValue, !terms.contains(where: { matches($0, labels) }) {
      return "node(s) didn't match Pod's node affinity/selector"
    }
    for taint in node["spec", "taints"]?.arrayValue ?? [] {
      let effect = taint["effect"]?.stringValue
      guard effect == "NoSchedule" || effect == "NoExecute" else { continue }
      let tolerations = pod["spec", "tolerations"]?.arrayValue ?? []
      if !tolerations.contains(where: { tolerates($0, taint) }) {
        let (key, value) = (taint["key"]?.stringValue ?? "", taint["value"]?.stringValue ?? "")
        return "node(s) had untolerated taint {\(key): \(value)}"
      }
    }
    return nil
  }

  private static func matches(_ term: JSONValue, _ labels: [String: String]) -> Bool {
    // As in Kubernetes a term without expressions matches nothing, unlike an empty label selector.
    guard let expressions = term["matchExpressions"], expressions.arrayValue?.isEmpty == false else { return false }
    // Gt and Lt are not known to label selectors; such a term matches nothing here.
    guard let selector = try? LabelSelector(object: ["matchExpressions": expressions]) else { return false }
    return selector.matches(labels)
  }

  private static func tolerates(_ toleration: JSONValue, _ taint: JSONValue) -> Bool {
    if let effect = toleration["effect"]?.stringValue, !effect.isEmpty, effect != taint["effect"]?.stringValue {
      return false
    }
    let key = toleration["key"]?.stringValue ?? ""
    let exists = toleration["operator"]?.stringValue == "Exists"
    if key.isEmpty { return exists }
    guard key == taint["key"]?.stringValue else { return false }
    return exists || (toleration["value"]?.stringValue ?? "") == (taint["value"]?.stringValue ?? "")
  }
}
