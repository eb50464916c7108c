import EdgeStore
import EdgeTestKit
import Synchronization
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

  @Test("a memory store is restored from its snapshot: content, leases, history, and where it goes on")
  func restores() async throws {
    try await StoreConformance.checkRestoring(of: MemoryStore(compaction: nil)) { snapshot in
      try await MemoryStore(restoring: snapshot, compaction: nil)
    }
    let empty = try await MemoryStore(restoring: try await MemoryStore().snapshot())
    #expect(try await empty.put("a", [1]).rawValue == 2)
  }

  @Test("a snapshot that was cut or changed anywhere is refused as damaged")
  func refusesDamagedSnapshots() async throws {
    let store = MemoryStore()
    let lease = try await store.grantLease(timeToLive: .seconds(10))
    for index in 0..<3 { try await store.put(StoreKey("k\(index)"), [1, 2, 3], lease: lease.id) }
    try await store.delete("k1")
    let snapshot = try await store.snapshot()
    var whole: [UInt8] = []
    while let piece = try await snapshot.next() { whole += piece }
    func code(_ bytes: [UInt8], pieceBytes: Int) async -> StoreError.Code? {
      let pieces = Mutex(bytes[...])
      let snapshot = StoreSnapshot(
        revision: nil, totalBytes: nil, format: .records,
        next: { () async throws(StoreError) in
          pieces.withLock { pieces in
            let piece = Array(pieces.prefix(pieceBytes))
            pieces = pieces.dropFirst(pieceBytes)
            return piece.isEmpty ? nil : piece
          }
        }, cancel: {})
      do throws(StoreError) {
        _ = try await MemoryStore(restoring: snapshot)
        return nil
      } catch {
        return error.code
      }
    }
    for pieceBytes in [1, 7, 64, 1 << 20] { #expect(await code(whole, pieceBytes: pieceBytes) == nil) }
    for index in whole.indices {
      #expect(await code(Array(whole[..<index]), pieceBytes: 50) == .damaged, "cut at \(index)")
      var changed = whole
      changed[index] ^= 0x81
      #expect(await code(changed, pieceBytes: 50) == .damaged, "changed at \(index)")
    }
    #expect(await code(whole + [0], pieceBytes: 50) == .damaged)
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
