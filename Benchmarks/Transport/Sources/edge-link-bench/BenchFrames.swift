import EdgePrimitives
import EdgeTransport
import EdgeTransportNIO
import NIOPosix
import NIOSSL
import Synchronization

/// The same messages over framed sessions: what flow control, resumption and priorities cost beside the plain link.
enum FrameKind: String, CaseIterable {
  case webSocket = "frames-websocket"
  case tls = "frames-tls"
}

/// The hub of a run of framed sessions: counts what comes.
final class FrameBenchHub: Sendable {
  let received = Atomic(0)
  private let group = MultiThreadedEventLoopGroup.singleton

  /// Serves while `body` runs.
  func serve(
    _ kind: FrameKind, _ identities: BenchIdentities, body: @escaping @Sendable (_ port: Int) async throws -> Void
  ) async throws {
    var configuration = FramedSessionService.defaultConfiguration
    // One certificate stands for all nodes of a run.
    configuration.maximumSessionsPerPrincipal = 10_000
    let service = FramedSessionService(configuration: configuration, logger: quiet)
    let (ports, port) = AsyncStream<Int>.makeStream()
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await service.run { session, _ in await self.serve(session) } }
      switch kind {
      case .webSocket:
        var hub = HubConfiguration(host: "127.0.0.1", port: 0)
        hub.subprotocols = [FrameProtocol.webSocketSubprotocol]
        let server = HubServer(
          configuration: hub, tls: try identities.hubTLS(), group: group, logger: quiet, admit: { _ in .accept })
        tasks.addTask {
          try await server.run(framedSessions: service, onReady: { port.yield($1) }, handleSession: { _ in })
        }
      case .tls:
        var server = TLSFrameServer.Configuration(host: "127.0.0.1", port: 0)
        server.maximumConnectionsPerNode = 10_000
        let frames = TLSFrameServer(
          configuration: server, tls: try identities.frameServerTLS(), group: group, logger: quiet)
        tasks.addTask { try await frames.run(framedSessions: service, onReady: { port.yield($1) }) }
      }
      for await number in ports {
        try await body(number)
        break
      }
      tasks.cancelAll()
    }
  }

  private func serve(_ session: FramedSession) async {
    do throws(TransportError) {
      for try await _ in try await session.acceptMessageConnection().inbound {
        received.wrappingAdd(1, ordering: .relaxed)
      }
    } catch {
      // The clients of a run leave as they like.
    }
  }
}

/// One session and its messages, at a client.
struct FrameBenchConnection {
  let session: FramedSession
  let messages: FramedMessageConnection

  /// - Parameter index: of the connection in its run.
  static func connect(
    _ kind: FrameKind, port: Int, index: Int, hubTLS: NIOSSLContext,
    frameTLS: NIOSSLContext
  ) async throws -> FrameBenchConnection {
    let group = MultiThreadedEventLoopGroup.singleton
    let carrier: any FrameCarrier
    switch kind {
    case .webSocket:
      let hub = EdgeHubConfiguration(host: "127.0.0.1", port: port, nodeName: try NodeName("node-\(index)"))
      carrier = try await EdgeHubClient(configuration: hub, tls: hubTLS, group: group, logger: quiet).connectFrames()
    case .tls:
      let configuration = TLSFrameClient.Configuration(host: "127.0.0.1", port: port)
      carrier = try await TLSFrameClient(configuration: configuration, tls: frameTLS, group: group).connect()
    }
    let entropy = SystemEntropy()
    let secret = (0..<32).map { _ in UInt8(truncatingIfNeeded: entropy.next()) }
    guard
      let credential = SessionCredential(id: SessionID(high: entropy.next(), low: entropy.next()), secret: secret)
    else { throw BenchFailure("a secret of 32 bytes is refused") }
    let session = FramedSession(credential: credential)
    Task { await session.run(on: carrier) }
    return FrameBenchConnection(session: session, messages: try await session.openMessageConnection())
  }
}
