#if Networking && SQLite && canImport(Glibc)
import EdgeAPIModels
import EdgeAPIServer
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeStore
import EdgeStoreSQLite
import EdgeTransport
import EdgeTransportOutbox
import Glibc
import Testing

@testable import EdgeControlPlane
@testable import EdgeNodeAgent

/// The hub and the node as processes of their own, with real databases and sockets, killed over and over.
@Suite(.serialized) struct HubCrashTests {
  /// Lives of each end; `EDGE_HUB_CRASH_ROUNDS` raises it for a long run.
  static let rounds = getenv("EDGE_HUB_CRASH_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 10

  @Test(
    "FF-01: kill -9 of the hub and of the node, at random instants under load both ways, loses nothing that was promised, doubles nothing and keeps the order of each object",
    .timeLimit(.minutes(30)))
  func kills() async throws {
    let directory = try CrashDirectory.create()
    defer { directory.remove() }
    let seed = SystemEntropy().next() % 1_000_000
    let path = directory.path
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        let dice = SeededEntropy(seed: seed)
        for life in 1...Self.rounds {
          let delay = Int(dice.next(below: 900_000))
          await #expect(processExitsWith: .signal(SIGKILL), "seed \(seed), hub \(life), \(delay) us") {
            [path = path as String, life = life as Int, delay = delay as Int] in
            try await dieAfter(microseconds: delay) {
              try await HubLife.begin(in: CrashDirectory(path: path)).run { try await $0.work(life: life) }
            }
          }
        }
      }
      group.addTask {
        let dice = SeededEntropy(seed: seed + 1)
        for life in 1...Self.rounds {
          let delay = Int(dice.next(below: 900_000))
          await #expect(processExitsWith: .signal(SIGKILL), "seed \(seed), node \(life), \(delay) us") {
            [path = path as String, life = life as Int, delay = delay as Int] in
            try await dieAfter(microseconds: delay) {
              try await NodeLife.begin(in: CrashDirectory(path: path)).run { await $0.work(life: life) }
            }
          }
        }
      }
    }
    try await verify(directory, "seed \(seed)")
  }

  /// Lets both ends live in peace until nothing waits, and compares what they have with what was promised.
  private func verify(_ directory: CrashDirectory, _ context: String) async throws {
    let hub = try HubLife.begin(in: directory)
    let far = try await NodeLife.begin(in: directory)
    report("commands done before the peace \(try await FarNode.effects(in: far.store).count)")
    try await hub.run { hub in
      try await far.run { far in
        let name = far.node.name
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
          let wanted = NodeDemand(node: name, view: hub.view).all().mapValues { ObjectDigest(of: $0) }
          if await hub.isQuiet(), far.node.outbox.link.pendingCount == 0,
            far.node.cache.inventory().entries == wanted
          {
            return
          }
          try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("\(context): the two do not come to rest")
      }
    }
    try await verifyCommands(directory, far, context)
    try await verifyObjects(directory, far, context)
    try await verifyReports(directory, hub, context)
    await hub.store.close()
    await far.store.close()
  }

  private func verifyCommands(_ directory: CrashDirectory, _ far: NodeLife, _ context: String) async throws {
    var done: [String: [Int]] = [:]
    for (effect, count) in try await FarNode.effects(in: far.store) {
      #expect(count == 1, "\(context): \(effect) took effect \(count) times")
      let parts = effect.split(separator: "/")
      done[String(parts[0]), default: []].append(Int(parts[1]) ?? 0)
    }
    let promised = directory.noted(.commands)
    #expect(!promised.isEmpty, "\(context): no hub lived long enough to promise anything")
    for (line, indexes) in promised {
      let missing = Set(indexes).subtracting(done[line] ?? [])
      #expect(missing.isEmpty, "\(context): \(line) \(missing.sorted().prefix(10)) never took effect")
    }
    for (line, indexes) in done { #expect(indexes == indexes.sorted(), "\(context): \(line) lost its order") }
    report(
      "commands promised \(promised.values.reduce(0) { $0 + $1.count }), done \(done.values.reduce(0) { $0 + $1.count })"
    )
  }

  private func verifyObjects(_ directory: CrashDirectory, _ far: NodeLife, _ context: String) async throws {
    let promised = directory.noted(.objects)["settings"] ?? []
    let held = far.node.cache.object(Sample.key(.configMaps, "settings"))?["data", "a"]?.stringValue
    #expect(Int(held ?? "") ?? 0 >= promised.last ?? 0, "\(context): the node holds \(held ?? "nothing")")
    let applied = directory.noted(.applied)
    for (resource, versions) in applied {
      #expect(versions == versions.sorted(), "\(context): \(resource) went back")
    }
    report("object values promised \(promised.count), applied \(applied.values.reduce(0) { $0 + $1.count })")
  }

  private func verifyReports(_ directory: CrashDirectory, _ hub: HubLife, _ context: String) async throws {
    let promised = directory.noted(.reports)
    #expect(!promised.isEmpty, "\(context): no node lived long enough to report anything")
    for (pod, indexes) in promised {
      let stored = try await hub.registry.get(Sample.key(.pods, pod))["status", "message"]?.stringValue
      #expect(Int(stored ?? "") ?? 0 >= indexes.last ?? 0, "\(context): the hub has \(stored ?? "nothing") of \(pod)")
    }
    let seen = directory.noted(.seen)
    for (pod, indexes) in seen { #expect(indexes == indexes.sorted(), "\(context): \(pod) went back") }
    report(
      "reports promised \(promised.values.reduce(0) { $0 + $1.count }), seen \(seen.values.reduce(0) { $0 + $1.count })"
    )
  }

  /// Only for whoever asked for a long run.
  private func report(_ text: String) {
    if getenv("EDGE_HUB_CRASH_ROUNDS") != nil {
      print("kill -9 of \(Self.rounds) hubs and \(Self.rounds) nodes: \(text)")
    }
  }
}

/// Does `body` until the process kills itself, the way an outer kill -9 does: no handler runs, nothing is flushed.
private func dieAfter(microseconds delay: Int, _ body: @escaping @Sendable () async throws -> Void) async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask {
      try await Task.sleep(for: .microseconds(delay))
      _ = kill(getpid(), SIGKILL)
    }
    group.addTask { try await body() }
    try await group.waitForAll()
  }
}
#endif
