#if Networking
import EdgeGRPC
import EdgeTestKit
import EtcdAPI
import Foundation
import Testing

@Suite struct EtcdInteropTests {
  @Test(
    "The client speaks to a real etcd: calls, errors, watch, lease, snapshot",
    .enabled(if: PeerProgram.isWanted("etcd")))
  func client() async throws {
    try await EtcdProcess.with { process in
      let port = process.port
      let etcd = try await Echo.connect(port)
      let health = try await etcd.unary(GRPCMethod(Health.check), .init())
      #expect(health.status == .serving)
      let put = try await etcd.unary(GRPCMethod(Etcd.KV.put), .init(key: [97], value: [1]))
      #expect(put.header?.revision == 2)
      let transaction = Etcd.TransactionRequest(
        comparisons: [.init(key: [97], .equal, .modRevision(2))], success: [.put(.init(key: [97], value: [2]))])
      let first = try await etcd.unary(GRPCMethod(Etcd.KV.transaction), transaction)
      #expect(first.succeeded)
      let again = try await etcd.unary(GRPCMethod(Etcd.KV.transaction), transaction)
      #expect(!again.succeeded)

      func refuses(_ failure: Etcd.Failure, _ call: @Sendable () async throws -> Void) async {
        let error = await #expect(throws: GRPCCallError.self) { try await call() }
        #expect(error?.code.rawValue == failure.code)
        #expect(error?.message == failure.message)
      }
      await refuses(.emptyKey) { _ = try await etcd.unary(GRPCMethod(Etcd.KV.put), .init()) }
      await refuses(.futureRevision) {
        _ = try await etcd.unary(GRPCMethod(Etcd.KV.range), .init(key: [1], revision: 99))
      }
      await refuses(.leaseNotFound) { _ = try await etcd.unary(GRPCMethod(Etcd.Lease.revoke), .init(id: 5)) }

      let lease = try await etcd.unary(GRPCMethod(Etcd.Lease.grant), .init(ttl: 60))
      try await etcd.streaming(GRPCMethod(Etcd.Lease.keepAlive)) { stream in
        try await stream.requests.write(.init(id: lease.id))
        #expect(try await stream.responses.next()?.ttl == 60)
      }
      try await etcd.streaming(GRPCMethod(Etcd.Watch.watch)) { stream in
        try await stream.requests.write(.create(.init(key: [119], previousKV: true)))
        #expect(try await stream.responses.next()?.created == true)
        for size in [0, 100_000, 1_000_000] {
          let value = [UInt8](repeating: 7, count: size)
          _ = try await etcd.unary(GRPCMethod(Etcd.KV.put), .init(key: [119], value: value))
          let event = try await stream.responses.next()?.events.first
          #expect(event?.kv?.value == value)
        }
      }
      try await etcd.streaming(GRPCMethod(Etcd.Maintenance.snapshot)) { stream in
        try await stream.requests.write(.init())
        stream.endRequests()
        var bytes = 0
        for try await piece in stream.responses { bytes += piece.blob.count }
        #expect(bytes > 20_000)
      }
      await etcd.close()
    }
  }

  @Test("etcdctl speaks to the server", .enabled(if: PeerProgram.isWanted("etcdctl")))
  func server() async throws {
    var services = GRPCServices()
    HealthService().register(in: &services)
    services.immediate(GRPCMethod(Etcd.KV.put)) { _, reply in reply.succeed(.init(header: .init(revision: 2))) }
    services.immediate(GRPCMethod(Etcd.KV.range)) { request, reply in
      if request.key == Array("none".utf8) {
        reply.fail(GRPCStatus(.outOfRange, Etcd.Failure.compacted.message))
      } else {
        reply.succeed(.init(kvs: [.init(key: request.key, value: Array("echo".utf8))], count: 1))
      }
    }
    try await Echo.withServer(services) { port, _ in
      let put = try Self.etcdctl(port, "put", "a", "b")
      #expect(put == "OK\n")
      let get = try Self.etcdctl(port, "get", "a")
      #expect(get == "a\necho\n")
      let compacted = try Self.etcdctl(port, "get", "none")
      #expect(compacted.contains("required revision has been compacted"))
      let users = try Self.etcdctl(port, "user", "list")
      #expect(users.contains("unknown service etcdserverpb.Auth"))
    }
  }

  private static func etcdctl(_ port: Int, _ arguments: String...) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(PeerProgram.path("etcdctl")))
    process.arguments = ["--endpoints=127.0.0.1:\(port)"] + arguments
    process.environment = ["ETCDCTL_API": "3"]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text
  }
}
#endif
