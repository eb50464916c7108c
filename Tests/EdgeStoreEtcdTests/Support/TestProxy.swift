#if Networking
import EdgeStoreEtcd
import NIOCore
import NIOPosix
import Synchronization

/// A TCP proxy before a real member that behaves as badly as a network can.
final class TestProxy: Sendable {
  enum Mode: Sendable {
    case pass
    /// Connections stay open and nothing comes through: a half-open link.
    case silent
    /// Requests reach the member, answers are lost.
    case swallowsAnswers
    /// New connections are closed at once.
    case refuses
  }

  private let mode = Mutex(Mode.pass)
  private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])
  private let listener: any Channel
  let endpoint: EtcdEndpoint

  private init(listener: any Channel) {
    self.listener = listener
    endpoint = EtcdEndpoint(host: "127.0.0.1", port: listener.localAddress?.port ?? 0)
  }

  static func start(before target: EtcdEndpoint) async throws -> TestProxy {
    let box = Box()
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(ChannelOptions.autoRead, value: false)
      .childChannelInitializer { inbound in
        guard let proxy = box.slot.withLock({ $0 }), proxy.mode.withLock({ $0 }) != .refuses else {
          return inbound.close()
        }
        proxy.register(inbound)
        return ClientBootstrap(group: inbound.eventLoop).channelOption(ChannelOptions.autoRead, value: false)
          .connect(host: target.host, port: target.port).flatMapThrowing { outbound in
            proxy.register(outbound)
            try inbound.pipeline.syncOperations.addHandler(Pipe(to: outbound, proxy, isAnswer: false))
            try outbound.pipeline.syncOperations.addHandler(Pipe(to: inbound, proxy, isAnswer: true))
            for channel in [inbound, outbound] {
              channel.setOption(ChannelOptions.autoRead, value: true).whenComplete { _ in channel.read() }
            }
          }.flatMapErrorThrowing { error in
            inbound.close(promise: nil)
            throw error
          }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let proxy = TestProxy(listener: listener)
    box.slot.withLock { $0 = proxy }
    return proxy
  }

  /// The proxy needs its listener, and the listener's connections the proxy.
  private final class Box: Sendable {
    let slot = Mutex<TestProxy?>(nil)
  }

  private func register(_ channel: any Channel) {
    channels.withLock { $0[ObjectIdentifier(channel)] = channel }
    channel.closeFuture.whenComplete { [weak self] _ in
      self?.channels.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(channel)) }
    }
  }

  var isInUse: Bool { channels.withLock { !$0.isEmpty } }

  func set(_ mode: Mode) { self.mode.withLock { $0 = mode } }

  /// Closes all connections; new ones are treated as the mode says.
  func cut() {
    for channel in channels.withLock({ Array($0.values) }) { channel.close(promise: nil) }
  }

  func stop() async {
    try? await listener.close()
    cut()
  }

  private final class Pipe: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let peer: any Channel
    private let proxy: TestProxy
    private let isAnswer: Bool

    init(to peer: any Channel, _ proxy: TestProxy, isAnswer: Bool) {
      self.peer = peer
      self.proxy = proxy
      self.isAnswer = isAnswer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch proxy.mode.withLock({ $0 }) {
      case .silent: return
      case .swallowsAnswers where isAnswer: return
      case .pass, .refuses, .swallowsAnswers: peer.writeAndFlush(unwrapInboundIn(data), promise: nil)
      }
    }

    func channelInactive(context: ChannelHandlerContext) { peer.close(promise: nil) }
  }
}
#endif
