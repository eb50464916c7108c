#if Networking
import EdgeGRPC
import EdgeStore
import EdgeStoreSQLite
import EtcdAPI
import EtcdServer
import Foundation
import Testing

@Suite struct MaintenanceTests {
  @Test("Status has what API servers decide by: a version that may be asked for progress, a size, a leader")
  func status() async throws {
    try await TestServer.with(.sqlite) { server in
      try await server.put("a")
      let status = try await server.client.unary(GRPCMethod(Etcd.Maintenance.status), .init())
      #expect(status.version == "3.5.30")
      #expect(status.databaseBytes > 0 && status.databaseBytesInUse > 0)
      #expect(status.leader == 22 && status.raftTerm == 3 && status.raftIndex > 0 && status.raftAppliedIndex > 0)
      #expect(status.errors.isEmpty && !status.isLearner)
      let health = try await server.client.unary(GRPCMethod(Health.check), .init())
      #expect(health.status == .serving)
    }
  }

  @Test("While NOSPACE is raised puts and grants are refused, deletions and reads go on")
  func alarms() async throws {
    try await TestServer.with { server in
      let alarm = GRPCMethod(Etcd.Maintenance.alarm)
      try await server.put("a")
      let none = try await server.client.unary(alarm, .init(action: .get))
      #expect(none.alarms.isEmpty)
      let raised = try await server.client.unary(alarm, .init(action: .activate, memberID: 22, alarm: .noSpace))
      #expect(raised.alarms == [Etcd.AlarmMember(memberID: 22, alarm: .noSpace)])
      await server.refuses(.noSpace) { try await server.put("b") }
      await server.refuses(.noSpace) {
        _ = try await server.transact(.init(failure: [.put(.init(key: [97]))]))
      }
      await server.refuses(.noSpace) { _ = try await server.client.unary(GRPCMethod(Etcd.Lease.grant), .init(ttl: 5)) }
      let read = try await server.get(.init(key: [97]))
      #expect(read.count == 1)
      let status = try await server.client.unary(GRPCMethod(Etcd.Maintenance.status), .init())
      #expect(status.errors == ["memberID:22 alarm:NOSPACE "])
      let deleted = try await server.delete("a")
      #expect(deleted.deleted == 1)
      let lowered = try await server.client.unary(alarm, .init(action: .deactivate, memberID: 22, alarm: .noSpace))
      #expect(lowered.alarms.count == 1)
      try await server.put("b")
    }
  }

  @Test("Hashes are those of the content: equal for equal stores of any kind, different after a change")
  func hashes() async throws {
    var values: [UInt32] = []
    for engine in Engine.allCases {
      let collected = Collected()
      try await TestServer.with(engine) { server in
        let hash = GRPCMethod(Etcd.Maintenance.hashKV)
        for number in 0..<1500 { try await server.put("h/\(number)", "\(number)") }
        let first = try await server.client.unary(hash, .init())
        #expect(first.compactRevision == -1 && first.hashRevision == 1501)
        try await server.put("h/0", "changed")
        let changed = try await server.client.unary(hash, .init())
        #expect(changed.hash != first.hash)
        let past = try await server.client.unary(hash, .init(revision: 1501))
        #expect(past.hash == first.hash)
        await server.refuses(.futureRevision) { _ = try await server.client.unary(hash, .init(revision: 9999)) }
        try await server.compact(1502)
        await server.refuses(.compacted) { _ = try await server.client.unary(hash, .init(revision: 1501)) }
        await collected.add(first.hash)
      }
      values += await collected.values
    }
    #expect(values.count == 2 && values[0] == values[1])
  }

  @Test("A snapshot is the database and its SHA-256, and opens as the store of that moment")
  func snapshot() async throws {
    try await TestServer.with(.sqlite) { server in
      for number in 0..<500 { try await server.put("s/\(number)", String(repeating: "x", count: 1000)) }
      let bytes = try await server.client.streaming(GRPCMethod(Etcd.Maintenance.snapshot)) { stream in
        try await stream.requests.write(.init())
        stream.endRequests()
        var bytes: [UInt8] = []
        for try await response in stream.responses { bytes += response.blob }
        return bytes
      }
      // What clientv3 checks before it takes a file for a snapshot.
      #expect(bytes.count % 512 == 32)
      var digest = SnapshotDigest()
      digest.update(Array(bytes.dropLast(32)))
      let expected = digest.finish()
      #expect(Array(bytes.suffix(32)) == expected)
      let path = NSTemporaryDirectory() + "etcd-server-snapshot-\(UInt64.random(in: 0 ... .max)).db"
      defer {
        for suffix in ["", "-wal", "-shm", "-lock"] { try? FileManager.default.removeItem(atPath: path + suffix) }
      }
      try Data(bytes.dropLast(32)).write(to: URL(fileURLWithPath: path))
      let copy = try SQLiteStore.open(path: path)
      let status = try await copy.status()
      #expect(status.revision == Revision(rawValue: 501) && status.keyCount == 500)
      await copy.close()
    }
  }

  @Test("One member answers for itself, and says clearly that there will be no others")
  func members() async throws {
    var configuration = EtcdServerConfiguration()
    configuration.advertisedClientURLs = ["http://10.0.0.1:2379"]
    configuration.name = "edge"
    try await TestServer.with(configuration: configuration) { server in
      let client = server.client
      let list = try await client.unary(GRPCMethod(Etcd.Cluster.memberList), .init())
      #expect(list.header == Etcd.ResponseHeader(clusterID: 11, memberID: 22, raftTerm: 3))
      #expect(list.members.map(\.id) == [22] && list.members.first?.name == "edge")
      #expect(list.members.first?.clientURLs == ["http://10.0.0.1:2379"])
      let fixed = await #expect(throws: GRPCCallError.self) {
        _ = try await client.unary(GRPCMethod(Etcd.Cluster.memberAdd), .init(peerURLs: ["http://x:1"]))
      }
      #expect(fixed?.code == .unimplemented && fixed?.message.contains("cluster of one member") == true)
      let unknown = await #expect(throws: GRPCCallError.self) {
        _ = try await client.unary(GRPCMethod(Etcd.Cluster.memberRemove), .init(id: 5))
      }
      #expect(unknown?.code == .notFound && unknown?.message == "etcdserver: member not found")
      let moved = try await client.unary(GRPCMethod(Etcd.Maintenance.moveLeader), .init(targetID: 22))
      #expect(moved.header == nil)
      for urls in [[], ["x:1"], ["http://x"], ["http://x:1/path"], ["http://x:1", ""]] {
        let bad = await #expect(throws: GRPCCallError.self) {
          _ = try await client.unary(GRPCMethod(Etcd.Cluster.memberAdd), .init(peerURLs: urls))
        }
        #expect(bad?.code == .invalidArgument && bad?.message == "etcdserver: given member URLs are invalid")
      }
      let elsewhere = await #expect(throws: GRPCCallError.self) {
        _ = try await client.unary(GRPCMethod(Etcd.Maintenance.moveLeader), .init(targetID: 5))
      }
      #expect(elsewhere?.message == "etcdserver: bad leader transferee")
      let downgrade = try await client.unary(GRPCMethod(Etcd.Maintenance.downgrade), .init(version: "3.4"))
      #expect(downgrade.version == "3.5.0")
      let wrong = await #expect(throws: GRPCCallError.self) {
        _ = try await client.unary(GRPCMethod(Etcd.Maintenance.downgrade), .init(version: "3.6"))
      }
      #expect(wrong?.message == "etcdserver: invalid downgrade target version")
      _ = try await client.unary(GRPCMethod(Etcd.Maintenance.defragment), .init())
    }
  }
}

private actor Collected {
  var values: [UInt32] = []
  func add(_ value: UInt32) { values.append(value) }
}
#endif
