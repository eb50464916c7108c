#if Networking
import NIOCore
import NIOPosix

/// A TCP client that collects everything until the other side closes.
struct TestClient: Sendable {
  let channel: any Channel
  private let collected: EventLoopFuture<[UInt8]>
  private let greeting: EventLoopFuture<String>

  static func connect(to port: UInt16, on group: any EventLoopGroup) async throws -> TestClient {
    let eventLoop = group.next()
    let collected = eventLoop.makePromise(of: [UInt8].self)
    let greeting = eventLoop.makePromise(of: String.self)
    let connected = ClientBootstrap(group: eventLoop)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(CollectingHandler(collected: collected, greeting: greeting))
        }
      }
      .connect(host: "127.0.0.1", port: Int(port))
    connected.whenFailure { error in
      collected.fail(error)
      greeting.fail(error)
    }
    return TestClient(
      channel: try await connected.get(), collected: collected.futureResult, greeting: greeting.futureResult)
  }

  /// The name in the first line; empty when the connection ended without one.
  func name() async throws -> String { try await greeting.get() }

  func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }
  func finishSending() async throws { try await channel.close(mode: .output) }
  func close() async throws { try await channel.close() }

  /// Everything received, once the other side has closed.
  func received() async throws -> [UInt8] { try await collected.get() }

  /// Connects, waits for the greeting and closes again.
  static func nameOfPeer(at port: UInt16, on group: any EventLoopGroup) async throws -> String {
    let client = try await connect(to: port, on: group)
    let name = try await client.name()
    try? await client.close()
    return name
  }
}

private final class CollectingHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private var bytes: [UInt8] = []
  private var isGreeted = false
  private let collected: EventLoopPromise<[UInt8]>
  private let greeting: EventLoopPromise<String>

  init(collected: EventLoopPromise<[UInt8]>, greeting: EventLoopPromise<String>) {
    self.collected = collected
    self.greeting = greeting
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    bytes += unwrapInboundIn(data).readableBytesView
    guard !isGreeted, let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return }
    isGreeted = true
    greeting.succeed(String(decoding: bytes[..<end], as: UTF8.self))
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  func channelInactive(context: ChannelHandlerContext) {
    collected.succeed(bytes)
    if !isGreeted { greeting.succeed("") }
  }
}
#endif
