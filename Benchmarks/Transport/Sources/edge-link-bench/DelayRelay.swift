import NIOCore
import NIOPosix

/// A link with a long way: passes bytes between a client and a server, each `delay` after it came, in both directions. It
/// limits no rate and holds what is on its way, as a cable does.
struct DelayRelay {
  let delay: TimeAmount

  /// Listens on a free port; whoever connects is passed on to `port`. On a thread of its own.
  func listen(passingTo port: Int) async throws -> any Channel {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    return try await ServerBootstrap(group: group)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { client in
        // The server is connected first, on the same loop; until then nothing is read.
        ClientBootstrap(group: client.eventLoop)
          .channelOption(.tcpOption(.tcp_nodelay), value: 1)
          .channelOption(.autoRead, value: false)
          .connect(host: "127.0.0.1", port: port)
          .flatMapThrowing { server in
            try client.pipeline.syncOperations.addHandler(DelayedForwarding(to: server, delay: delay))
            try server.pipeline.syncOperations.addHandler(DelayedForwarding(to: client, delay: delay))
            server.setOption(.autoRead, value: true).whenSuccess { server.read() }
          }
      }
      .bind(host: "127.0.0.1", port: 0).get()
  }
}

/// One direction. Both channels live on one event loop.
private final class DelayedForwarding: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let target: any Channel
  private let delay: TimeAmount
  private var waiting = CircularBuffer<(due: NIODeadline, bytes: ByteBuffer)>()
  private var isScheduled = false

  init(to target: any Channel, delay: TimeAmount) {
    self.target = target
    self.delay = delay
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    waiting.append((.now() + delay, unwrapInboundIn(data)))
    schedule(on: context.eventLoop)
  }

  func channelInactive(context: ChannelHandlerContext) { target.close(promise: nil) }
  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func schedule(on eventLoop: any EventLoop) {
    guard !isScheduled, let next = waiting.first?.due else { return }
    isScheduled = true
    eventLoop.assumeIsolated().scheduleTask(deadline: next) { self.forward(on: eventLoop) }
  }

  private func forward(on eventLoop: any EventLoop) {
    isScheduled = false
    let now = NIODeadline.now()
    while let (due, bytes) = waiting.first, due <= now {
      waiting.removeFirst()
      target.write(bytes, promise: nil)
    }
    target.flush()
    schedule(on: eventLoop)
  }
}
