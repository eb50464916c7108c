#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeAutonomyCache
import EdgePrimitives
import Logging
import Synchronization
import TopologyRouter
import TopologyRouterKubernetes
import TopologyRouterProxy

/// Keeps the routing table in step with the cache and hands it to the proxy: routing reacts to changes of nodes, pools,
/// services and slices as events (FF-15), and goes on from the cache while the cloud is away.
public final class ServiceRouting: Sendable {
  private let node: NodeName
  private let cache: ObjectCache
  private let proxy: ServiceProxy
  private let logger: Logger
  private let table = Mutex(RoutingTable())

  public init(node: NodeName, cache: ObjectCache, proxy: ServiceProxy, logger: Logger) {
    self.node = node
    self.cache = cache
    self.proxy = proxy
    self.logger = logger
  }

  public func run() async {
    let resources: [GroupResource] = [.nodes, .nodePools, .services, .endpointSlices]
    let subscription = cache.subscribe(to: Set(resources))
    defer { cache.unsubscribe(subscription) }
    apply(resources.flatMap { cache.objects(of: $0) }.compactMap { try? $0.key() })
    while let keys = await subscription.changes.next() { apply(keys) }
  }

  private func apply(_ keys: [ObjectKey]) {
    let changes = keys.compactMap(change)
    let current = table.withLock { table in
      for change in changes { table.apply(change) }
      return table
    }
    proxy.update(current)
  }

  private func change(_ key: ObjectKey) -> RoutingChange? {
    guard let object = cache.object(key) else { return RoutingChange.removal(of: key) }
    do throws(RoutingFactsError) {
      return try RoutingChange.upsert(of: object)
    } catch {
      // Stale facts about what cannot be read would send calls to endpoints that may be gone.
      logger.error("an object cannot be routed by", metadata: ["object": "\(key)", "error": "\(error)"])
      return RoutingChange.removal(of: key)
    }
  }

  /// The decisions for all ports of all services as this node sees them now, in order of service and port.
  public var decisions: [RouteDecision] {
    let table = table.withLock { $0 }
    return table.services.flatMap { service in
      service.ports.map { table.decision(for: service.id, port: $0.name, from: node) }
    }.sorted { ($0.service, $0.port) < ($1.service, $1.port) }
  }

  public var listeners: [ServicePortListener] { proxy.listeners() }

  /// `<SERVICE>_SERVICE_HOST` and `<SERVICE>_SERVICE_PORT` for the containers of a namespace, as Kubernetes names them.
  public func environment(namespace: String) -> [String: String] {
    var environment: [String: String] = [:]
    for listener in proxy.listeners() where listener.service.namespace == namespace {
      let name = listener.service.name.uppercased().map { $0 == "-" || $0 == "." ? "_" : String($0) }.joined()
      environment["\(name)_SERVICE_HOST"] = listener.listenAddress
      if environment["\(name)_SERVICE_PORT"] == nil {
        environment["\(name)_SERVICE_PORT"] = String(listener.listenPort)
      }
      let port = "\(listener.portName)".uppercased().replacing("-", with: "_")
      if !port.isEmpty { environment["\(name)_SERVICE_PORT_\(port)"] = String(listener.listenPort) }
    }
    return environment
  }
}
#endif
