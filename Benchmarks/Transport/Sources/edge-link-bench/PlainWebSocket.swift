import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Synchronization

/// The baseline: what one writes with NIO's own WebSocket and TLS alone. Frames are counted and echoed by a handler on the
/// event loop; there are no messages, no tasks, no bounds and no sessions.
enum PlainWebSocket {
  static func serve(_ tls: NIOSSLContext, counting received: PlainCount) async throws -> any Channel {
    try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 4096)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
          let upgrader = NIOTypedWebSocketServerUpgrader<Void>(
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
            upgradePipelineHandler: { channel, _ in
              channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(PlainReceiver(received))
              }
            })
          _ = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
            configuration: NIOUpgradableHTTPServerPipelineConfiguration(
              upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(
                upgraders: [upgrader],
                notUpgradingCompletionHandler: { $0.close() })))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
  }

  /// Connects and adds `handler` behind the frame codec.
  static func connect(
    port: Int, tls: NIOSSLContext, handler: @escaping @Sendable () -> any ChannelHandler
  ) async throws -> any Channel {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .connect(host: "127.0.0.1", port: port).get()
    try await channel.eventLoop.flatSubmit { () -> EventLoopFuture<EventLoopFuture<Void>> in
      channel.eventLoop.makeCompletedFuture {
        try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: tls, serverHostname: nil))
        let upgrader = NIOTypedWebSocketClientUpgrader<Void>(upgradePipelineHandler: { channel, _ in
          channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler()) }
        })
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
          configuration: NIOUpgradableHTTPClientPipelineConfiguration(
            upgradeConfiguration: NIOTypedHTTPClientUpgradeConfiguration(
              upgradeRequestHead: HTTPRequestHead(
                version: .http1_1, method: .GET, uri: "/", headers: ["Host": "127.0.0.1"]),
              upgraders: [upgrader], notUpgradingCompletionHandler: { $0.close() })))
      }
    }.get().get()
    return channel
  }
}

final class PlainCount: Sendable {
  let value = Atomic(0)
}

/// Text is counted, binary is sent back.
private final class PlainReceiver: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame
  private let received: PlainCount

  init(_ received: PlainCount) { self.received = received }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let frame = unwrapInboundIn(data)
    received.value.wrappingAdd(1, ordering: .relaxed)
    guard frame.opcode == .binary else { return }
    context.writeAndFlush(
      wrapOutboundOut(WebSocketFrame(fin: true, opcode: .binary, data: frame.unmaskedData)), promise: nil)
  }
}

/// Sends one payload again and again, as fast as the socket takes it, until the deadline.
final class PlainSender: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame
  private let payload: [UInt8]
  private let deadline: Double
  private let sent: PlainCount

  init(payload: [UInt8], until deadline: Double, counting sent: PlainCount) {
    self.payload = payload
    self.deadline = deadline
    self.sent = sent
  }

  func handlerAdded(context: ChannelHandlerContext) { later(context) }
  func channelWritabilityChanged(context: ChannelHandlerContext) { send(context) }

  private func send(_ context: ChannelHandlerContext) {
    guard seconds() < deadline else { return }
    for _ in 0..<64 where context.channel.isWritable {
      let data = context.channel.allocator.buffer(bytes: payload)
      let frame = WebSocketFrame(fin: true, opcode: .text, maskKey: .random(), data: data)
      context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
      sent.value.wrappingAdd(1, ordering: .relaxed)
    }
    later(context)
  }

  /// After the upgrade, which takes no writes before it is over, and between bursts, so that other connections have a turn.
  private func later(_ context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.eventLoop.execute { bound.value.0.send(bound.value.1) }
  }
}

/// Sends one payload, waits for it to come back and sends it again; gives the times.
final class PlainPinger: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame
  private let payload: [UInt8]
  private let rounds: Int
  private let done: @Sendable ([Double]) -> Void
  private var times: [Double] = []
  private var began = 0.0

  init(payload: [UInt8], rounds: Int, done: @escaping @Sendable ([Double]) -> Void) {
    self.payload = payload
    self.rounds = rounds
    self.done = done
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.eventLoop.execute { bound.value.0.send(bound.value.1) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    times.append(seconds() - began)
    if times.count == rounds { return done(times) }
    send(context)
  }

  private func send(_ context: ChannelHandlerContext) {
    began = seconds()
    let data = context.channel.allocator.buffer(bytes: payload)
    let frame = WebSocketFrame(fin: true, opcode: .binary, maskKey: .random(), data: data)
    context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
  }
}
