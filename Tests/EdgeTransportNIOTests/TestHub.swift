#if Networking
import EdgeIdentity
import EdgePrimitives
import EdgeTransport
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Testing

@testable import EdgeTransportNIO

/// A hub on a free port of the loopback with its own authority, and clients for it.
struct TestHub: Sendable {
  let server: HubServer
  let port: Int
  let authority: CertificateAuthority

  static let group = MultiThreadedEventLoopGroup.singleton
  static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

  /// What a test changes about its hub.
  struct Setup: Sendable {
    var configure: @Sendable (inout HubConfiguration) -> Void = { _ in }
    var handleSession: @Sendable (HubConnection) async -> Void = TestHub.echo
    /// The hub's; clients have the shared one.
    var group: any EventLoopGroup = TestHub.group
  }

  /// Runs `body` beside a hub and stops the hub when it is done.
  static func with(
    _ setup: Setup = Setup(), body: @escaping @Sendable (TestHub) async throws -> Void
  ) async throws {
    let authority = try CertificateAuthority.create(commonName: "test", clock: SystemWallClock())
    let identity = try authority.issueServerCertificate(
      commonName: "hub", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"], validity: .seconds(3600))
    let tls = try TLSContexts.hub(identity, authorityPEM: authority.certificatePEM)
    var configuration = HubConfiguration(host: "127.0.0.1", port: 0)
    setup.configure(&configuration)
    let server = HubServer(configuration: configuration, tls: tls, group: setup.group, logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      let (ready, continuation) = AsyncStream<Int>.makeStream()
      tasks.addTask {
        try await server.run(onReady: { _, port in continuation.yield(port) }, handleSession: setup.handleSession)
      }
      var ports = ready.makeAsyncIterator()
      let port = try #require(await ports.next())
      try await body(TestHub(server: server, port: port, authority: authority))
      tasks.cancelAll()
    }
  }

  /// Sends every message back.
  static let echo: @Sendable (HubConnection) async -> Void = { connection in
    do { for try await message in connection.inbound { try await connection.send(message) } } catch {}
  }

  func clientTLS(_ node: String, authority: CertificateAuthority? = nil) throws -> NIOSSLContext {
    let issuer = authority ?? self.authority
    let identity = try issuer.issueClientCertificate(
      commonName: "system:node:\(node)", organizations: ["system:nodes"], validity: .seconds(3600))
    return try TLSContexts.edge(authorityPEM: self.authority.certificatePEM, identity: identity)
  }

  func client(
    _ node: String, certificateOf owner: String? = nil,
    configure: (inout EdgeHubConfiguration) -> Void = { _ in }
  ) throws -> EdgeHubClient {
    var configuration = EdgeHubConfiguration(host: "127.0.0.1", port: port, nodeName: try NodeName(node))
    // Tests count messages; the one about keepalives asks for them.
    configuration.keepaliveInterval = nil
    configure(&configuration)
    return EdgeHubClient(
      configuration: configuration, tls: try clientTLS(owner ?? node), group: Self.group, logger: Self.logger)
  }

  /// A TLS connection that has done nothing else, for peers that do not keep to the rules.
  func rawConnection(_ node: String) async throws -> RawPeer {
    let tls = try clientTLS(node)
    let channel = try await ClientBootstrap(group: Self.group)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: tls, serverHostname: nil))
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
    return try await RawPeer(channel)
  }

  func upgradeRequest(_ node: String, extra: String = "") -> String {
    "GET /p/\(node)/events HTTP/1.1\r\nHost: 127.0.0.1\r\nNode_id: \(node)\r\nProject_id: p\r\nConnectionuse: msg\r\n"
      + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      + "Sec-WebSocket-Key: G2fWd81p3T6PmByRBKUlrg==\r\n\(extra)\r\n"
  }
}

/// Bytes in and out over one connection.
final class RawPeer: Sendable {
  let channel: any Channel
  private let received = Shared<[UInt8]>([])

  init(_ channel: any Channel) async throws {
    self.channel = channel
    try await channel.pipeline.addHandler(Collector { [received] bytes in received.withLock { $0 += bytes } }).get()
  }

  func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }
  func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

  var bytes: [UInt8] { received.withLock { $0 } }
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Whether `condition` came true within a few seconds.
  func eventually(_ condition: ([UInt8]) -> Bool) async -> Bool { await soon { condition(bytes) } }

  /// A masked client frame.
  func sendFrame(_ first: UInt8, _ payload: [UInt8]) async throws {
    let key: [UInt8] = [1, 2, 3, 4]
    var frame: [UInt8] = [first]
    if payload.count < 126 {
      frame.append(0x80 | UInt8(payload.count))
    } else {
      frame += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
    }
    frame += key + payload.enumerated().map { $1 ^ key[$0 % 4] }
    try await send(frame)
  }
}

private final class Collector: ChannelInboundHandler, Sendable {
  typealias InboundIn = ByteBuffer
  private let collect: @Sendable ([UInt8]) -> Void

  init(_ collect: @escaping @Sendable ([UInt8]) -> Void) { self.collect = collect }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    collect(Array(unwrapInboundIn(data).readableBytesView))
  }
  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// A value that several tasks of a test look at.
final class Shared<Value: Sendable>: Sendable {
  private let value: Mutex<Value>

  init(_ value: Value) { self.value = Mutex(value) }

  func withLock<Result: Sendable>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    try value.withLock { value in try body(&value) }
  }
}

/// Waits, a few milliseconds at a time, for something that happens on another task; generous, because test machines are
/// busy.
func soon(_ condition: () async -> Bool) async -> Bool {
  for _ in 0..<5000 {
    if await condition() { return true }
    try? await Task.sleep(for: .milliseconds(5))
  }
  return false
}

func message(_ id: String, content: MessageContent = .null) -> EdgeMessage {
  EdgeMessage(
    header: MessageHeader(id: id, timestampMilliseconds: 1),
    route: MessageRoute(source: "edged", group: "resource", operation: .update, resource: "default/pod/a"),
    content: content)
}
#endif
