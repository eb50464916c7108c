import EdgeStore
import Testing

#if SQLite
import EdgeStoreSQLite
#endif

@Suite struct StoreModelTests {
  @Test("the memory store answers like the naive model, whatever is asked")
  func memory() async throws {
    let traffic = RandomTraffic()
    var model = NaiveStore()
    let store = MemoryStore(compaction: nil)
    try await play(1500, traffic, on: store, and: &model)
  }

  #if SQLite
  @Test(
    "the SQLite store answers like the naive model, also after being reopened in between",
    arguments: [
      SQLiteStoreConfiguration(compaction: nil, checkpointBytes: 32 << 10), .diskOnly,
      SQLiteStoreConfiguration(
        compaction: nil, checkpointBytes: 32 << 10, maximumValueMemoryBytes: 300, maximumHistoryMemoryBytes: 3000),
      SQLiteStoreConfiguration(compaction: nil, checkpointBytes: 32 << 10, pageCheckMaximumBytes: 0),
      SQLiteStoreConfiguration(
        compaction: nil, pageCheckMaximumBytes: 0, maximumValueMemoryBytes: 300, maximumHistoryMemoryBytes: 3000),
    ])
  func sqlite(_ configuration: SQLiteStoreConfiguration) async throws {
    try await withTemporaryDirectory { directory in
      let traffic = RandomTraffic()
      var model = NaiveStore()
      for round in 0..<8 {
        let store = try SQLiteStore.open(path: directory + "/state.db", configuration: configuration)
        #expect(store.wasCreated == (round == 0))
        try await checkAll(traffic, store, model)
        try await play(60, traffic, on: store, and: &model)
        // Every other time without a clean end: what was acknowledged is there all the same.
        if round % 2 == 0 { await store.close() }
      }
    }
  }
  #endif

  private func play(_ steps: Int, _ traffic: RandomTraffic, on store: any MVCCStore, and model: inout NaiveStore)
    async throws
  {
    for _ in 0..<steps {
      let transaction = traffic.transaction(over: model)
      let expected = model.commit(transaction)
      let actual = try await store.commit(transaction)
      #expect(actual == expected, "seed \(traffic.seed), \(transaction)")
      let request = traffic.range(revisions: max(1, model.compacted)...Int(model.revision.rawValue))
      #expect(try await store.range(request) == model.range(request), "seed \(traffic.seed), \(request)")
      if traffic.number(below: 60) == 0, model.revision.rawValue > Int64(model.compacted) {
        let span = Int(model.revision.rawValue) - model.compacted
        let target = Revision(rawValue: Int64(model.compacted + 1 + traffic.number(below: span)))
        try await store.compact(upTo: target)
        model.compact(upTo: target)
      }
      if traffic.number(below: 25) == 0 { try await checkAll(traffic, store, model) }
    }
    try await checkAll(traffic, store, model)
  }

  /// Content at every readable revision, and the events from a random one on.
  private func checkAll(_ traffic: RandomTraffic, _ store: any MVCCStore, _ model: NaiveStore) async throws {
    let status = try await store.status()
    #expect(status.revision == model.revision, "seed \(traffic.seed)")
    #expect(status.compactedRevision.rawValue == Int64(model.compacted), "seed \(traffic.seed)")
    #expect(status.keyCount == model.current.count, "seed \(traffic.seed)")
    let oldest = max(1, model.compacted)
    for revision in stride(from: oldest, through: Int(model.revision.rawValue), by: 1 + traffic.number(below: 20)) {
      let request = RangeRequest(.all, revision: Revision(rawValue: Int64(revision)))
      #expect(try await store.range(request) == model.range(request), "seed \(traffic.seed)")
    }
    let start = Revision(rawValue: Int64(oldest + traffic.number(below: Int(model.revision.rawValue) - oldest + 1)))
    let keys = traffic.keys()
    let expected = model.batches(from: start, in: keys)
    let watch = try await store.watch(WatchRequest(keys, startRevision: start, previousValues: true))
    var actual: [WatchBatch] = []
    var iterator = watch.makeAsyncIterator()
    while actual.count < expected.count, let batch = try await iterator.next() { actual.append(batch) }
    #expect(actual == expected, "seed \(traffic.seed), from \(start) in \(keys)")
  }
}
