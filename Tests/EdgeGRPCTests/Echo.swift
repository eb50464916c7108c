#if Networking
import EdgeGRPC
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A server with methods that show one behaviour each.
enum Echo {
  static let service = "test.Echo"
  static func method(_ name: String) -> GRPCMethod<[UInt8], [UInt8]> {
    GRPCMethod(service: service, name: name, request: .bytes, response: .bytes)
  }

  static let immediate = method("Immediate")
  static let later = method("Later")
  static let unary = method("Unary")
  static let failing = method("Failing")
  static let forever = method("Forever")
  static let both = method("Both")
  static let flood = method("Flood")
  static let count = method("Count")
  static let idle = method("Idle")

  /// What happened inside handlers, for tests to wait on.
  final class Log: Sendable {
    private let state = Mutex<[String: Int]>([:])
    func note(_ event: String) { state.withLock { $0[event, default: 0] += 1 } }
    func add(_ event: String, _ amount: Int) { state.withLock { $0[event, default: 0] += amount } }
    func count(_ event: String) -> Int { state.withLock { $0[event, default: 0] } }

    /// - Returns: whether it came within ten seconds.
    func reached(_ event: String, _ count: Int = 1) async -> Bool {
      for _ in 0..<1_000 {
        if self.count(event) >= count { return true }
        try? await Task.sleep(for: .milliseconds(10))
      }
      return false
    }
  }

  static func services(_ log: Log) -> GRPCServices {
    var services = GRPCServices()
    services.immediate(immediate) { request, reply in reply.succeed(request) }
    services.immediate(later) { request, reply in
      Task.detached {
        try? await Task.sleep(for: .milliseconds(5))
        reply.succeed(request)
      }
    }
    services.unary(unary) { request, _ in request }
    services.unary(failing) { request, _ in
      throw GRPCStatus(.failedPrecondition, String(decoding: request, as: UTF8.self))
    }
    services.unary(forever) { _, _ in
      log.note("forever began")
      do { try await Task.sleep(for: .seconds(3600)) } catch {
        log.note("forever cancelled")
        throw error
      }
      return []
    }
    services.streaming(both) { requests, responses, _ in
      for try await request in requests { try await responses.write(request) }
      log.note("both ended")
    }
    // As many messages of 16 KiB as the first request has bytes.
    services.streaming(flood) { requests, responses, _ in
      let total = try await requests.next()?.count ?? 0
      let message = [UInt8](repeating: 7, count: 16 << 10)
      for _ in 0..<total {
        try await responses.write(message)
        log.note("flood written")
      }
    }
    services.streaming(count) { requests, responses, _ in
      var bytes = 0
      for try await request in requests { bytes += request.count }
      try await responses.write(Array("\(bytes)".utf8))
    }
    // Reads nothing until it is told to by the log.
    services.streaming(idle) { requests, responses, _ in
      log.note("idle began")
      while log.count("idle may read") == 0 { try await Task.sleep(for: .milliseconds(5)) }
      var bytes = 0
      for try await request in requests { bytes += request.count }
      try await responses.write(Array("\(bytes)".utf8))
    }
    return services
  }

  /// Runs a server, lets `body` connect to it, and stops it.
  static func withServer<Result: Sendable>(
    _ services: GRPCServices, tls: NIOSSLContext? = nil,
    configuration: GRPCServerConfiguration = .init(),
    _ body: @Sendable @escaping (_ port: Int, _ stop: @Sendable @escaping () -> Void) async throws -> Result
  ) async throws -> Result {
    let server = GRPCServer(
      configuration: configuration, services: services, tls: tls, group: MultiThreadedEventLoopGroup.singleton,
      logger: Logger(label: "test"))
    let (ports, ready) = AsyncStream.makeStream(of: Int.self)
    let running = Task {
      try await server.run { _, port in ready.yield(port) }
    }
    defer { running.cancel() }
    var iterator = ports.makeAsyncIterator()
    let port = await iterator.next() ?? 0
    let result = try await body(port) { running.cancel() }
    running.cancel()
    try await running.value
    return result
  }

  static func connect(
    _ port: Int, tls: NIOSSLContext? = nil, serverName: String? = nil,
    configuration: GRPCConnectionConfiguration = .init()
  ) async throws -> GRPCConnection {
    try await GRPCConnection.connect(
      host: "127.0.0.1", port: port, tls: tls, serverName: serverName, configuration: configuration,
      group: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test"))
  }
}

extension GRPCServerConfiguration {
  static func with(_ change: (inout GRPCServerConfiguration) -> Void) -> GRPCServerConfiguration {
    var configuration = GRPCServerConfiguration()
    change(&configuration)
    return configuration
  }
}

extension GRPCConnectionConfiguration {
  static func with(_ change: (inout GRPCConnectionConfiguration) -> Void) -> GRPCConnectionConfiguration {
    var configuration = GRPCConnectionConfiguration()
    change(&configuration)
    return configuration
  }
}
#endif
