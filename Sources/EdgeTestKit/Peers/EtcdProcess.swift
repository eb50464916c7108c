#if Networking
import Foundation
import Synchronization

/// A real etcd of one member, started for a test.
package final class EtcdProcess: Sendable {
  package let port = FreePort.take()
  private let peerPort = FreePort.take()
  private let folder = temporaryFolder("etcd")
  private let process = Mutex<Process?>(nil)
  private let extra: [String]

  /// Why there is no etcd to test against.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  package init(_ extra: [String] = []) { self.extra = extra }

  /// Starts it, again after ``kill()`` too, and waits until it serves.
  package func start() async throws {
    guard let program = PeerProgram.path("etcd") else { throw Failure(description: "etcd is not on the PATH") }
    let process = Process()
    let client = "http://127.0.0.1:\(port)"
    let peer = "http://127.0.0.1:\(peerPort)"
    process.executableURL = URL(fileURLWithPath: program)
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
    for _ in 0..<1000 {
      if isHealthy { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    throw Failure(description: "etcd does not start")
  }

  /// Whether it has a leader and takes writes.
  private var isHealthy: Bool {
    withLoopbackSocket(port) { descriptor, address, count in
      var patience = timeval(tv_sec: 2, tv_usec: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
      let request = Array("GET /health HTTP/1.0\r\n\r\n".utf8)
      guard connect(descriptor, address, count) == 0, write(descriptor, request, request.count) == request.count else {
        return false
      }
      var answer: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 1024)
      while answer.count < 16_384 {
        let read = read(descriptor, &buffer, buffer.count)
        if read <= 0 { break }
        answer += buffer[..<read]
      }
      return String(decoding: answer, as: UTF8.self).contains(#""health":"true""#)
    }
  }

  /// kill -9
  package func kill() {
    process.withLock { process in
      guard let running = process else { return }
      Foundation.kill(running.processIdentifier, SIGKILL)
      running.waitUntilExit()
      process = nil
    }
  }

  /// SIGSTOP and SIGCONT: a member that is there and says nothing.
  package func freeze(_ isFrozen: Bool) {
    process.withLock { process in
      if let process { Foundation.kill(process.processIdentifier, isFrozen ? SIGSTOP : SIGCONT) }
    }
  }

  package func stop() {
    kill()
    try? FileManager.default.removeItem(atPath: folder)
  }

  package static func with<Result>(
    _ extra: [String] = [], _ body: (EtcdProcess) async throws -> Result
  ) async throws -> Result {
    let etcd = EtcdProcess(extra)
    defer { etcd.stop() }
    try await etcd.start()
    return try await body(etcd)
  }
}

/// A folder in memory if there is one, so that a test of semantics does not wait for a disk.
package func temporaryFolder(_ name: String) -> String {
  let root = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm/" : NSTemporaryDirectory()
  return root + "edge-\(name)-\(UInt64.random(in: 0 ... .max))"
}
#endif
