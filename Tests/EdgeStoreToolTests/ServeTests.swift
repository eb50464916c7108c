#if Networking && SQLite
import EdgeGRPC
import EdgeTestKit
import EtcdAPI
import Foundation
import Testing

/// What writers were told, by writer.
private actor Acknowledged {
  private(set) var revisions: [Int: Int64] = [:]
  func note(_ writer: Int, _ revision: Int64) { revisions[writer] = revision }
}

@Suite struct ServeTests {
  @Test(
    "READY, SIGTERM ends streams with UNAVAILABLE and the process with 0; a restart keeps data and ids, in a new term")
  func life() async throws {
    try await withTemporaryFolder { folder in
      let first = try ServedStore(folder)
      let client = try await first.connect()
      let put = try await client.unary(GRPCMethod(Etcd.KV.put), .init(key: [97], value: [1]))
      let error = await #expect(throws: GRPCCallError.self) {
        try await client.streaming(GRPCMethod(Etcd.Watch.watch)) { stream in
          try await stream.requests.write(.create(.init(key: [97])))
          _ = try await stream.responses.next()
          first.process.terminate()
          while try await stream.responses.next() != nil {}
        }
      }
      #expect(error?.code == .unavailable)
      first.process.waitUntilExit()
      #expect(first.process.terminationStatus == 0)
      // Everything is in the one file.
      #expect(!FileManager.default.fileExists(atPath: folder + "/data/store.db-wal"))

      let second = try ServedStore(folder)
      let again = try await second.connect()
      let get = try await again.unary(GRPCMethod(Etcd.KV.range), .init(key: [97]))
      #expect(get.kvs.first?.value == [1] && get.header?.revision == put.header?.revision)
      #expect(get.header?.clusterID == put.header?.clusterID && get.header?.memberID == put.header?.memberID)
      #expect(get.header?.raftTerm == put.header.map { $0.raftTerm + 1 })
      await again.close()
      #expect(second.stop() == 0)
    }
  }

  @Test("kill -9 under load: every acknowledged write is there after a restart, and revisions go on")
  func kill9() async throws {
    let rounds = Int(ProcessInfo.processInfo.environment["EDGE_CRASH_ROUNDS"] ?? "") ?? 4
    try await withTemporaryFolder { folder in
      var newest: [Int: Int64] = [:]
      var highest: Int64 = 1
      for round in 0..<rounds {
        let served = try ServedStore(folder)
        let client = try await served.connect()
        for (key, revision) in newest {
          let found = try await client.unary(GRPCMethod(Etcd.KV.range), .init(key: Array("k\(key)".utf8)))
          #expect((found.kvs.first?.modRevision ?? 0) >= revision, "round \(round): k\(key) is lost")
          #expect((found.header?.revision ?? 0) >= highest)
        }
        let acknowledged = Acknowledged()
        let pid = served.process.processIdentifier
        try await withThrowingTaskGroup(of: Void.self) { group in
          for writer in 0..<8 {
            group.addTask {
              var number = 0
              while let answer = try? await client.unary(
                GRPCMethod(Etcd.KV.put), .init(key: Array("k\(writer)".utf8), value: Array("\(number)".utf8)))
              {
                number += 1
                await acknowledged.note(writer, answer.header?.revision ?? 0)
              }
            }
          }
          try await Task.sleep(for: .milliseconds(100 + 50 * round))
          kill(pid, SIGKILL)
          try await group.waitForAll()
        }
        let revisions = await acknowledged.revisions
        served.process.waitUntilExit()
        newest.merge(revisions) { $1 }
        highest = max(highest, revisions.values.max() ?? 0)
        await client.close()
      }
      #expect(highest > 1)
    }
  }

  @Test("Metrics and health on a listener of their own; NOSPACE by a quota shows there and in the alarms")
  func metrics() async throws {
    try await withTemporaryFolder { folder in
      let port = Int.random(in: 20_000..<30_000)
      let served = try ServedStore(
        folder, ["--listen-metrics-urls", "http://127.0.0.1:\(port)", "--quota-backend-bytes", "400000"])
      let client = try await served.connect()
      let healthy = try await Self.fetch("http://127.0.0.1:\(port)/health")
      #expect(healthy == #"{"health":"true","reason":""}"#)
      var failure: GRPCCallError?
      for number in 0..<1000 where failure == nil {
        do {
          _ = try await client.unary(
            GRPCMethod(Etcd.KV.put),
            .init(key: Array("\(number)".utf8), value: [UInt8](repeating: 1, count: 10_000)))
        } catch let error as GRPCCallError {
          failure = error
        }
      }
      #expect(failure?.code == .resourceExhausted && failure?.message == Etcd.Failure.noSpace.message)
      let alarms = try await client.unary(GRPCMethod(Etcd.Maintenance.alarm), .init())
      #expect(alarms.alarms.map(\.alarm) == [.noSpace])
      let unhealthy = try await Self.fetch("http://127.0.0.1:\(port)/health")
      #expect(unhealthy.contains(#""health":"false""#))
      let read = try await client.unary(GRPCMethod(Etcd.KV.range), .init(key: Array("0".utf8), countOnly: true))
      #expect(read.count == 1)
      let page = try await Self.fetch("http://127.0.0.1:\(port)/metrics")
      for name in ["etcd_mvcc_db_total_size_in_bytes ", "grpc_server_handled_total", "process_resident_memory_bytes "] {
        #expect(page.contains(name), "\(name)")
      }
      await client.close()
      #expect(served.stop() == 0)
    }
  }

  @Test(
    "FF-09: with --heartbeat-prefixes renewals of node leases are exact at once and cost no writes; a crash leaves the keys"
  )
  func heartbeats() async throws {
    try await withTemporaryFolder { folder in
      let port = Int.random(in: 20_000..<30_000)
      let flags = ["--heartbeat-prefixes", "kubernetes,/hb/", "--listen-metrics-urls", "http://127.0.0.1:\(port)"]
      let served = try ServedStore(folder, flags)
      let client = try await served.connect()
      func put(_ key: String, _ value: String) async throws -> Int64 {
        let answer = try await client.unary(
          GRPCMethod(Etcd.KV.put), .init(key: Array(key.utf8), value: Array(value.utf8)))
        return answer.header?.revision ?? 0
      }
      func written() async throws -> Int {
        let page = try await Self.fetch("http://127.0.0.1:\(port)/metrics")
        let line = page.split(separator: "\n").first { $0.hasPrefix("edge_store_disk_written_bytes_total ") }
        return try #require(line?.split(separator: " ").last.flatMap { Double($0) }.map { Int($0) })
      }
      let leases = ["/registry/leases/kube-node-lease/edge-1", "/hb/own"]
      for lease in leases { _ = try await put(lease, "created") }
      // The first renewal also reserves revisions on the disk.
      for lease in leases { _ = try await put(lease, "0") }
      let before = try await written()
      var revision: Int64 = 0
      for round in 1...200 {
        for lease in leases { revision = try await put(lease, "\(round)") }
      }
      #expect(try await written() == before)
      for lease in leases {
        let found = try await client.unary(GRPCMethod(Etcd.KV.range), .init(key: Array(lease.utf8)))
        #expect(found.kvs.first.map { $0.value } == Array("200".utf8))
      }
      let durable = try await put("/registry/pods/default/a", "x")
      #expect(durable == revision + 1)
      #expect(try await written() > before)
      await client.close()
      served.kill()

      let again = try ServedStore(folder, flags)
      let second = try await again.connect()
      for key in leases + ["/registry/pods/default/a"] {
        let found = try await second.unary(GRPCMethod(Etcd.KV.range), .init(key: Array(key.utf8)))
        #expect(found.count == 1, "\(key)")
        #expect((found.header?.revision ?? 0) >= durable)
      }
      await second.close()
      #expect(again.stop() == 0)
      let refused = #expect(throws: ServedStore.NotReady.self) {
        try ServedStore(folder, ["--heartbeat-prefixes", "/a,"])
      }
      #expect(refused?.errors.contains("empty prefix") == true)
    }
  }

  @Test("What cannot be opened is refused with a reason and what to do about it")
  func refusals() async throws {
    try await withTemporaryFolder { folder in
      let running = try ServedStore(folder)
      let locked = #expect(throws: ServedStore.NotReady.self) { try ServedStore(folder) }
      #expect(locked?.errors.contains("Another process serves this directory") == true)
      #expect(running.stop() == 0)
      let database = folder + "/data/store.db"
      var content = try Data(contentsOf: URL(fileURLWithPath: database))
      content.removeLast(content.count / 2)
      try content.write(to: URL(fileURLWithPath: database))
      let damaged = #expect(throws: ServedStore.NotReady.self) { try ServedStore(folder) }
      #expect(damaged?.status != 0 && damaged?.errors.contains("edge-store salvage \(folder)/data") == true)
      let unusable = #expect(throws: ServedStore.NotReady.self) {
        try ServedStore(folder, ["--listen-client-urls", "https://127.0.0.1:0"])
      }
      #expect(unusable?.errors.contains("--cert-file") == true)
    }
  }

  @Test("Spans of time are written as for etcd: several units, decimals, none for zero; anything else is refused")
  func durations() async throws {
    try await withTemporaryFolder { folder in
      for text in ["1h30m", "1m0s", "3.241404201s", ".5h", "250ms"] {
        let served = try ServedStore(folder, ["--watch-progress-notify-interval", text])
        #expect(served.stop() == 0, "\(text)")
      }
      for text in ["0", "0.05s", "5", "s", ".s", "5 s", "1e3s", "=-5s", "1s2", "99999999999999999999h", "5d"] {
        let flag =
          text.hasPrefix("=")
          ? ["--watch-progress-notify-interval" + text] : ["--watch-progress-notify-interval", text]
        let refused = #expect(throws: ServedStore.NotReady.self, "\(text)") { try ServedStore(folder, flag) }
        #expect(refused?.errors.contains("--watch-progress-notify-interval") == true, "\(text)")
      }
    }
  }

  private static func fetch(_ url: String) async throws -> String {
    try run(PeerProgram.path("curl"), ["-s", url]).output
  }
}
#endif
