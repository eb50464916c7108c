#if Networking
import EdgePrimitives
import Logging
import NIOCore
import NIOPosix
import TopologyRouter

/// Finds an endpoint for one client connection, then hands both over to a ``RelayHandler`` pair and leaves.
///
/// Endpoints are tried one after the other, each by the decision valid at that moment. When the decision is empty or
/// used up the client is closed: it learns at once, and the counters and the last decision tell why.
final class ConnectionOpener: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer

  private let listener: PortListener
  private var tried: [RouteTarget] = []

  init(listener: PortListener) { self.listener = listener }

  func channelActive(context: ChannelHandlerContext) {
    context.fireChannelActive()
    let (listener, channel) = (listener, context.channel)
    listener.counters.accepted()
    channel.closeFuture.whenComplete { _ in listener.counters.closed() }
    guard listener.connections.insert(channel) else {
      listener.counters.count(.overLimit)
      return context.close(promise: nil)
    }
    channel.closeFuture.whenComplete { _ in listener.connections.remove(channel) }
    dialNext(context)
  }

  private func dialNext(_ context: ChannelHandlerContext) {
    guard context.channel.isActive else { return }
    guard tried.count < listener.configuration.maximumConnectAttempts,
      let target = listener.nextTarget(excluding: tried)
    else {
      listener.counters.count(tried.isEmpty ? .withoutEndpoint : .unreachable)
      return context.close(promise: nil)
    }
    tried.append(target)
    connect(to: target, on: context.eventLoop).assumeIsolated().whenComplete { result in
      switch result {
      case .success(let endpoint): self.join(context, with: endpoint, at: target)
      case .failure(let error):
        self.listener.counters.count(.connectFailed)
        self.listener.logger.debug("endpoint not reached", metadata: ["target": "\(target)", "error": "\(error)"])
        self.dialNext(context)
      }
    }
  }

  private func connect(to target: RouteTarget, on eventLoop: any EventLoop) -> EventLoopFuture<any Channel> {
    do {
      let address = try SocketAddress(ipAddress: target.address, port: Int(target.port))
      return ClientBootstrap(group: eventLoop)
        .connectTimeout(TimeAmount(listener.configuration.connectTimeout))
        .channelOption(.autoRead, value: false)
        .channelOption(.allowRemoteHalfClosure, value: true)
        .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        .connect(to: address)
    } catch {
      return eventLoop.makeFailedFuture(error)
    }
  }

  private func join(_ context: ChannelHandlerContext, with endpoint: any Channel, at target: RouteTarget) {
    guard context.channel.isActive, endpoint.isActive else {
      endpoint.close(promise: nil)
      return context.close(promise: nil)
    }
    let counters = listener.counters
    let idle = TimeAmount(listener.configuration.idleTimeout)
    let (front, back) = RelayHandler.pair(
      countingForward: { counters.countBytes(toEndpoint: $0) },
      countingBackward: { counters.countBytes(fromEndpoint: $0) })
    do {
      let client = context.channel
      try client.pipeline.syncOperations.addHandlers(IdleStateHandler(allTimeout: idle), front)
      try endpoint.pipeline.syncOperations.addHandlers(IdleStateHandler(allTimeout: idle), back)
      listener.reached(target)
      counters.count(.relayed)
      try client.syncOptions?.setOption(.autoRead, value: true)
      try endpoint.syncOptions?.setOption(.autoRead, value: true)
      context.pipeline.syncOperations.removeHandler(self, promise: nil)
    } catch {
      endpoint.close(promise: nil)
      context.close(promise: nil)
    }
  }
}
#endif
