#if Networking
import Logging
import NIOCore
import NIOPosix
import NIOSSL

/// A small HTTP/1.1 server with keep-alive, pipelining in order, streamed responses and limits on everything a peer
/// controls.
///
/// Each connection is one task that answers one request at a time; a streamed response suspends its writer while the
/// peer is slow. What no handler sees: a malformed request (400), a body beyond the limit (413), a peer that is slow to
/// send its head (closed), connections beyond the maximum (closed).
public struct HTTPServer: Sendable {
  private let configuration: HTTPServerConfiguration
  private let tls: NIOSSLContext?
  private let group: any EventLoopGroup
  private let logger: Logger
  private let handler: @Sendable (HTTPServerRequest) async -> HTTPServerResponse

  /// - Parameters:
  ///   - tls: nil serves plain text.
  ///   - handler: is cancelled when the peer goes away before it has answered.
  public init(
    configuration: HTTPServerConfiguration, tls: NIOSSLContext?, group: any EventLoopGroup, logger: Logger,
    handler: @escaping @Sendable (HTTPServerRequest) async -> HTTPServerResponse
  ) {
    self.configuration = configuration
    self.tls = tls
    self.group = group
    self.logger = logger
    self.handler = handler
  }

  /// Serves until the calling task is cancelled; then stops accepting, ends streamed responses, gives other requests
  /// ``HTTPServerConfiguration/drainTimeout`` and returns normally.
  /// - Parameter onReady: called once, with the address and port in use.
  /// - Throws: when the address cannot be bound.
  public func run(onReady: @Sendable (_ host: String, _ port: Int) -> Void = { _, _ in }) async throws {
    let registry = ConnectionRegistry(maximum: configuration.maximumConnections)
    // Bounded by the registry: what it does not admit is never yielded.
    let (connections, accepted) = AsyncStream.makeStream(of: HTTPServerConnection.self)
    let listener = try await bind(registry: registry, accepted: accepted)
    listener.closeFuture.whenComplete { _ in accepted.finish() }
    onReady(listener.localAddress?.ipAddress ?? configuration.host, listener.localAddress?.port ?? configuration.port)

    // A task of its own, awaited below: cancelling the caller must not reach the requests in progress, which get the
    // drain time instead.
    let serving = Task { [handler, logger] in
      await withDiscardingTaskGroup { group in
        for await connection in connections {
          group.addTask { await connection.serve(handler, logger: logger) }
        }
      }
    }
    await withTaskCancellationHandler {
      await serving.value
    } onCancel: {
      listener.close(promise: nil)
      registry.stop()
      listener.eventLoop.scheduleTask(in: TimeAmount(configuration.drainTimeout)) { registry.closeAll() }
    }
  }

  private func bind(
    registry: ConnectionRegistry, accepted: AsyncStream<HTTPServerConnection>.Continuation
  ) async throws -> any Channel {
    try await ServerBootstrap(group: group)
      .serverChannelOption(ChannelOptions.backlog, value: 256)
      .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(ChannelOptions.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { [configuration, tls, logger] channel in
        channel.eventLoop.makeCompletedFuture {
          let connection = try Self.configure(channel, configuration: configuration, tls: tls)
          guard registry.admit(connection) else {
            logger.debug("connection refused: too many", metadata: ["maximum": "\(configuration.maximumConnections)"])
            channel.close(promise: nil)
            return
          }
          if case .terminated = accepted.yield(connection) { channel.close(promise: nil) }
        }
      }
      .bind(host: configuration.host, port: configuration.port).get()
  }

  private static func configure(
    _ channel: any Channel, configuration: HTTPServerConfiguration, tls: NIOSSLContext?
  ) throws -> HTTPServerConnection {
    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
    return try HTTPServerConnection.configure(channel, configuration: configuration)
  }
}
#endif
