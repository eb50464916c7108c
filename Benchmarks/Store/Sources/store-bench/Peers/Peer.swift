import Foundation

/// The servers that are compared.
enum Peer: String, CaseIterable, Hashable, Sendable {
  case edgeStore = "edge-store"
  case etcd = "etcd"
}

/// One server of a peer, running.
final class PeerProcess {
  let peer: Peer
  let port: Int
  let directory: String
  /// From the start of the program to its first answer.
  private(set) var startup = Duration.zero
  private let process: Process

  /// Starts a server on a data directory, new or used before, and waits until it answers.
  init(_ peer: Peer, directory: String, options: Options) async throws {
    self.peer = peer
    self.directory = directory
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    port = try Self.freePort()
    process = Process()
    let url = "http://127.0.0.1:\(port)"
    switch peer {
    case .edgeStore:
      process.executableURL = URL(filePath: options.edgeStore)
      process.arguments = ["serve", "--data-dir", directory + "/data", "--listen-client-urls", url]
    case .etcd:
      let peerURL = "http://127.0.0.1:\(try Self.freePort())"
      process.executableURL = URL(filePath: options.etcd)
      process.arguments = [
        "--data-dir", directory + "/data", "--listen-client-urls", url, "--advertise-client-urls", url,
        "--listen-peer-urls", peerURL, "--initial-advertise-peer-urls", peerURL, "--initial-cluster",
        "default=\(peerURL)", "--quota-backend-bytes", "8589934592", "--log-level", "error",
      ]
    }
    let log = directory + "/log.txt"
    _ = FileManager.default.createFile(atPath: log, contents: nil)
    let output = FileHandle(forWritingAtPath: log) ?? .nullDevice
    process.standardOutput = output
    process.standardError = output
    let start = ContinuousClock.now
    try process.run()
    while true {
      if let client = try? await EtcdClient.connect(port: port, connections: 1) {
        let isReady = (try? await client.isReady()) ?? false
        startup = ContinuousClock.now - start
        await client.close()
        if isReady { return }
      }
      guard process.isRunning, ContinuousClock.now - start < .seconds(60) else {
        process.terminate()
        let said = (try? String(contentsOfFile: log, encoding: .utf8))?.suffix(2000) ?? ""
        throw Options.Misuse(description: "\(peer.rawValue) does not serve: \(said)")
      }
      try await Task.sleep(for: .milliseconds(1))
    }
  }

  var figures: ProcessFigures? { ProcessFigures(process.processIdentifier) }

  /// Asks it to stop and waits until it has.
  func stop() {
    guard process.isRunning else { return }
    process.terminate()
    process.waitUntilExit()
  }

  deinit { stop() }

  private static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
      }
    }
    guard bound else { throw Options.Misuse(description: "there is no free port") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
