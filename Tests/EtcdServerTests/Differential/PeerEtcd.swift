#if Networking
import EdgeGRPC
import EdgeTestKit

extension EtcdProcess {
  /// A single member of etcd, run while `body` runs.
  static func withConnection(_ body: (GRPCConnection) async throws -> Void) async throws {
    try await with { etcd in
      let connection = try await TestServer.connect(etcd.port)
      try await body(connection)
      await connection.close()
    }
  }
}
#endif
