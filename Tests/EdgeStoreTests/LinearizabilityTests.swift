import EdgePrimitives
import EdgeStore
import Synchronization
import Testing

#if SQLite
import EdgeStoreSQLite
#endif

/// One finished call, with when it began and ended by a counter that all tasks share.
private struct Call: Sendable {
  var began: Int
  var ended: Int
  var key: StoreKey
  /// What a write wrote or a read found; nil for a key that does not exist.
  var value: [UInt8]?
  var revision: Revision
  var isWrite: Bool
}

private final class SharedOrder: Sendable {
  private let ticks = Atomic<Int>(0)
  func tick() -> Int { ticks.add(1, ordering: .sequentiallyConsistent).newValue }
}

/// The store says itself in which order things happened: by revision. A history is linearizable when that order respects
/// real time (what ended before another began does not come after it) and every read finds the newest write before it.
@Suite struct LinearizabilityTests {
  @Test("short histories of concurrent writes, compare-and-swaps and reads are linearizable: memory")
  func memory() async throws { for _ in 0..<20 { try await check(MemoryStore(compaction: nil)) } }

  #if SQLite
  @Test("short histories of concurrent writes, compare-and-swaps and reads are linearizable: SQLite")
  func sqlite() async throws {
    for configuration in [SQLiteStoreConfiguration(), .diskOnly] {
      try await withTemporaryDirectory { directory in
        for round in 0..<5 {
          let store = try SQLiteStore.open(path: directory + "/\(round).db", configuration: configuration)
          try await check(store)
          await store.close()
        }
      }
    }
  }
  #endif

  private func check(_ store: any MVCCStore) async throws {
    let seed = environmentNumber("EDGE_TEST_SEED") ?? SystemEntropy().next() % 1_000_000
    let calls = try await history(of: store, seed: seed).sorted { left, right in
      left.revision == right.revision ? left.isWrite && !right.isWrite : left.revision < right.revision
    }
    var newest: [StoreKey: [UInt8]] = [:]
    var lastWrite = Revision.zero
    for (index, call) in calls.enumerated() {
      if call.isWrite {
        #expect(call.revision > lastWrite, "seed \(seed): two writes have revision \(call.revision)")
        lastWrite = call.revision
        newest[call.key] = call.value
      } else {
        #expect(call.value == newest[call.key], "seed \(seed): a read at \(call.revision) is stale or early")
      }
      for later in calls[(index + 1)...] where later.revision > call.revision || later.isWrite {
        #expect(later.ended > call.began, "seed \(seed): \(later.revision) ended before \(call.revision) began")
      }
    }
  }

  private func history(of store: any MVCCStore, seed: UInt64) async throws -> [Call] {
    let order = SharedOrder()
    return try await withThrowingTaskGroup(of: [Call].self) { group in
      for client in 0..<6 {
        group.addTask {
          let entropy = SeededEntropy(seed: seed &+ UInt64(client))
          var calls: [Call] = []
          for step in 0..<12 {
            let key = StoreKey("k\(entropy.next(below: 2))")
            let value = [UInt8(client), UInt8(step)]
            let began = order.tick()
            let response = try await store.range(RangeRequest(.key(key)))
            calls.append(
              Call(
                began: began, ended: order.tick(), key: key, value: response.kvs.first?.value,
                revision: response.revision,
                isWrite: false))
            let writeBegan = order.tick()
            var written: Revision?
            switch entropy.next(below: 3) {
            case 0: written = try await store.put(key, value)
            case 1:
              let expected = response.kvs.first?.modRevision ?? .zero
              written = try await store.update(key, value, ifModRevision: expected).appliedRevision
            default: continue
            }
            guard let written else { continue }
            calls.append(
              Call(began: writeBegan, ended: order.tick(), key: key, value: value, revision: written, isWrite: true))
          }
          return calls
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
  }
}
