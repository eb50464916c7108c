#if Networking && SQLite
import EdgeGRPC
import EdgeTestKit
import EtcdAPI
import Foundation
import Testing

@Suite struct SnapshotCommandTests {
  @Test("A snapshot saved from a running store, by us or by etcdctl, is looked at and restored; revisions go on")
  func saveAndRestore() async throws {
    try await withTemporaryFolder { folder in
      let served = try ServedStore(folder)
      let client = try await served.connect()
      for number in 0..<50 {
        _ = try await client.unary(GRPCMethod(Etcd.KV.put), .init(key: [UInt8(number + 1)], value: [1, 2, 3]))
      }
      let tool = ServedStore.executable?.path
      let file = folder + "/snapshot"
      let saved = try run(tool, ["snapshot", "save", file, "--endpoint", served.urls[0]])
      #expect(saved.status == 0 && saved.output == "Snapshot saved at \(file)\n")
      let status = try run(tool, ["snapshot", "status", file, "--write-out", "json"])
      #expect(status.output.contains(#""revision":51,"totalKey":50,"#), "\(status.output)")
      let header = try await client.unary(GRPCMethod(Etcd.KV.put), .init(key: [97], value: [1])).header

      let restored = try run(tool, ["snapshot", "restore", file, "--data-dir", folder + "/new/data"])
      #expect(restored.output == "Restored 50 keys at revision 51 to \(folder)/new/data\n")
      let second = try ServedStore(folder + "/new")
      let other = try await second.connect()
      let count = try await other.unary(GRPCMethod(Etcd.KV.range), .init(key: [0], rangeEnd: [0], countOnly: true))
      #expect(count.count == 50 && count.header?.revision == 51)
      #expect(count.header?.clusterID != header?.clusterID)
      await other.close()
      #expect(second.stop() == 0)

      if PeerProgram.isWanted("etcdctl") {
        let theirs = folder + "/theirs"
        let saved = try run(
          PeerProgram.path("etcdctl"), ["--endpoints=127.0.0.1:\(served.port)", "snapshot", "save", theirs],
          environment: ["ETCDCTL_API": "3"])
        #expect(saved.status == 0, "\(saved.output)")
        let status = try run(tool, ["snapshot", "status", theirs])
        #expect(status.status == 0 && status.output.contains(", 52, 51, "), "\(status.output)")
      }
      await client.close()
      #expect(served.stop() == 0)
    }
  }

  @Test("A snapshot that was cut off or changed is refused, and leaves nothing behind")
  func damaged() async throws {
    try await withTemporaryFolder { folder in
      let served = try ServedStore(folder)
      let tool = ServedStore.executable?.path
      let file = folder + "/snapshot"
      _ = try run(tool, ["snapshot", "save", file, "--endpoint", served.urls[0]])
      #expect(served.stop() == 0)
      let whole = try Data(contentsOf: URL(fileURLWithPath: file))
      var changed = whole
      changed[whole.count / 2] ^= 1
      for content in [changed, whole.dropLast(5000), Data()] {
        try content.write(to: URL(fileURLWithPath: file))
        let restored = try run(tool, ["snapshot", "restore", file, "--data-dir", folder + "/new"])
        #expect(restored.status != 0 && restored.output.contains("digest"), "\(restored.output)")
        #expect(!FileManager.default.fileExists(atPath: folder + "/new/store.db"))
      }
    }
  }
}
#endif
