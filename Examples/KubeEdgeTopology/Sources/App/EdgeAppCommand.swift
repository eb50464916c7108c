#if Networking && SQLite && YAML
import ArgumentParser
import EdgeHTTP
import EdgeJSON
import NIOPosix
import Synchronization

/// The application that the example Deployment runs: a web server that says who answers.
struct EdgeAppCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edge-app", abstract: "The example application: a small web server that says who answers.")

  @Option(help: "Address to listen on.")
  var listen = Endpoint(host: "127.0.0.1", port: 8080)
  @OptionGroup var log: LogOptions

  func run() async throws {
    let logger = log.makeLogger("edge-app")
    let served = Mutex(0)
    let answer: @Sendable () -> JSONValue = {
      let count = served.withLock { served in
        served += 1
        return served
      }
      return [
        "greeting": .string(Terminal.environment("GREETING") ?? ""),
        "pod": .string(Terminal.environment("POD_NAME") ?? ""),
        "node": .string(Terminal.environment("NODE_NAME") ?? ""), "served": .integer(Int64(count)),
      ]
    }
    let server = HTTPServer(
      configuration: HTTPServerConfiguration(host: listen.host, port: listen.port), tls: nil,
      group: MultiThreadedEventLoopGroup.singleton, logger: logger
    ) { request in
      if request.path == "/healthz" { return .text(200, "ok") }
      return HTTPServerResponse(
        status: 200, headers: [("Content-Type", "application/json")], body: .bytes(answer().serialized()))
    }
    try await runUntilStopped(
      [
        CancellableService {
          try await server.run { host, port in printReady("http://\(Endpoint(host: host, port: port))") }
        }
      ],
      logger: logger)
  }
}
#endif
