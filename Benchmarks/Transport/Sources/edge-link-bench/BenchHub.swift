import EdgeIdentity
import EdgePrimitives
import EdgeTransport
import EdgeTransportNIO
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// The hub of a run: counts what comes, and sends back what asks for it.
final class BenchHub: Sendable {
  let received = Atomic(0)
  private let group = MultiThreadedEventLoopGroup.singleton
  private let execution: SessionExecution
  private let timing: WebSocketTiming
  private let session: (@Sendable (HubConnection) async -> Void)?

  /// - Parameter session: serves each connection in place of counting and echoing.
  init(
    _ execution: SessionExecution = .sharedPool, timing: WebSocketTiming,
    session: (@Sendable (HubConnection) async -> Void)? = nil
  ) {
    self.execution = execution
    self.timing = timing
    self.session = session
  }

  /// Serves while `body` runs.
  func serve(_ tls: NIOSSLContext, body: @escaping @Sendable (_ port: Int) async throws -> Void) async throws {
    var configuration = HubConfiguration(host: "127.0.0.1", port: 0)
    configuration.maximumSessions = 20_000
    configuration.sessionExecution = execution
    configuration.timing = timing
    let server = HubServer(
      configuration: configuration, tls: tls, group: group, logger: quiet, admit: { _ in .accept })
    let (ports, port) = AsyncStream<Int>.makeStream()
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask {
        try await server.run(onReady: { port.yield($1) }, handleSession: { await self.serve($0) })
      }
      for await number in ports {
        try await body(number)
        break
      }
      tasks.cancelAll()
    }
  }

  private func serve(_ connection: HubConnection) async {
    if let session { return await session(connection) }
    do throws(TransportError) {
      for try await message in connection.inbound {
        received.wrappingAdd(1, ordering: .relaxed)
        if message.operation == .query { try await connection.send(message) }
      }
    } catch {
      // The clients of a run leave as they like.
    }
  }
}

let quiet = Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() })
