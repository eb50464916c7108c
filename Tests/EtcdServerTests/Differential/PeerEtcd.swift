#if Networking
import EdgeGRPC
import EdgeTestKit
import EtcdAPI
import Foundation
import Testing

/// A single member of etcd, run while `body` runs; its ports are free ones that were seen just before.
func withPeerEtcd(_ body: (GRPCConnection) async throws -> Void) async throws {
  try await withPeerEtcdPort { port in
    let connection = try await TestServer.connect(port)
    try await body(connection)
    await connection.close()
  }
}

/// As ``withPeerEtcd(_:)``, with the port of its clients.
func withPeerEtcdPort(_ body: (Int) async throws -> Void) async throws {
  let folder = NSTemporaryDirectory() + "edge-differential-\(UInt64.random(in: 0 ... .max))"
  defer { try? FileManager.default.removeItem(atPath: folder) }
  let process = Process()
  let (client, peer) = (Int.random(in: 20_000..<25_000), Int.random(in: 25_000..<30_000))
  process.executableURL = URL(fileURLWithPath: try #require(PeerProgram.path("etcd")))
  process.arguments = [
    "--data-dir", folder, "--listen-client-urls", "http://127.0.0.1:\(client)", "--advertise-client-urls",
    "http://127.0.0.1:\(client)", "--listen-peer-urls", "http://127.0.0.1:\(peer)", "--initial-advertise-peer-urls",
    "http://127.0.0.1:\(peer)", "--initial-cluster", "default=http://127.0.0.1:\(peer)",
  ]
  process.standardOutput = FileHandle.nullDevice
  process.standardError = FileHandle.nullDevice
  try process.run()
  defer {
    process.terminate()
    process.waitUntilExit()
  }
  for _ in 0..<200 {
    if let connection = try? await TestServer.connect(client) {
      let status = try? await connection.unary(GRPCMethod(Etcd.Maintenance.status), .init())
      await connection.close()
      if let status, status.leader != 0 { return try await body(client) }
    }
    try await Task.sleep(for: .milliseconds(50))
  }
  Issue.record("etcd did not start")
}
#endif
