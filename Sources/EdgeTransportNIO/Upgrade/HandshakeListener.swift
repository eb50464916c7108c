#if Networking
import Logging
import NIOCore
import NIOPosix

/// Accepts sockets for a server of many nodes, and bounds each until it is a session: in time, and all of them in number.
struct HandshakeListener: Sendable {
  let host: String
  let port: Int
  /// From the accepted socket to the end of its handshake.
  let timeout: Duration
  let handshakes: HandshakeTable
  let logger: Logger
  /// Called when a socket is closed in its handshake.
  let wasCut: @Sendable () -> Void

  /// - Parameter prepare: adds the handlers of a socket, on its event loop. It takes the socket out of ``handshakes`` when the
  ///   handshake is over.
  func listen(
    on group: any EventLoopGroup, prepare: @escaping @Sendable (any Channel) throws -> Void
  ) async throws -> any Channel {
    try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 4096)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.recvAllocator, value: ReceiveBuffers.allocator)
      .childChannelOption(.writeBufferWaterMark, value: writeWaterMark)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try begin(channel)
          try prepare(channel)
        }
      }
      .bind(host: host, port: port)
      .get()
  }

  private func begin(_ channel: any Channel) throws {
    guard case .admitted(let displaced) = handshakes.begin(channel) else {
      throw ChannelError.connectTimeout(.zero)
    }
    if let displaced { cut(displaced, "more handshakes than the server holds at once") }
    let deadline = channel.eventLoop.scheduleTask(in: TimeAmount(timeout)) {
      guard handshakes.end(channel) else { return }
      cut(channel, "the handshake took too long")
    }
    handshakes.set(deadline, for: channel)
    channel.closeFuture.whenComplete { [handshakes] _ in handshakes.end(channel) }
  }

  private func cut(_ channel: any Channel, _ reason: String) {
    wasCut()
    logger.warning(
      "closed a connection in its handshake",
      metadata: ["peer": "\(channel.remoteAddress?.description ?? "unknown")", "reason": "\(reason)"])
    channel.close(promise: nil)
  }
}
#endif
