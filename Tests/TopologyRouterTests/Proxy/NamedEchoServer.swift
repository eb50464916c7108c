#if Networking
import NIOCore
import NIOPosix

/// An endpoint that greets with its name and echoes what it gets; it closes when the client has finished sending.
struct NamedEchoServer: Sendable {
  let port: UInt16
  private let channel: any Channel

  static func start(_ name: String, on group: any EventLoopGroup) async throws -> NamedEchoServer {
    let channel = try await ServerBootstrap(group: group)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(GreetingEchoHandler(name: name))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return NamedEchoServer(port: UInt16(channel.localAddress?.port ?? 0), channel: channel)
  }

  /// Stops listening; the port then refuses connections.
  func stop() async throws { try await channel.close() }
}

private final class GreetingEchoHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer
  private let name: String

  init(name: String) { self.name = name }

  func channelActive(context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: name + "\n")), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    context.writeAndFlush(wrapOutboundOut(unwrapInboundIn(data)), promise: nil)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case ChannelEvent.inputClosed = event else { return }
    context.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { _ in
      context.close(promise: nil)
    }
  }
}
#endif
