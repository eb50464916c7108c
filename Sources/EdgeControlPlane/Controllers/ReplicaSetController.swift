#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives

/// ReplicaSet -> Pods: as many as asked for, and never replaced because their node is out of touch.
///
/// A pod on an unreachable node still runs there (FF-03). It counts as present until somebody deletes it, so an outage of
/// the link creates and destroys nothing.
struct ReplicaSetController: Controller {
  let name = "replicaset-controller"
  let registry: ObjectRegistry
  let view: ClusterView

  func affected(by change: ClusterView.Change, view: ClusterView) -> [ObjectKey] {
    switch change.key.resource {
    case .replicaSets: [change.key]
    case .pods:
      (change.new ?? change.old)?.controllerName(ofKind: "ReplicaSet").map {
        [ObjectKey(resource: .replicaSets, namespace: change.key.namespace, name: $0)]
      } ?? []
    default: []
    }
  }

  func reconcile(_ key: ObjectKey) async throws(APIError) {
    guard let seen = view.object(key), seen.metadata.deletionTimestamp == nil else { return }
    // Counting from a stale picture would create pods twice, so the set and its pods are read from the store.
    let set = try await registry.get(key)
    guard let template = set["spec", "template"] else { return }
    let all = try await registry.list(.pods, namespace: key.namespace).items.filter { $0.isControlled(by: set) }
    let pods = all.filter { pod in
      let phase = pod["status", "phase"]?.stringValue
      return pod.metadata.deletionTimestamp == nil && phase != "Succeeded" && phase != "Failed"
    }
    let wanted = Int(set["spec", "replicas"]?.integerValue ?? 1)
    if pods.count < wanted {
      for _ in pods.count..<wanted { _ = try await registry.create(pod(of: set, template: template)) }
    } else if pods.count > wanted {
      for pod in pods.sorted(by: isFirstToGo).prefix(pods.count - wanted) {
        _ = try await registry.delete(pod.registryKey)
      }
    }
    let ready = pods.count { $0.isReady }
    let observed = set.metadata.generation ?? 1
    _ = try await registry.mutate(key, subresource: .status) { (set) throws(APIError) in
      set["status"] = [
        "replicas": .integer(Int64(pods.count)), "fullyLabeledReplicas": .integer(Int64(pods.count)),
        "readyReplicas": .integer(Int64(ready)), "availableReplicas": .integer(Int64(ready)),
        "observedGeneration": .integer(observed),
      ]
      return true
    }
  }

  private func pod(of set: UnstructuredObject, template: JSONValue) -> UnstructuredObject {
    var pod = UnstructuredObject(apiVersion: "v1", kind: "Pod", name: "", namespace: set.metadata.namespace)
    pod.content["metadata"] = template["metadata"] ?? [:]
    pod.metadata.namespace = set.metadata.namespace
    pod.metadata.generateName = (set.metadata.name ?? "") + "-"
    pod.metadata.ownerReferences = [set.controllerReference]
    pod["spec"] = template["spec"] ?? [:]
    return pod
  }

  /// Unscheduled pods go first, then unready ones, then the youngest.
  private func isFirstToGo(_ left: UnstructuredObject, _ right: UnstructuredObject) -> Bool {
    func rank(_ pod: UnstructuredObject) -> Int { pod["spec", "nodeName"] == nil ? 0 : pod.isReady ? 2 : 1 }
    if rank(left) != rank(right) { return rank(left) < rank(right) }
    let (one, other) = (left.metadata.creationTimestamp, right.metadata.creationTimestamp)
    if one != other { return (one ?? .distantPast) > (other ?? .distantPast) }
    return (left.metadata.name ?? "") < (right.metadata.name ?? "")
  }
}

extension Timestamp {
  fileprivate static let distantPast = Timestamp(nanosecondsSinceEpoch: .min)
}
#endif
