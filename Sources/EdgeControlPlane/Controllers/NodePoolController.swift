#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON

/// NodePool status: who belongs to the pool (by label) and how many of them are ready.
struct NodePoolController: Controller {
  let name = "nodepool-controller"
  let registry: ObjectRegistry
  let view: ClusterView

  static let poolLabel = "apps.openyurt.io/nodepool"

  func affected(by change: ClusterView.Change, view: ClusterView) -> [ObjectKey] {
    switch change.key.resource {
    case .nodePools: [change.key]
    case .nodes:
      Set([change.old, change.new].compactMap { $0?.metadata.labels[Self.poolLabel] }).map {
        ObjectKey(resource: .nodePools, namespace: nil, name: $0)
      }
    default: []
    }
  }

  func reconcile(_ key: ObjectKey) async throws(APIError) {
    guard view.object(key) != nil else { return }
    let members = view.objects(of: .nodes).filter { $0.metadata.labels[Self.poolLabel] == key.name }
    let ready = members.count { $0.isReady }
    _ = try await registry.mutate(key, subresource: .status) { (pool) throws(APIError) in
      pool["status", "nodes"] = .array(members.compactMap { $0.metadata.name }.sorted().map { .string($0) })
      pool["status", "readyNodeNum"] = .integer(Int64(ready))
      pool["status", "unreadyNodeNum"] = .integer(Int64(members.count - ready))
      return true
    }
  }
}
#endif
