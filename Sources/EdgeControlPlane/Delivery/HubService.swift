#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgePrimitives
import EdgeStore
import EdgeTransport
import EdgeTransportNIO
import Logging

/// A ``NodeHub`` over real connections, in CloudHub's place.
public struct HubService: Sendable {
  private let server: HubServer
  /// What the nodes are sent, and how that stands.
  public let hub: NodeHub

  /// - Parameter store: keeps what waits for nodes that are away; the registry's own store will do.
  public init(
    server: HubServer, registry: ObjectRegistry, view: ClusterView, store: any MVCCStore,
    catalog: ResourceCatalog = .standard, configuration: HubServiceConfiguration = HubServiceConfiguration(),
    entropy: any EntropySource = SystemEntropy(), wallClock: any WallClock = SystemWallClock(), logger: Logger
  ) {
    self.server = server
    hub = NodeHub(
      registry: registry, view: view, store: store, catalog: catalog, configuration: configuration, entropy: entropy,
      wallClock: wallClock, logger: logger)
  }

  public var statistics: HubStatistics { server.statistics }

  public func run(onReady: @escaping @Sendable (_ host: String, _ port: Int) -> Void) async throws {
    try await hub.prepare()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await hub.run() }
      group.addTask { try await server.run(onReady: onReady) { await hub.serve($0, of: $0.nodeName) } }
      defer { group.cancelAll() }
      try await group.next()
    }
  }
}
#endif
