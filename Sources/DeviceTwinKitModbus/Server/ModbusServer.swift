#if Networking
import DeviceTwinKit
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// A Modbus TCP server by the book over any ``ModbusRegisterBank``.
///
/// Several clients are served at once, each one's requests in order. Bounds: connections beyond the limit are closed
/// at once, silent ones after the idle time, and a client that does not read its answers is not read from either. A
/// stream that is not Modbus is closed.
public struct ModbusServer: Sendable {
  public struct Configuration: Sendable {
    public var maximumConnections = 32
    public var idleTimeout = Duration.seconds(300)

    public init() {}
  }

  private let host: String
  private let port: Int
  private let bank: any ModbusRegisterBank
  private let configuration: Configuration
  private let group: any EventLoopGroup
  private let logger: Logger

  /// - Parameter port: 0 takes any free one; ``run(onReady:)`` tells which.
  public init(
    host: String = "127.0.0.1", port: Int, bank: any ModbusRegisterBank,
    configuration: Configuration = Configuration(),
    group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, logger: Logger
  ) {
    self.host = host
    self.port = port
    self.bank = bank
    self.configuration = configuration
    self.group = group
    self.logger = logger
  }

  /// Serves until the task is cancelled; then all connections are closed.
  ///
  /// - Throws: when the address cannot be bound.
  public func run(onReady: @Sendable (_ host: String, _ port: Int) -> Void = { _, _ in }) async throws {
    let server = try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 64)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .bind(host: host, port: port) { [configuration] channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandlers([
            IdleStateHandler(readTimeout: TimeAmount(configuration.idleTimeout)), CloseWhenIdle(),
          ])
          return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    onReady(host, server.channel.localAddress?.port ?? port)
    let connections = ConnectionCount(limit: configuration.maximumConnections)
    try await withThrowingDiscardingTaskGroup { tasks in
      try await server.executeThenClose { inbound in
        for try await client in inbound {
          guard connections.enter() else {
            logger.warning("Modbus connection refused: too many", metadata: ["limit": "\(connections.limit)"])
            try? await client.channel.close()
            continue
          }
          tasks.addTask {
            await serve(client)
            connections.leave()
          }
        }
      }
      tasks.cancelAll()
    }
  }

  private func serve(_ client: NIOAsyncChannel<ByteBuffer, ByteBuffer>) async {
    do {
      try await client.executeThenClose { inbound, outbound in
        var decoder = MBAPDecoder()
        for try await bytes in inbound {
          var answers = ByteBuffer()
          for frame in try decoder.receive(bytes.readableBytesView) {
            let pdu = bank.answer(to: frame.pdu, unit: frame.unit)
            answers.writeBytes(MBAPFrame(transaction: frame.transaction, unit: frame.unit, pdu: pdu).encoded())
          }
          if answers.readableBytes > 0 { try await outbound.write(answers) }
        }
      }
    } catch {
      logger.debug("Modbus connection ended", metadata: ["reason": "\(error)"])
    }
  }
}

private final class ConnectionCount: Sendable {
  let limit: Int
  private let count = Mutex(0)

  init(limit: Int) { self.limit = limit }

  func enter() -> Bool {
    count.withLock { count in
      guard count < limit else { return false }
      count += 1
      return true
    }
  }

  func leave() { count.withLock { $0 -= 1 } }
}

private final class CloseWhenIdle: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is IdleStateHandler.IdleStateEvent {
      context.close(promise: nil)
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }
}
#endif
