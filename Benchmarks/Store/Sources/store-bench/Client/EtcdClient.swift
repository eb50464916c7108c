import EdgeGRPC
import EtcdAPI
import Logging
import NIOPosix

/// The requests that kube-apiserver makes, over EdgeGRPC: the same client for both servers.
struct EtcdClient: Sendable {
  private let connections: [GRPCConnection]

  static func connect(port: Int, connections count: Int) async throws -> EtcdClient {
    var connections: [GRPCConnection] = []
    for _ in 0..<count {
      connections.append(
        try await GRPCConnection.connect(
          host: "127.0.0.1", port: port, group: MultiThreadedEventLoopGroup.singleton,
          logger: Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() })))
    }
    return EtcdClient(connections: connections)
  }

  func close() async {
    for connection in connections { await connection.close() }
  }

  /// The client of one of many tasks.
  func connection(_ task: Int) -> GRPCConnection { connections[task % connections.count] }

  func isReady() async throws -> Bool {
    let status = try await connections[0].unary(
      GRPCMethod(Etcd.Maintenance.status), .init(), options: GRPCCallOptions(timeout: .seconds(2)))
    guard status.leader != 0 else { return false }
    // A read that waits for the leader's word: a status alone is answered too early.
    _ = try await connections[0].unary(
      GRPCMethod(Etcd.KV.range), .init(key: [0x78]), options: GRPCCallOptions(timeout: .seconds(10)))
    return true
  }

  func compact(to revision: Int64) async throws {
    _ = try await connections[0].unary(
      GRPCMethod(Etcd.KV.compact), .init(revision: revision, physical: true))
  }

  func revision() async throws -> Int64 {
    try await connections[0].unary(GRPCMethod(Etcd.KV.range), .init(key: [0x78], countOnly: true)).header?.revision ?? 0
  }

  /// Writes many keys, a hundred in a transaction.
  func fill(_ prefix: String, count: Int, valueBytes: Int) async throws {
    let value = [UInt8](repeating: 0x76, count: valueBytes)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for lane in 0..<4 {
        group.addTask {
          for start in stride(from: lane * 100, to: count, by: 400) {
            let keys = start..<min(start + 100, count)
            _ = try await connection(lane).unary(
              GRPCMethod(Etcd.KV.transaction),
              .init(success: keys.map { .put(.init(key: key(prefix, $0), value: value)) }))
          }
        }
      }
      try await group.waitForAll()
    }
  }
}

/// `/bench/put/00000042`
func key(_ prefix: String, _ number: Int) -> [UInt8] {
  let digits = String(number)
  return Array((prefix + String(repeating: "0", count: max(0, 8 - digits.utf8.count)) + digits).utf8)
}

/// The end of the range of all keys with a prefix.
func end(of prefix: String) -> [UInt8] {
  var bytes = Array(prefix.utf8)
  bytes[bytes.count - 1] += 1
  return bytes
}
