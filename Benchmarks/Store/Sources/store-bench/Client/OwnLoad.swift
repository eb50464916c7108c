import EdgeGRPC
import EtcdAPI
import Synchronization

/// Loads a server with our own client.
struct OwnLoad: LoadProgram {
  let options: Options

  var description: String { "our EdgeGRPC client, up to 4 connections" }

  func prepare(port: Int) async throws {
    let client = try await EtcdClient.connect(port: port, connections: 4)
    try await client.fill("/bench/list/", count: options.listKeys, valueBytes: options.valueBytes)
    try await client.fill("/bench/get/", count: Self.keys, valueBytes: options.valueBytes)
    await client.close()
  }

  func run(_ operation: LoadOperation, clients: Int, port: Int, turn: Int) async throws -> LoadResult {
    let client = try await EtcdClient.connect(port: port, connections: min(clients, 4))
    let value = [UInt8](repeating: 0x76, count: options.valueBytes)
    let result: LoadResult
    switch operation {
    case .put:
      result = try await load(clients: clients, for: options.duration) { task, number in
        _ = try await client.connection(task).unary(
          GRPCMethod(Etcd.KV.put), .init(key: key("/bench/put/", (number * 64 + task) % Self.keys), value: value))
      }
    case .create:
      result = try await load(clients: clients, for: options.duration) { task, number in
        let key = key("/bench/create/\(turn)-\(clients)-\(task)-", number)
        _ = try await client.connection(task).unary(
          GRPCMethod(Etcd.KV.transaction),
          .init(
            comparisons: [.init(key: key, .equal, .modRevision(0))], success: [.put(.init(key: key, value: value))]))
      }
    case .update: result = try await update(client, clients: clients, value: value)
    case .get:
      result = try await load(clients: clients, for: options.duration) { task, number in
        _ = try await client.connection(task).unary(
          GRPCMethod(Etcd.KV.range), .init(key: key("/bench/get/", (number * 7919 + task * 101) % Self.keys)))
      }
    case .list:
      result = try await load(clients: 1, for: options.duration) { _, _ in
        let answer = try await client.connection(0).unary(
          GRPCMethod(Etcd.KV.range), .init(key: Array("/bench/list/".utf8), rangeEnd: end(of: "/bench/list/")))
        guard answer.kvs.count == options.listKeys else { throw Options.Misuse(description: "a list is short") }
      }
    case .pages:
      result = try await load(clients: 1, for: options.duration) { _, _ in try await pages(client) }
    case .count:
      result = try await load(clients: 1, for: options.duration) { _, _ in
        _ = try await client.connection(0).unary(
          GRPCMethod(Etcd.KV.range),
          .init(key: Array("/bench/list/".utf8), rangeEnd: end(of: "/bench/list/"), countOnly: true))
      }
    }
    await client.close()
    return result
  }

  /// Each client on a key of its own, with the shape of Kubernetes' updates.
  private func update(_ client: EtcdClient, clients: Int, value: [UInt8]) async throws -> LoadResult {
    let revisions = Mutex<[Int64]>(Array(repeating: 0, count: clients))
    for task in 0..<clients {
      let put = try await client.connection(task).unary(
        GRPCMethod(Etcd.KV.put), .init(key: key("/bench/update/", task), value: value))
      revisions.withLock { $0[task] = put.header?.revision ?? 0 }
    }
    let state = Revisions(revisions.withLock { $0 })
    return try await load(clients: clients, for: options.duration) { task, _ in
      let key = key("/bench/update/", task)
      let answer = try await client.connection(task).unary(
        GRPCMethod(Etcd.KV.transaction),
        .init(
          comparisons: [.init(key: key, .equal, .modRevision(state[task]))],
          success: [.put(.init(key: key, value: value))], failure: [.range(.init(key: key))]))
      guard answer.succeeded else { throw Options.Misuse(description: "an update was refused") }
      state[task] = answer.header?.revision ?? 0
    }
  }

  private func pages(_ client: EtcdClient) async throws {
    var start = Array("/bench/list/".utf8)
    var revision: Int64 = 0
    var count = 0
    while true {
      let page = try await client.connection(0).unary(
        GRPCMethod(Etcd.KV.range),
        .init(key: start, rangeEnd: end(of: "/bench/list/"), limit: 500, revision: revision))
      count += page.kvs.count
      guard page.more, let last = page.kvs.last else { break }
      if revision == 0 { revision = page.header?.revision ?? 0 }
      start = last.key + [0]
    }
    guard count == options.listKeys else { throw Options.Misuse(description: "the pages are short") }
  }

  private static let keys = 10_000
}

/// The newest revision of each client's key.
private final class Revisions: Sendable {
  private let values: Mutex<[Int64]>

  init(_ values: [Int64]) { self.values = Mutex(values) }

  subscript(task: Int) -> Int64 {
    get { values.withLock { $0[task] } }
    set { values.withLock { $0[task] = newValue } }
  }
}
