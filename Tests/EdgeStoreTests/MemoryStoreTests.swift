import EdgeStore
import EdgeTestKit
import Testing

@Suite struct MemoryStoreTests {
  @Test("the memory store keeps the contract", arguments: StoreConformance.cases)
  func conforms(_ conformanceCase: StoreConformanceCase) async throws {
    let clock = ManualClock()
    let passing: StoreConformanceCase.Passing = { clock.advance(by: $0) }
    try await conformanceCase.run(passing: passing) { MemoryStore(compaction: nil, clock: clock) }
  }

  @Test("closing ends waiting watches and refuses every later call")
  func close() async throws {
    let store = MemoryStore()
    let watch = try await store.watch(WatchRequest(.all))
    async let end = watch.first { _ in true }
    await store.close()
    #expect(try await end == nil)
    await #expect(throws: StoreError.self) { try await store.put("a", [1]) }
    await #expect(throws: StoreError.self) { try await store.get("a") }
  }

  @Test("a store that is released ends its watches")
  func release() async throws {
    var store: MemoryStore? = MemoryStore()
    let watch = try await store?.watch(WatchRequest(.all))
    store = nil
    #expect(try await watch?.first { _ in true } == nil)
  }

  @Test("by itself the store keeps only as much history as its policy says")
  func automaticCompaction() async throws {
    let store = MemoryStore(compaction: CompactionPolicy(keptRevisions: 50))
    for index in 0..<1000 { try await store.put("k", [UInt8](repeating: UInt8(index & 0xFF), count: 1000)) }
    let status = try await store.status()
    #expect(status.compactedRevision >= Revision(rawValue: 1001 - 56))
    #expect(status.compactedRevision <= Revision(rawValue: 1001 - 50))
    #expect(status.databaseBytes < 100_000)
    #expect(try await store.get("k", revision: Revision(rawValue: 951)) != nil)
  }

  @Test("a watch that lags further behind than the history is told that it was compacted")
  func lagsBehindHistory() async throws {
    let store = MemoryStore(compaction: CompactionPolicy(keptRevisions: 10))
    let watch = try await store.watch(WatchRequest(.all))
    for _ in 0..<500 { try await store.put("k", [1]) }
    var seen: [Int64] = []
    do {
      for try await batch in watch { seen.append(batch.revision.rawValue) }
      Issue.record("the watch ended without an error")
    } catch {
      #expect(error.code == .compacted)
    }
    #expect(seen == Array(2..<Int64(2 + WatchQueue.capacity)), "no gap before the error")
  }
}
