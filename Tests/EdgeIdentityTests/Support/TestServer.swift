#if Networking
import EdgeHTTP
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Testing

let testGroup = MultiThreadedEventLoopGroup.singleton

func quietLogger() -> Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

/// Runs a server on a free port for as long as `body` runs, then stops it gracefully.
@discardableResult
func withServer<Result: Sendable>(
  configuration: HTTPServerConfiguration = HTTPServerConfiguration(), tls: NIOSSLContext? = nil,
  handler: @escaping @Sendable (HTTPServerRequest) async -> HTTPServerResponse,
  _ body: (_ port: Int) async throws -> Result
) async throws -> Result {
  let server = HTTPServer(
    configuration: configuration, tls: tls, group: testGroup, logger: quietLogger(), handler: handler)
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
#endif
