#if Networking
import EdgeHTTP
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Testing

let testGroup = MultiThreadedEventLoopGroup.singleton

func quietLogger() -> Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

/// A server on a free port of loopback.
struct TestServer: Sendable {
  private let server: HTTPServer

  init(
    configuration: HTTPServerConfiguration = HTTPServerConfiguration(), tls: NIOSSLContext? = nil,
    handler: @escaping @Sendable (HTTPServerRequest) async -> HTTPServerResponse
  ) {
    server = HTTPServer(
      configuration: configuration, tls: tls, group: testGroup, logger: quietLogger(), handler: handler)
  }

  /// Serves for as long as `body` runs, then stops gracefully.
  @discardableResult
  func run<Result: Sendable>(_ body: (_ port: Int) async throws -> Result) async throws -> Result {
    let (ports, ready) = AsyncStream.makeStream(of: Int.self)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        defer { ready.finish() }
        try await server.run { _, port in ready.yield(port) }
      }
      var iterator = ports.makeAsyncIterator()
      let port = try #require(await iterator.next())
      let result = try await body(port)
      group.cancelAll()
      try await group.waitForAll()
      return result
    }
  }
}
#endif
