#if Networking
import EdgePrimitives
import Logging
import NIOCore
import NIOPosix
import Synchronization
import TopologyRouter

/// One listening socket: the proxy's end of one port of one service.
final class PortListener: Sendable {
  let service: ServiceID
  let portName: ServicePortName
  let counters: ConnectionCounters
  let configuration: ServiceProxyConfiguration
  let connections: OpenConnections
  let logger: Logger
  private let decide: @Sendable () -> RouteDecision
  private let state = Mutex(State())

  private struct State {
    var rotation = EndpointRotation()
    var lastDecision: RouteDecision?
    var lastTarget: RouteTarget?
    var isClosed = false
  }

  /// - Parameter decide: the decision that is valid now; asked for every connection attempt.
  init(
    service: ServiceID, portName: ServicePortName, configuration: ServiceProxyConfiguration,
    connections: OpenConnections, logger: Logger, decide: @escaping @Sendable () -> RouteDecision
  ) {
    self.service = service
    self.portName = portName
    self.configuration = configuration
    self.connections = connections
    self.logger = logger
    self.decide = decide
    counters = ConnectionCounters(service: service, port: portName)
  }

  /// The decision the most recent connection followed.
  var lastDecision: RouteDecision? { state.withLock { $0.lastDecision } }
  /// The endpoint the most recent connection reached.
  var lastTarget: RouteTarget? { state.withLock { $0.lastTarget } }

  /// Picks an endpoint by the decision of this very moment, so that an endpoint which just left it is never dialled.
  func nextTarget(excluding tried: [RouteTarget]) -> RouteTarget? {
    let decision = decide()
    let (target, isNews) = state.withLock { state in
      let isNews = state.lastDecision != decision
      state.lastDecision = decision
      return (state.rotation.next(in: decision, excluding: tried), isNews)
    }
    // Once for each new decision: a client in a retry loop must not fill the log.
    if isNews {
      logger.info(
        "route decided", metadata: ["decision": "\(decision.summary)", "rule": "\(decision.policyExplanation)"])
    }
    return target
  }

  func reached(_ target: RouteTarget) { state.withLock { $0.lastTarget = target } }

  func bind(address: String, port: UInt16, group: any EventLoopGroup) async throws -> any Channel {
    try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 256)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      // Nothing is read before an endpoint is there to take it.
      .childChannelOption(.autoRead, value: false)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(ConnectionOpener(listener: self))
        }
      }
      .bind(host: address, port: Int(port)).get()
  }
}
#endif
