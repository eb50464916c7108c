#if Networking
import EdgeIdentity
import EdgePrimitives
import EdgeTestKit
import EdgeTransport
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import EdgeTransportNIO

/// Both kinds of servers of frames on free ports of the loopback, with one authority, and clients for them.
struct FrameHarness: Sendable {
  enum Kind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case webSocket
    case tls

    var testDescription: String { rawValue }
  }

  let hub: TestHub
  let tlsServer: TLSFrameServer
  let tlsPort: Int
  /// Another address of this machine than the hub's.
  static let tlsHost = "127.0.0.2"

  struct Setup: Sendable {
    var hub: @Sendable (inout HubConfiguration) -> Void = { _ in }
    var tls: @Sendable (inout TLSFrameServer.Configuration) -> Void = { _ in }
    /// Serves a carrier of any kind.
    var serve: @Sendable (any FrameCarrier, NodeName) async -> Void
  }

  static func with(_ setup: Setup, body: @escaping @Sendable (FrameHarness) async throws -> Void) async throws {
    let hubSetup = TestHub.Setup(
      configure: {
        $0.subprotocols = [FrameProtocol.webSocketSubprotocol]
        setup.hub(&$0)
      },
      handleSession: { connection in
        guard let carrier = try? connection.webSocket.frameCarrier() else { return await TestHub.echo(connection) }
        await setup.serve(carrier, connection.nodeName)
      })
    try await TestHub.with(hubSetup) { hub in
      let identity = try hub.authority.issueServerCertificate(
        commonName: "hub", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1", tlsHost], validity: .seconds(3600))
      var configuration = TLSFrameServer.Configuration(host: tlsHost, port: 0)
      setup.tls(&configuration)
      let server = TLSFrameServer(
        configuration: configuration,
        tls: try TLSContexts.frameServer(identity, authorityPEM: hub.authority.certificatePEM), group: TestHub.group,
        logger: TestHub.logger)
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        let (ready, continuation) = AsyncStream<Int>.makeStream()
        tasks.addTask {
          try await server.run(onReady: { _, port in continuation.yield(port) }) {
            await setup.serve($0.carrier, $0.nodeName)
          }
        }
        var ports = ready.makeAsyncIterator()
        let port = try #require(await ports.next())
        try await body(FrameHarness(hub: hub, tlsServer: server, tlsPort: port))
        tasks.cancelAll()
      }
    }
  }

  func tlsClient(
    _ node: String = "edge-1", tls: NIOSSLContext? = nil,
    configure: (inout TLSFrameClient.Configuration) -> Void = { _ in }
  ) throws -> TLSFrameClient {
    var configuration = TLSFrameClient.Configuration(host: Self.tlsHost, port: tlsPort)
    configure(&configuration)
    return TLSFrameClient(configuration: configuration, tls: try tls ?? frameTLS(node), group: TestHub.group)
  }

  func frameTLS(_ node: String, authority: CertificateAuthority? = nil) throws -> NIOSSLContext {
    let identity = try (authority ?? hub.authority).issueClientCertificate(
      commonName: "system:node:\(node)", organizations: ["system:nodes"], validity: .seconds(3600))
    return try TLSContexts.frameClient(authorityPEM: hub.authority.certificatePEM, identity: identity)
  }

  func connect(_ kind: Kind, _ node: String = "edge-1") async throws -> any FrameCarrier {
    switch kind {
    case .webSocket: try await hub.client(node).connectFrames()
    case .tls: try await tlsClient(node).connect()
    }
  }

  /// Cuts a carrier of a client below its TLS, as a pulled cable would.
  static func cut(_ carrier: any FrameCarrier) async {
    guard let channel = channel(of: carrier) else { return }
    try? await channel.eventLoop.submit {
      try channel.pipeline.syncOperations.context(handlerType: NIOSSLClientHandler.self).close(promise: nil)
    }.get()
  }

  static func setReceiveBuffer(of carrier: any FrameCarrier, _ bytes: Int) async throws {
    try await channel(of: carrier)?.setOption(.socketOption(.so_rcvbuf), value: .init(bytes)).get()
  }

  private static func channel(of carrier: any FrameCarrier) -> (any Channel)? {
    switch carrier {
    case let carrier as WebSocketFrameCarrier: carrier.link.channel
    case let carrier as TLSFrameCarrier: carrier.link.channel
    default: nil
    }
  }

  static func credential(_ number: UInt64) throws -> SessionCredential {
    try #require(SessionCredential(id: SessionID(high: 3, low: number), secret: Array(repeating: 7, count: 32)))
  }
}

/// The carriers that a server has accepted, for tests that hold both ends.
final class AcceptedCarriers: Sendable {
  private let stream: AsyncStream<any FrameCarrier>
  private let continuation: AsyncStream<any FrameCarrier>.Continuation

  init() { (stream, continuation) = AsyncStream.makeStream() }

  /// Hands the carrier over and keeps it until it is closed.
  func offer(_ carrier: any FrameCarrier) async {
    continuation.yield(carrier)
    switch carrier {
    case let carrier as WebSocketFrameCarrier: try? await carrier.link.closeFuture.get()
    case let carrier as TLSFrameCarrier: try? await carrier.link.closeFuture.get()
    default: break
    }
  }

  func next() async -> (any FrameCarrier)? {
    var iterator = stream.makeAsyncIterator()
    return await iterator.next()
  }
}
#endif
