#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives

/// Deployment -> ReplicaSet: one set for each pod template; the newest grows, older ones shrink as it becomes ready.
struct DeploymentController: Controller {
  let name = "deployment-controller"
  let registry: ObjectRegistry
  let view: ClusterView

  func affected(by change: ClusterView.Change, view: ClusterView) -> [ObjectKey] {
    switch change.key.resource {
    case .deployments: [change.key]
    case .replicaSets:
      (change.new ?? change.old)?.controllerName(ofKind: "Deployment").map {
        [ObjectKey(resource: .deployments, namespace: change.key.namespace, name: $0)]
      } ?? []
    default: []
    }
  }

  func reconcile(_ key: ObjectKey) async throws(APIError) {
    guard let deployment = view.object(key), deployment.metadata.deletionTimestamp == nil,
      let template = deployment["spec", "template"]
    else { return }
    let wanted = deployment["spec", "replicas"]?.integerValue ?? 1
    let hash = templateHash(template)
    let currentKey = ObjectKey(resource: .replicaSets, namespace: key.namespace, name: "\(key.name)-\(hash)")
    let sets = view.objects(of: .replicaSets, namespace: key.namespace).filter {
      $0.isControlled(by: deployment) && $0.metadata.deletionTimestamp == nil
    }
    let current = sets.first { $0.metadata.name == currentKey.name }
    let old = sets.filter { $0.metadata.name != currentKey.name }
    let ready = current?["status", "readyReplicas"]?.integerValue ?? 0
    let oldPods = old.reduce(0) { $0 + ($1["status", "replicas"]?.integerValue ?? 0) }
    let recreates = deployment["spec", "strategy", "type"]?.stringValue == "Recreate"
    let currentWanted = recreates && oldPods > 0 ? 0 : wanted
    if let current {
      try await scale(current, to: currentWanted)
    } else {
      _ = try await registry.create(
        replicaSet(currentKey, of: deployment, template: template, hash: hash, replicas: currentWanted))
    }
    var oldAllowed = recreates ? 0 : max(0, wanted - ready)
    for set in old {
      let share = min(oldAllowed, set["spec", "replicas"]?.integerValue ?? 0)
      oldAllowed -= share
      try await scale(set, to: share)
    }
    try await updateStatus(of: deployment, current: current, all: sets)
  }

  private func scale(_ set: UnstructuredObject, to replicas: Int64) async throws(APIError) {
    guard set["spec", "replicas"]?.integerValue != replicas else { return }
    _ = try await registry.mutate(set.registryKey) { (set) throws(APIError) in
      set["spec", "replicas"] = .integer(replicas)
      return true
    }
  }

  private func replicaSet(
    _ key: ObjectKey, of deployment: UnstructuredObject, template: JSONValue, hash: String, replicas: Int64
  ) -> UnstructuredObject {
    var set = UnstructuredObject(apiVersion: "apps/v1", kind: "ReplicaSet", name: key.name, namespace: key.namespace)
    set.metadata.ownerReferences = [deployment.controllerReference]
    set.metadata.labels = labels(of: template).merging(["pod-template-hash": hash]) { $1 }
    var template = template
    template[path: ["metadata", "labels", "pod-template-hash"]] = .string(hash)
    var selector = deployment["spec", "selector"] ?? [:]
    selector[path: ["matchLabels", "pod-template-hash"]] = .string(hash)
    set["spec"] = ["replicas": .integer(replicas), "selector": selector, "template": template]
    return set
  }

  private func labels(of template: JSONValue) -> [String: String] {
    var labels: [String: String] = [:]
    for (key, value) in template["metadata"]?["labels"]?.objectValue ?? JSONObject() { labels[key] = value.stringValue }
    return labels
  }

  private func updateStatus(
    of seen: UnstructuredObject, current: UnstructuredObject?, all: [UnstructuredObject]
  ) async throws(APIError) {
    func sum(_ field: String) -> Int64 { all.reduce(0) { $0 + ($1["status", field]?.integerValue ?? 0) } }
    let (replicas, ready, available) = (sum("replicas"), sum("readyReplicas"), sum("availableReplicas"))
    let updated = current?["status", "replicas"]?.integerValue ?? 0
    let wanted = seen["spec", "replicas"]?.integerValue ?? 1
    _ = try await registry.mutate(seen.registryKey, subresource: .status) { (deployment) throws(APIError) in
      // The generation that was acted on; the stored one may be newer.
      deployment["status"] = [
        "observedGeneration": .integer(seen.metadata.generation ?? 1), "replicas": .integer(replicas),
        "updatedReplicas": .integer(updated), "readyReplicas": .integer(ready),
        "availableReplicas": .integer(available),
        "unavailableReplicas": .integer(max(0, wanted - available)),
      ]
      return true
    }
  }

  /// Stable over restarts and key order, in letters that Kubernetes finds safe for names.
  private func templateHash(_ template: JSONValue) -> String {
    var hash: UInt32 = 2_166_136_261
    for byte in template.serialized(.canonical) { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")
    var text = ""
    while hash > 0 {
      text.append(alphabet[Int(hash % UInt32(alphabet.count))])
      hash /= UInt32(alphabet.count)
    }
    return text
  }
}
#endif
