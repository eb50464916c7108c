#if Networking
import EdgeGRPC
import EdgeTestKit
import EtcdAPI
import Foundation
import Testing

/// The server beside a real etcd: the same requests to both, the same answers from both.
@Suite struct DifferentialTests {
  /// `EDGE_DIFFERENTIAL_SEEDS` for more, `EDGE_TEST_SEED` for the first of them.
  private static func environment(_ name: String) -> UInt64? {
    ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
  }
  private static let stepsPerSeed = 150

  @Test(
    "Random requests get from the server, field for field, what a real etcd answers; watches are told the same",
    .enabled(if: PeerProgram.isWanted("etcd")))
  func random() async throws {
    let first = Self.environment("EDGE_TEST_SEED") ?? .random(in: 0..<1_000_000)
    let count = Self.environment("EDGE_DIFFERENTIAL_SEEDS") ?? 3
    try await EtcdProcess.withConnection { etcd in
      try await TestServer.with(.sqlite) { [etcd] server in
        var traffic = DifferentialTraffic(seed: first)
        for seed in first..<first + count {
          let (revision, compacted) = (traffic.revision, traffic.compacted)
          traffic = DifferentialTraffic(seed: seed)
          (traffic.revision, traffic.compacted) = (revision, compacted)
          guard try await Self.run(&traffic, seed, etcd, server.client) else { return }
        }
      }
    }
  }

  /// - Returns: whether both answered the same; otherwise they stand apart from here on.
  private static func run(
    _ traffic: inout DifferentialTraffic, _ seed: UInt64, _ etcd: GRPCConnection, _ ours: GRPCConnection
  ) async throws -> Bool {
    try await DifferentialPeer.with(etcd) { etcd in
      try await DifferentialPeer.with(ours) { ours in
        for step in 0..<stepsPerSeed {
          let call = traffic.next()
          let place: Comment = "seed \(seed), step \(step): \(call)"
          // What was written before is told before a watch begins or ends.
          if call.isOfWatches, try await !agree(etcd, ours, place) { return false }
          // etcd looks after watches that begin in the past every 100 ms, and for what is compacted until then it is too late.
          if case .compact = call { try await Task.sleep(for: .milliseconds(150)) }
          let (expected, revision) = try await etcd.answer(call)
          let (actual, _) = try await ours.answer(call)
          guard actual == expected else {
            Issue.record("\(place)\n etcd: \(expected)\n ours: \(actual)")
            return false
          }
          traffic.revision = max(traffic.revision, revision ?? 0)
          if case .compact(let request) = call, revision != nil { traffic.compacted = request.revision }
          if call.isOfWatches, try await !agree(etcd, ours, place) { return false }
        }
        return try await agree(etcd, ours, "seed \(seed), end")
      }
    }
  }

  /// Waits until the watches of both have been told the same, and a moment longer.
  private static func agree(_ etcd: DifferentialPeer, _ ours: DifferentialPeer, _ place: Comment) async throws -> Bool {
    var agreements = 0
    for _ in 0..<2000 {
      agreements = etcd.watches == ours.watches ? agreements + 1 : 0
      if agreements == 3 { return true }
      try await Task.sleep(for: .milliseconds(2))
    }
    let (expected, actual) = (etcd.watches, ours.watches)
    for id in Set(expected.keys).union(actual.keys) where expected[id] != actual[id] {
      let (theirs, ours) = (expected[id] ?? [], actual[id] ?? [])
      let common = zip(theirs, ours).prefix { $0 == $1 }.count
      Issue.record("\(place)\n watch \(id), etcd: \(theirs.dropFirst(common))\n ours: \(ours.dropFirst(common))")
    }
    return false
  }
}
#endif
