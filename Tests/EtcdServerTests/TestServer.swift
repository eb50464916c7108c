#if Networking
import EdgeGRPC
import EdgeStore
import EdgeStoreSQLite
import EtcdAPI
import EtcdServer
import Foundation
import Logging
import NIOCore
import NIOPosix
import Testing

/// Stores that a server is tried on.
enum Engine: String, CaseIterable, Sendable {
  case memory, sqlite

  /// Keeps all history until a client has it compacted, as `edge-store serve` does.
  func withStore(_ body: @Sendable (any MVCCStore) async throws -> Void) async throws {
    switch self {
    case .memory:
      let store = MemoryStore(compaction: nil)
      try await body(store)
      await store.close()
    case .sqlite:
      let folder = NSTemporaryDirectory() + "etcd-server-\(UInt64.random(in: 0 ... .max))"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(atPath: folder) }
      let store = try SQLiteStore.open(
        path: "\(folder)/store.db", configuration: SQLiteStoreConfiguration(compaction: nil))
      try await body(store)
      await store.close()
    }
  }
}

/// A server on a loopback port and one client of it.
struct TestServer: Sendable {
  let port: Int
  let client: GRPCConnection
  let store: any MVCCStore

  static let identity = MemberIdentity(clusterID: 11, memberID: 22, raftTerm: 3)

  static func with(
    _ engine: Engine = .memory, configuration: EtcdServerConfiguration = .init(),
    transport: GRPCServerConfiguration = .etcd(port: 0), _ body: @Sendable @escaping (TestServer) async throws -> Void
  ) async throws {
    try await engine.withStore { store in
      try await with(store, configuration: configuration, transport: transport, body)
    }
  }

  static func with(
    _ store: any MVCCStore, configuration: EtcdServerConfiguration = .init(),
    transport: GRPCServerConfiguration = .etcd(port: 0), _ body: @Sendable @escaping (TestServer) async throws -> Void
  ) async throws {
    let server = EtcdServer(store: store, identity: identity, configuration: configuration)
    try await server.serving { services in
      let (ports, ready) = AsyncStream.makeStream(of: Int.self)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try await GRPCServer(
            configuration: transport, services: services, tls: nil, group: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test")
          ).run { _, port in ready.yield(port) }
        }
        var iterator = ports.makeAsyncIterator()
        let port = try #require(await iterator.next())
        let client = try await connect(port)
        try await body(TestServer(port: port, client: client, store: store))
        await client.close()
        group.cancelAll()
      }
    }
  }

  static func connect(_ port: Int, configuration: GRPCConnectionConfiguration = .init()) async throws -> GRPCConnection
  {
    try await GRPCConnection.connect(
      host: "127.0.0.1", port: port, configuration: configuration, group: MultiThreadedEventLoopGroup.singleton,
      logger: Logger(label: "test"))
  }

  // MARK: - Calls

  @discardableResult
  func put(_ key: String, _ value: String = "v", lease: Int64 = 0) async throws -> Int64 {
    let response = try await client.unary(
      GRPCMethod(Etcd.KV.put), .init(key: Array(key.utf8), value: Array(value.utf8), lease: lease))
    return try #require(response.header).revision
  }

  func get(_ request: Etcd.RangeRequest) async throws -> Etcd.RangeResponse {
    try await client.unary(GRPCMethod(Etcd.KV.range), request)
  }

  @discardableResult
  func delete(_ key: String) async throws -> Etcd.DeleteRangeResponse {
    try await client.unary(GRPCMethod(Etcd.KV.deleteRange), .init(key: Array(key.utf8)))
  }

  func transact(_ request: Etcd.TransactionRequest) async throws -> Etcd.TransactionResponse {
    try await client.unary(GRPCMethod(Etcd.KV.transaction), request)
  }

  func compact(_ revision: Int64) async throws {
    _ = try await client.unary(GRPCMethod(Etcd.KV.compact), .init(revision: revision))
  }

  func watching(
    _ body: @Sendable (GRPCClientStream<Etcd.WatchRequest, Etcd.WatchResponse>) async throws -> Void
  ) async throws {
    try await client.streaming(GRPCMethod(Etcd.Watch.watch)) { try await body($0) }
  }

  /// The call must fail with exactly etcd's code and text.
  func refuses(
    _ failure: Etcd.Failure, sourceLocation: SourceLocation = #_sourceLocation,
    _ call: @Sendable () async throws -> Void
  ) async {
    let error = await #expect(throws: GRPCCallError.self, sourceLocation: sourceLocation) { try await call() }
    #expect(error?.code.rawValue == failure.code, sourceLocation: sourceLocation)
    #expect(error?.message == failure.message, sourceLocation: sourceLocation)
  }
}

extension GRPCClientStream where Request == Etcd.WatchRequest, Response == Etcd.WatchResponse {
  /// Begins a watch and gives the response that says so, where no other watch of the stream can be sent anything meanwhile.
  @discardableResult
  func create(_ request: Etcd.WatchCreateRequest) async throws -> Etcd.WatchResponse {
    try await requests.write(.create(request))
    let response = try await next()
    try #require(response.created, "something else came before the watch existed")
    return response
  }

  func next() async throws -> Etcd.WatchResponse { try #require(try await responses.next()) }

  /// Events until there are `count`, whatever responses they come in.
  func events(_ count: Int) async throws -> [Etcd.Event] {
    var events: [Etcd.Event] = []
    while events.count < count { events += try await next().events }
    return events
  }
}

extension [UInt8] {
  init(_ text: String) { self = Array(text.utf8) }
}
#endif
