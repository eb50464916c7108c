#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import Logging

/// The controllers of a small cluster as one service: deployments, replica sets, scheduling, endpoint slices, node pools,
/// node health. They keep nothing of their own; all state is in the registry.
public struct ControlPlane: Sendable {
  private let registry: ObjectRegistry
  private let view: ClusterView
  private let logger: Logger

  public init(registry: ObjectRegistry, view: ClusterView, logger: Logger) {
    self.registry = registry
    self.view = view
    self.logger = logger
  }

  public static let standardNamespaces = ["default", "kube-system", "kube-public", "kube-node-lease"]

  /// Runs until the task is cancelled. ``ClusterView/run()`` must run beside it.
  public func run() async throws {
    for name in Self.standardNamespaces {
      let namespace = UnstructuredObject(apiVersion: "v1", kind: "Namespace", name: name, namespace: nil)
      do throws(APIError) {
        _ = try await registry.create(namespace)
      } catch {
        guard error.code == .alreadyExists else { throw error }
      }
    }
    // What a crash between an owner's deletion and its collection left behind.
    try await registry.collectGarbage()
    await view.synced()
    let controllers: [any Controller] = [
      DeploymentController(registry: registry, view: view), ReplicaSetController(registry: registry, view: view),
      EndpointSliceController(registry: registry, view: view), NodePoolController(registry: registry, view: view),
      Scheduler(registry: registry, view: view, logger: logger),
    ]
    await withDiscardingTaskGroup { group in
      for controller in controllers {
        group.addTask { await ControllerRunner(controller: controller, view: view, logger: logger).run() }
      }
      group.addTask { await NodeHealthMonitor(registry: registry, view: view, logger: logger).run() }
    }
  }
}
#endif
