#if Networking
import Logging
import NIOCore
import NIOPosix
import NIOSSL

/// A gRPC server on HTTP/2 frames: plain text with prior knowledge (h2c), or TLS with ALPN `h2`.
///
/// Requests are decoded on the connection's event loop. Nothing stands between frames and calls: no channel per stream
/// and no task per unary call unless its handler asks for one, which is where most of the time of a general
/// implementation goes.
public struct GRPCServer: Sendable {
  private let configuration: GRPCServerConfiguration
  private let services: GRPCServices
  private let tls: NIOSSLContext?
  private let group: any EventLoopGroup
  private let guest: GuestProtocol?
  private let logger: Logger

  /// - Parameters:
  ///   - tls: nil serves plain text; a context must offer the application protocol `h2`, and that of the guest.
  ///   - guest: what is spoken with clients that do not begin with HTTP/2; nil refuses them.
  public init(
    configuration: GRPCServerConfiguration, services: GRPCServices, tls: NIOSSLContext?, group: any EventLoopGroup,
    guest: GuestProtocol? = nil, logger: Logger
  ) {
    self.configuration = configuration
    self.services = services
    self.tls = tls
    self.group = group
    self.guest = guest
    self.logger = logger
  }

  /// Serves until the calling task is cancelled. Then accepts nothing more, tells peers to go away, ends streams, gives
  /// unary calls ``GRPCServerConfiguration/drainTimeout``, and returns when the last handler has returned.
  /// - Parameter onReady: called once, with the address and port in use.
  /// - Throws: when the address cannot be bound.
  public func run(onReady: @Sendable (_ host: String, _ port: Int) -> Void = { _, _ in }) async throws {
    let registry = ServerRegistry(maximum: configuration.maximumConnections)
    let listener = try await ServerBootstrap(group: group)
      .serverChannelOption(ChannelOptions.backlog, value: 1024)
      .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(ChannelOptions.tcpOption(.tcp_nodelay), value: 1)
      // Peers that send many frames at once are read in few calls, while a quiet connection holds little.
      .childChannelOption(
        ChannelOptions.recvAllocator,
        value: AdaptiveRecvByteBufferAllocator(minimum: 2 << 10, initial: 8 << 10, maximum: 64 << 10)
      )
      // Answers to what was read at once leave at once.
      .childChannelOption(
        ChannelOptions.writeBufferWaterMark,
        value: ChannelOptions.Types.WriteBufferWaterMark(low: 64 << 10, high: 256 << 10)
      )
      .childChannelInitializer { [configuration, services, tls, guest, logger] channel in
        channel.eventLoop.makeCompletedFuture {
          let mailbox = LoopMailbox<ServerCommand>(eventLoop: channel.eventLoop)
          guard registry.admit(channel, mailbox) else {
            logger.debug("connection refused: too many", metadata: ["maximum": "\(configuration.maximumConnections)"])
            channel.close(promise: nil)
            return
          }
          let pipeline = channel.pipeline.syncOperations
          if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
          try pipeline.addHandler(
            GRPCServerConnection(
              configuration: configuration, services: services, mailbox: mailbox, registry: registry, guest: guest,
              logger: logger))
        }
      }
      .bind(host: configuration.host, port: configuration.port).get()
    onReady(listener.localAddress?.ipAddress ?? configuration.host, listener.localAddress?.port ?? configuration.port)

    await withTaskCancellationHandler {
      try? await listener.closeFuture.get()
      await registry.becomeIdle()
    } onCancel: {
      listener.close(promise: nil)
      registry.stop()
      listener.eventLoop.scheduleTask(in: TimeAmount(configuration.drainTimeout)) { registry.closeAll() }
    }
  }
}
#endif
