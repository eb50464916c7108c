#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import Logging

/// Binds pods to nodes: those that fit, the one with the fewest siblings first.
///
/// Siblings (pods of the same owner) are spread, so that each site of a small fleet gets its own replica. A pod that fits
/// nowhere says why in its condition `PodScheduled` and is looked at again when a node changes.
struct Scheduler: Controller {
  let name = "scheduler"
  let registry: ObjectRegistry
  let view: ClusterView
  let logger: Logger

  func affected(by change: ClusterView.Change, view: ClusterView) -> [ObjectKey] {
    switch change.key.resource {
    case .pods: change.new.map(isPending) == true ? [change.key] : []
    case .nodes: view.objects(of: .pods).filter(isPending).map(\.registryKey)
    default: []
    }
  }

  private func isPending(_ pod: UnstructuredObject) -> Bool {
    pod["spec", "nodeName"]?.stringValue?.isEmpty != false && pod.metadata.deletionTimestamp == nil
  }

  func reconcile(_ key: ObjectKey) async throws(APIError) {
    // Siblings bound a moment ago count, so the picture comes from the store.
    let pod: UnstructuredObject
    do throws(APIError) {
      pod = try await registry.get(key)
    } catch {
      // Deleted before it was looked at; it never comes back under this name.
      if error.code == .notFound { return }
      throw error
    }
    guard isPending(pod) else { return }
    let nodes = try await registry.list(.nodes).items
    var obstacles: [String: Int] = [:]
    var candidates: [UnstructuredObject] = []
    for node in nodes {
      if let obstacle = NodeFit.obstacle(pod: pod, node: node) {
        obstacles[obstacle, default: 0] += 1
      } else {
        candidates.append(node)
      }
    }
    let pods = try await registry.list(.pods).items
    guard let chosen = choose(among: candidates, for: pod, pods: pods)?.metadata.name else {
      let reasons = obstacles.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
      let detail = nodes.isEmpty ? "no node has registered" : reasons
      try await setCondition(
        key, status: "False", reason: "Unschedulable", message: "0/\(nodes.count) nodes are available: \(detail).")
      return
    }
    _ = try await registry.mutate(key) { (pod) throws(APIError) in
      guard isPending(pod) else { return false }
      pod["spec", "nodeName"] = .string(chosen)
      return true
    }
    logger.info("bound a pod", metadata: ["pod": "\(key.name)", "node": "\(chosen)"])
    try await setCondition(key, status: "True", reason: nil, message: nil)
  }

  private func choose(
    among nodes: [UnstructuredObject], for pod: UnstructuredObject, pods: [UnstructuredObject]
  ) -> UnstructuredObject? {
    let owner = pod.metadata.ownerReferences.first { $0.controller }?.uid
    func load(_ node: UnstructuredObject) -> (siblings: Int, all: Int) {
      let here = pods.filter { $0["spec", "nodeName"]?.stringValue == node.metadata.name }
      let siblings = here.count { other in
        owner != nil && other.metadata.deletionTimestamp == nil
          && other.metadata.ownerReferences.contains { $0.controller && $0.uid == owner }
      }
      return (siblings, here.count)
    }
    return nodes.map { (node: $0, load: load($0)) }.min { left, right in
      (left.load.siblings, left.load.all, left.node.metadata.name ?? "")
        < (right.load.siblings, right.load.all, right.node.metadata.name ?? "")
    }?.node
  }

  private func setCondition(
    _ key: ObjectKey, status: String, reason: String?, message: String?
  ) async throws(APIError) {
    _ = try await registry.mutate(key, subresource: .status) { (pod) throws(APIError) in
      var conditions = pod["status", "conditions"]?.arrayValue ?? []
      let old = conditions.firstIndex { $0["type"]?.stringValue == "PodScheduled" }
      let before = old.map { conditions[$0] }
      if before?["status"]?.stringValue == status && before?["message"]?.stringValue == message { return false }
      var condition: JSONValue = [
        "type": "PodScheduled", "status": .string(status),
        "lastTransitionTime": .string(SystemWallClock().now().rfc3339),
      ]
      if let reason { condition["reason"] = .string(reason) }
      if let message { condition["message"] = .string(message) }
      if let old { conditions[old] = condition } else { conditions.append(condition) }
      pod["status", "conditions"] = .array(conditions)
      if pod["status", "phase"] == nil { pod["status", "phase"] = "Pending" }
      return true
    }
  }
}
#endif
