import EdgeStore
import EdgeStoreSQLite
import Foundation

/// The SQLite engine without a network: what blocks in one process get.
struct InProcessCase {
  let options: Options
  let directory: String

  func rows() async -> [Row] {
    var puts = Row(
      name: "durable puts, 64 writers, in process", unit: .perSecond, isHigherBetter: true, target: .atLeast(20_000))
    var gets = Row(
      name: "gets, \(ProcessInfo.processInfo.activeProcessorCount) readers, in process", unit: .perSecond,
      isHigherBetter: true, target: .atLeast(1_000_000))
    do {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      let store = try SQLiteStore.open(path: directory + "/local.db")
      let value = [UInt8](repeating: 0x76, count: options.valueBytes)
      let keys = (0..<10_000).map { StoreKey(key("/bench/local/", $0)) }
      var rates: [[LoadResult]] = [[], []]
      for _ in 0..<options.rounds {
        rates[0].append(
          try await load(clients: 64, for: options.duration) { task, number in
            try await store.put(keys[(number * 64 + task) % keys.count], value)
          })
        rates[1].append(try await readRate(store, keys))
      }
      puts.values[.edgeStore] = rates[0].map(\.perSecond).median
      puts.p99[.edgeStore] = rates[0].map(\.p99).median
      gets.values[.edgeStore] = rates[1].map(\.perSecond).median
      await store.close()
    } catch {
      complain("in process: \(error)")
      puts.note = "failed: \(error)"
    }
    progress(puts)
    progress(gets)
    return [puts, gets]
  }

  /// A look at the clock costs as much as a read: a hundred reads between two.
  private func readRate(_ store: SQLiteStore, _ keys: [StoreKey]) async throws -> LoadResult {
    let readers = ProcessInfo.processInfo.activeProcessorCount
    let result = try await load(clients: readers, for: options.duration) { task, number in
      for step in 0..<100 { _ = try await store.get(keys[(number * 7919 + step * 101 + task) % keys.count]) }
    }
    return LoadResult(perSecond: result.perSecond * 100, p50: result.p50 / 100, p99: result.p99 / 100)
  }
}
