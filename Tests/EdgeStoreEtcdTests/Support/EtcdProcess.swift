#if Networking
import EdgeGRPC
import EdgeStoreEtcd
import EdgeTestKit
import EtcdAPI
import Foundation
import Logging
import NIOPosix
import Synchronization
import Testing

/// Ports that nobody uses just now, below those that the system gives out by itself.
enum FreePort {
  private static let next = Mutex(Int.random(in: 20_000..<29_000))

  static func take() -> Int {
    next.withLock { next in
      while true {
        next += 1
        let port = next
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isFree = withUnsafePointer(to: &address) { pointer in
          pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
          }
        }
        if isFree { return port }
      }
    }
  }
}

/// A folder in memory if there is one, so that a test of semantics does not wait for a disk.
func temporaryFolder(_ name: String) -> String {
  let root = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm/" : NSTemporaryDirectory()
  return root + "edge-\(name)-\(UInt64.random(in: 0 ... .max))"
}

/// A real etcd of one member, started for a test.
final class EtcdProcess: Sendable {
  let port = FreePort.take()
  private let peerPort = FreePort.take()
  private let folder = temporaryFolder("etcd")
  private let process = Mutex<Process?>(nil)
  private let extra: [String]

  var endpoint: EtcdEndpoint { EtcdEndpoint(host: "127.0.0.1", port: port) }

  init(_ extra: [String] = []) { self.extra = extra }

  /// Starts it, again after ``kill()`` too, and waits until it serves.
  func start() async throws {
    let process = Process()
    let client = "http://127.0.0.1:\(port)"
    let peer = "http://127.0.0.1:\(peerPort)"
    process.executableURL = URL(fileURLWithPath: try #require(PeerProgram.path("etcd")))
    process.arguments =
      [
        "--data-dir", folder, "--listen-client-urls", client, "--advertise-client-urls", client,
        "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "default=\(peer)",
        "--heartbeat-interval", "20", "--election-timeout", "200",
      ] + extra
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    self.process.withLock { $0 = process }
    for _ in 0..<500 {
      if let connection = try? await GRPCConnection.connect(
        host: "127.0.0.1", port: port, group: .singletonMultiThreadedEventLoopGroup, logger: .quiet)
      {
        let status = try? await connection.unary(
          GRPCMethod(Etcd.Maintenance.status), .init(), options: GRPCCallOptions(timeout: .seconds(1)))
        await connection.close()
        if let status, status.leader != 0 { return }
      }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("etcd does not start")
  }

  /// kill -9
  func kill() {
    process.withLock { process in
      guard let running = process else { return }
      Foundation.kill(running.processIdentifier, SIGKILL)
      running.waitUntilExit()
      process = nil
    }
  }

  /// SIGSTOP and SIGCONT: a member that is there and says nothing.
  func freeze(_ isFrozen: Bool) {
    process.withLock { process in
      if let process { Foundation.kill(process.processIdentifier, isFrozen ? SIGSTOP : SIGCONT) }
    }
  }

  func stop() {
    kill()
    try? FileManager.default.removeItem(atPath: folder)
  }

  static func with<Result>(
    _ extra: [String] = [], _ body: (EtcdProcess) async throws -> Result
  ) async throws -> Result {
    let etcd = EtcdProcess(extra)
    defer { etcd.stop() }
    try await etcd.start()
    return try await body(etcd)
  }
}

extension Logger {
  /// Tells nothing, unless `EDGE_TEST_LOG` asks for it.
  static var quiet: Logger {
    if ProcessInfo.processInfo.environment["EDGE_TEST_LOG"] != nil {
      var logger = Logger(label: "test")
      logger.logLevel = .debug
      return logger
    }
    return Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
  }
}

extension EtcdStore {
  static func with<Result>(
    _ endpoints: [EtcdEndpoint], _ body: (EtcdStore) async throws -> Result
  ) async throws -> Result {
    try await with(EtcdStoreConfiguration(endpoints: endpoints), body)
  }

  /// A store that serves watches while `body` runs.
  static func with<Result>(
    _ configuration: EtcdStoreConfiguration, _ body: (EtcdStore) async throws -> Result
  ) async throws -> Result {
    let store = EtcdStore(
      configuration: configuration, group: .singletonMultiThreadedEventLoopGroup, logger: .quiet)
    let running = Task { await store.run() }
    do {
      let result = try await body(store)
      await store.close()
      await running.value
      return result
    } catch {
      await store.close()
      await running.value
      throw error
    }
  }
}
#endif
