#if Networking && canImport(Glibc)
import EdgeIdentity
import EdgePrimitives
import EdgeStore
import EdgeTestKit
import Foundation
import NIOPosix
import Synchronization
import Testing

@testable import EdgeStoreEtcd

/// Supervised members on loopback with mutual TLS among themselves and with their clients.
@Suite(.enabled(if: PeerProgram.isWanted("etcd"))) struct EtcdClusterTests {
  /// A member under supervision, and where that runs.
  private final class Running: Sendable {
    let member: EtcdMember
    let task: Task<Void, any Error>

    init(_ member: EtcdMember) {
      self.member = member
      task = Task { try await member.run() }
    }

    func stop() async {
      task.cancel()
      _ = try? await task.value
    }

    func waitUntilReady(_ isReady: (EtcdMember) -> Bool = { $0.isReady }) async throws {
      for _ in 0..<1500 {
        if isReady(member) { return }
        try await Task.sleep(for: .milliseconds(20))
      }
      Issue.record("\(member.configuration.name) does not get ready")
    }
  }

  private func configuration(_ name: String, in root: String) -> EtcdMemberConfiguration {
    var configuration = EtcdMemberConfiguration(
      directory: "\(root)/\(name)", name: name,
      peer: EtcdEndpoint(host: "127.0.0.1", port: FreePort.take(), usesTLS: true),
      client: EtcdEndpoint(host: "127.0.0.1", port: FreePort.take(), usesTLS: true))
    configuration.searchPath = ProcessInfo.processInfo.environment["PATH"] ?? ""
    // Quick elections, and members that come and go faster than etcd thinks wise.
    configuration.arguments = [
      "--heartbeat-interval=50", "--election-timeout=500", "--strict-reconfig-check=false",
    ]
    configuration.backoff = Backoff(base: .milliseconds(100), cap: .seconds(1))
    configuration.stopTimeout = .seconds(3)
    return configuration
  }

  private func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = temporaryFolder("cluster")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
  }

  private var group: MultiThreadedEventLoopGroup { .singleton }

  @Test(
    "three members: one is killed and writes go on, it comes back; one is removed and another joins; nothing is lost")
  func lifeOfACluster() async throws {
    try await withFolder { root in
      let first = Running(
        try EtcdMember.initialize(configuration("m1", in: root), group: group, logger: .quiet))
      try await first.waitUntilReady()
      let token = try ClusterCertificates.loadOrCreate(memberDirectory: first.member.configuration.directory).tokens()
        .mint(lifetime: .seconds(600))
      let service = try ClusterJoinService(member: first.member, group: group, logger: .quiet)
      let port = Mutex(0)
      let serving = Task {
        try await service.run(host: "127.0.0.1", port: 0) { _, bound in port.withLock { $0 = bound } }
      }
      while port.withLock({ $0 }) == 0 { try await Task.sleep(for: .milliseconds(5)) }
      let server = EtcdEndpoint(host: "127.0.0.1", port: port.withLock { $0 }, usesTLS: true)

      func join(_ name: String) async throws -> Running {
        let running = Running(
          try await EtcdMember.join(
            configuration(name, in: root), server: server, token: token, group: group, logger: .quiet))
        try await running.waitUntilReady()
        return running
      }
      let second = try await join("m2")
      let third = try await join("m3")

      var client = try first.member.clientConfiguration()
      client.endpoints = [first, second, third].map(\.member.configuration.client)
      let cluster = EtcdCluster(configuration: client, group: group, logger: .quiet)
      #expect(try await cluster.members().map(\.isLearner) == [false, false, false])
      let store = EtcdStore(configuration: client, group: group, logger: .quiet)
      let storing = Task { await store.run() }
      let watch = try await store.watch(WatchRequest(.prefix("k")))
      var acknowledged: [Int64] = []
      func write(_ count: Int) async throws {
        var failures = 0
        var done = 0
        while done < count {
          do throws(StoreError) {
            acknowledged.append(try await store.put(StoreKey("k\(acknowledged.count)"), [1]).rawValue)
            done += 1
          } catch {
            // Refused while there is no leader, or in doubt.
            failures += 1
            guard error.isRetryable || error.mayHaveBeenApplied, failures < 20 else { throw error }
          }
        }
      }
      try await write(50)

      // The leader, so that an election is needed.
      var leader = first
      for candidate in [first, second, third] {
        let health = try await cluster.health(of: candidate.member.configuration.client)
        #expect(health.isHealthy && !health.isLearner)
        if health.isLeader { leader = candidate }
      }
      let process = try #require(leader.member.processID)
      kill(process, SIGKILL)
      try await write(50)
      try await leader.waitUntilReady { $0.startCount == 2 && $0.isReady }
      #expect(leader.member.processID != process)

      let removed = try #require(try await cluster.members().first { $0.name == "m3" })
      try await cluster.remove(removed.id)
      await #expect(throws: EtcdClusterError.self) { try await third.task.value }
      let fourth = try await join("m4")
      try await write(50)
      let members = try await cluster.members()
      #expect(members.map(\.name).sorted() == ["m1", "m2", "m4"])
      #expect(members.allSatisfy { !$0.isLearner })

      // What was acknowledged is at the newest member, and was shown once and in order.
      var newest = client
      newest.endpoints = [fourth.member.configuration.client]
      let other = EtcdStore(configuration: newest, group: group, logger: .quiet)
      #expect(try await other.range(RangeRequest(.prefix("k"), countOnly: true)).count >= 150)
      var seen: [Int64] = []
      let last = try #require(acknowledged.last)
      for try await batch in watch where !batch.events.isEmpty {
        seen.append(batch.revision.rawValue)
        if batch.revision.rawValue >= last { break }
      }
      #expect(seen == seen.sorted() && Set(seen).count == seen.count)
      #expect(Set(acknowledged).isSubset(of: seen))

      await other.close()
      await store.close()
      await storing.value
      await cluster.close()
      serving.cancel()
      _ = try? await serving.value
      await withDiscardingTaskGroup { group in
        for running in [first, second, fourth] { group.addTask { await running.stop() } }
      }
      #expect(first.member.processID == nil)
    }
  }

  @Test("a snapshot restores the cluster of its moment; snapshots are kept in number")
  func restore() async throws {
    try await withFolder { root in
      var configuration = configuration("m1", in: root)
      configuration.snapshots = EtcdSnapshotSchedule(kept: 2)
      var running = Running(try EtcdMember.initialize(configuration, group: group, logger: .quiet))
      try await running.waitUntilReady()
      let client = try running.member.clientConfiguration()
      let store = EtcdStore(configuration: client, group: group, logger: .quiet)
      for index in 0..<20 { try await store.put(StoreKey("k\(index)"), [UInt8](repeating: 1, count: 1000)) }
      let snapshots = [
        try await running.member.takeSnapshot(), try await running.member.takeSnapshot(),
        try await running.member.takeSnapshot(),
      ]
      #expect(running.member.snapshots() == Array(snapshots.suffix(2)))
      try await store.put("later", [1])
      await store.close()
      await running.stop()

      try await EtcdMember.restore(configuration, from: snapshots[2])
      running = Running(try EtcdMember.initialize(configuration, group: group, logger: .quiet))
      try await running.waitUntilReady()
      let restored = EtcdStore(configuration: client, group: group, logger: .quiet)
      #expect(try await restored.get("later") == nil)
      #expect(try await restored.range(RangeRequest(.prefix("k"))).count == 20)
      #expect(try await restored.put("next", [1]).rawValue == 22)
      await restored.close()
      await running.stop()

      await #expect(throws: EtcdClusterError.self) { try await EtcdMember.restore(configuration, from: "/dev/null") }
    }
  }

  @Test(
    "nobody joins with a token that is wrong, expired or another cluster's, and no client comes in without a certificate"
  )
  func strangers() async throws {
    try await withFolder { root in
      let running = Running(try EtcdMember.initialize(configuration("m1", in: root), group: group, logger: .quiet))
      try await running.waitUntilReady()
      let certificates = try ClusterCertificates.loadOrCreate(memberDirectory: running.member.configuration.directory)
      let foreign = try ClusterCertificates.loadOrCreate(memberDirectory: "\(root)/foreign")
      let service = try ClusterJoinService(member: running.member, group: group, logger: .quiet)
      let port = Mutex(0)
      let serving = Task {
        try await service.run(host: "127.0.0.1", port: 0) { _, bound in port.withLock { $0 = bound } }
      }
      while port.withLock({ $0 }) == 0 { try await Task.sleep(for: .milliseconds(5)) }
      let server = EtcdEndpoint(host: "127.0.0.1", port: port.withLock { $0 }, usesTLS: true)
      func refused(_ token: String) async -> (any Error)? {
        await #expect(throws: (any Error).self) {
          _ = try await EtcdMember.join(
            configuration("m2", in: root), server: server, token: token, group: group, logger: .quiet)
        }
      }
      let expired = try certificates.tokens().mint(lifetime: .seconds(-1))
      #expect((await refused(expired) as? EtcdClusterError)?.code == .refused)
      let forged = JoinTokenIssuer(authority: certificates.clientAuthority).mint(lifetime: .seconds(60))
      #expect((await refused(forged) as? EtcdClusterError)?.code == .refused)
      let others = try foreign.tokens().mint(lifetime: .seconds(60))
      #expect((await refused(others) as? IdentityError)?.code == .wrongAuthority)

      let cluster = EtcdCluster(
        configuration: try running.member.clientConfiguration(), group: group, logger: .quiet)
      #expect(try await cluster.members().count == 1)
      await cluster.close()
      var stranger = EtcdStoreConfiguration(
        endpoints: [running.member.configuration.client],
        tls: try EtcdTLS.client(authorityPEM: certificates.clientAuthorityPEM))
      stranger.requestTimeout = .seconds(1)
      let store = EtcdStore(configuration: stranger, group: group, logger: .quiet)
      let error = await #expect(throws: StoreError.self) { try await store.get("a") }
      #expect(error?.code == .unavailable)
      await store.close()
      serving.cancel()
      _ = try? await serving.value
      await running.stop()
    }
  }
}
#endif
