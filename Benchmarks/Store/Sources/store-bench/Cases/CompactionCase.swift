import EdgeGRPC
import EtcdAPI

/// FF-10: how slow writers get while history is compacted.
struct CompactionCase {
  let turns: Turns

  func rows() async -> [Row] {
    let normal = Row(name: "write p99, 16 writers", unit: .milliseconds, isHigherBetter: false)
    let during = Row(name: "write p99 during compaction", unit: .milliseconds, isHigherBetter: false)
    var slowdown = Row(name: "p99 during compaction / normal", unit: .times, isHigherBetter: false, target: .atMost(2))
    slowdown.note = "FF-10"
    return await turns.rows([normal, during, slowdown]) { peer, _ in
      let options = turns.options
      let client = try await EtcdClient.connect(port: peer.port, connections: 4)
      let value = [UInt8](repeating: 0x76, count: options.valueBytes)
      @Sendable func write(_ task: Int, _ number: Int) async throws {
        _ = try await client.connection(task).unary(
          GRPCMethod(Etcd.KV.put), .init(key: key("/bench/compaction/", (number * 16 + task) % 2000), value: value))
      }
      // Ten thousand and more superseded versions to forget.
      _ = try await load(clients: 64, for: .seconds(2), write)
      let quiet = try await load(clients: 16, for: options.duration, write)
      let revision = try await client.revision()
      let finished = Flag()
      async let compaction: Void = {
        defer { finished.set() }
        try await client.compact(to: revision)
      }()
      // Until it is done, and at least half a second so that there are enough writes.
      let busy = try await load(clients: 16, for: .milliseconds(500), until: { finished.isSet }, write)
      try await compaction
      await client.close()
      return [Measurement(quiet.p99), Measurement(busy.p99), Measurement(busy.p99 / quiet.p99)]
    }
  }
}
