#if Networking
import EdgePrimitives
import Logging
import NIOCore
import Synchronization
import TopologyRouter

/// The TCP data path of one node: offers every TCP port of every known service on a local address and relays each
/// connection to an endpoint that the routing table chose for this node, never to another one.
///
/// A connection is decided when it arrives, so an ``update(_:)`` is obeyed from the next connection on; connections that
/// are already open are left to finish. A port of a service keeps its listening port for the life of the proxy, also when
/// the service goes away and comes back. Headless services and ports of other protocols are not offered.
public final class ServiceProxy: Sendable {
  public typealias ListenersChanged = @Sendable ([ServicePortListener]) -> Void

  let nodeName: NodeName
  let listenAddress: String
  let configuration: ServiceProxyConfiguration
  let group: any EventLoopGroup
  let logger: Logger
  let connections: OpenConnections
  let onListenersChanged: ListenersChanged?
  let state = Mutex(State())
  /// Wakes ``run()``. One pending wake-up stands for any number of changes.
  let wakeUps: AsyncStream<Void>
  let wakeUp: AsyncStream<Void>.Continuation

  struct State {
    var table = RoutingTable()
    var active: [ListenerKey: ActiveListener] = [:]
    /// Kept for services that went away, too. Bounded by the ports an address has: an entry that loses its port to another
    /// one is replaced.
    var assignedPorts: [ListenerKey: UInt16] = [:]
    var hasRun = false
  }

  struct ListenerKey: Hashable, Sendable {
    let service: ServiceID
    let port: ServicePortName
  }

  struct ActiveListener: Sendable {
    let listener: PortListener
    let channel: any Channel
    var place: ServicePortListener
  }

  /// - Parameters:
  ///   - nodeName: the node whose decisions are performed.
  ///   - listenAddress: the local IP address to listen on.
  ///   - group: where connections run; it must outlive ``run()``.
  ///   - onListenersChanged: told the whole list, ordered by service and port, whenever it changed. Must not block.
  public init(
    nodeName: NodeName, listenAddress: String = "127.0.0.1",
    configuration: ServiceProxyConfiguration = ServiceProxyConfiguration(), group: any EventLoopGroup, logger: Logger,
    onListenersChanged: ListenersChanged? = nil
  ) {
    self.nodeName = nodeName
    self.listenAddress = listenAddress
    self.configuration = configuration
    self.group = group
    self.logger = logger
    self.onListenersChanged = onListenersChanged
    connections = OpenConnections(maximum: configuration.maximumConnections)
    (wakeUps, wakeUp) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  }

  /// Follows another state of the table. Cheap: decisions change at once, listeners are adjusted by ``run()`` if the set
  /// of services changed.
  public func update(_ table: RoutingTable) {
    let isServiceSetNew = state.withLock { state in
      defer { state.table = table }
      return state.table.servicesVersion != table.servicesVersion
    }
    if isServiceSetNew { wakeUp.yield() }
  }

  /// The ports on offer now, ordered by service and port.
  public func listeners() -> [ServicePortListener] {
    state.withLock { $0.active.values.map(\.place) }
      .sorted { ($0.service, $0.portName) < ($1.service, $1.portName) }
  }

  /// The decision that the most recent connection to a service port followed; nil before the first one.
  public func lastDecision(for service: ServiceID, port: ServicePortName = .unnamed) -> RouteDecision? {
    listener(for: service, port: port)?.lastDecision
  }

  /// The endpoint that the most recent relayed connection to a service port reached; nil before the first one.
  public func lastTarget(for service: ServiceID, port: ServicePortName = .unnamed) -> RouteTarget? {
    listener(for: service, port: port)?.lastTarget
  }

  /// What happened to connections to a service port since its listener opened; nil when it is not on offer.
  public func statistics(for service: ServiceID, port: ServicePortName = .unnamed) -> ServicePortStatistics? {
    listener(for: service, port: port)?.counters.statistics
  }

  private func listener(for service: ServiceID, port: ServicePortName) -> PortListener? {
    state.withLock { $0.active[ListenerKey(service: service, port: port)]?.listener }
  }
}
#endif
