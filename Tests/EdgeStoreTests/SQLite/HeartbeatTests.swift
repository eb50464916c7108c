#if SQLite
import EdgePrimitives
import EdgeStore
import EdgeStoreSQLite
import EdgeTestKit
import Testing

@Suite struct HeartbeatTests {
  private static let policy = HeartbeatPolicy(prefixes: ["leases/"], reservedRevisions: 50)

  private func configuration(
    _ policy: HeartbeatPolicy? = policy, compaction: CompactionPolicy? = nil
  ) -> SQLiteStoreConfiguration {
    SQLiteStoreConfiguration(compaction: compaction, checkpointBytes: 64 << 10, heartbeat: policy)
  }

  @Test("with every key a heartbeat the store keeps the contract, durability apart", arguments: StoreConformance.cases)
  func conforms(_ conformanceCase: StoreConformanceCase) async throws {
    try await withTemporaryDirectory { directory in
      let clock = ManualClock()
      let store = try SQLiteStore.open(
        path: directory + "/state.db", configuration: configuration(HeartbeatPolicy(prefixes: [""])), leaseClock: clock)
      let passing: StoreConformanceCase.Passing = { clock.advance(by: $0) }
      try await conformanceCase.run(passing: passing) { store }
      await store.close()
    }
  }

  @Test("FF-09: node leases renewed for an hour cost a write each minute, and every renewal is seen")
  func hour() async throws {
    try await withTemporaryDirectory { directory in
      let clock = ManualClock()
      let store = try SQLiteStore.open(
        path: directory + "/state.db",
        configuration: configuration(HeartbeatPolicy(prefixes: ["leases/"]), compaction: CompactionPolicy()),
        leaseClock: clock)
      let nodes = (0..<5).map { StoreKey("leases/node-\($0)") }
      for node in nodes { try await store.put(node, [0]) }
      let before = try await store.status()
      let watch = try await store.watch(WatchRequest(.prefix("leases/")))
      let rounds = 360
      for round in 1...rounds {
        for node in nodes { try await store.put(node, Array(String(repeating: "\(round)", count: 100).utf8)) }
        clock.advance(by: .seconds(10))
        if round % 6 == 0 { try await Task.sleep(for: .milliseconds(2)) }
      }
      let after = try await store.status()
      #expect(after.revision.rawValue == before.revision.rawValue + Int64(rounds * nodes.count))
      let bytes = after.bytesWritten - before.bytesWritten
      #expect(bytes < 61 * 6 * 4200, "\(bytes) bytes for 1800 renewals")
      #expect(try await watch.prefix(rounds * nodes.count).reduce(0) { $0 + $1.events.count } == rounds * nodes.count)
      #expect(try await store.get(nodes[3])?.version == Int64(rounds + 1))
      await store.close()
    }
  }

  @Test("at the end the newest versions are written, and the next opening goes on as if nothing had waited")
  func close() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      let first = try SQLiteStore.open(path: path, configuration: configuration())
      try await first.put("leases/a", [0])  // 2
      for index in 1...200 { try await first.put("leases/a", [UInt8(index)]) }  // 3...202
      try await first.put("other", [1])  // 203
      for index in 1...5 { try await first.put("leases/a", [UInt8(index)]) }  // 204...208
      let expected = try await first.range(RangeRequest(.all))
      await first.close()
      for configuration in [configuration(), configuration(nil)] {
        let next = try SQLiteStore.open(path: path, configuration: configuration)
        #expect(try await next.range(RangeRequest(.all)) == expected)
        #expect(try await next.verify() == 3)
        await next.close()
      }
      let last = try SQLiteStore.open(path: path, configuration: configuration())
      #expect(try await last.put("leases/a", [9]).rawValue == 209)
      await last.close()
    }
  }

  @Test(
    "a crash takes the newest heartbeats and nothing else: no revision comes twice, lost ones are told as compacted")
  func crash() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      do {
        let store = try SQLiteStore.open(path: path, configuration: configuration())
        try await store.put("leases/a", [0])  // 2
        try await store.put("leases/b", [0])  // 3
        for index in 1...10 { try await store.put("leases/a", [UInt8(index)]) }  // 4...13
        let both = Transaction(success: [.put("leases/b", [7]), .put("other", [7])])
        #expect(try await store.commit(both).revision.rawValue == 14)
        for index in 1...10 { try await store.put("leases/b", [UInt8(index)]) }  // 15...24
        // Released, not closed: as a crash leaves it.
      }
      let store = try SQLiteStore.open(path: path, configuration: configuration())
      #expect(try await store.get("leases/a")?.value == [0])
      #expect(try await store.get("leases/b")?.value == [7], "what touches another key too is durable")
      #expect(try await store.get("other")?.value == [7])
      let revision = try await store.status().revision
      #expect(revision >= Revision(rawValue: 24) && revision <= Revision(rawValue: 24 + 50))
      for keys in [KeyRange.all, .prefix("leases/"), .key("leases/a"), .prefix("l")] {
        let watch = try await store.watch(WatchRequest(keys, startRevision: Revision(rawValue: 20)))
        let error = await #expect(throws: StoreError.self) { try await watch.first { _ in true } }
        #expect(error?.code == .compacted && error?.compactedRevision == revision.next)
        let read = await #expect(throws: StoreError.self) {
          try await store.range(RangeRequest(keys, revision: Revision(rawValue: 20)))
        }
        #expect(read?.code == .compacted)
        #expect(try await store.range(RangeRequest(keys, revision: revision)).count > 0)
      }
      let others = try await store.watch(WatchRequest(.prefix("o"), startRevision: Revision(rawValue: 4)))
      let leases = try await store.watch(WatchRequest(.prefix("leases/"), startRevision: revision.next))
      #expect(try await store.put("other", [8]) == revision.next)
      #expect(
        try await others.prefix(2).reduce(into: []) { $0.append($1.revision.rawValue) } == [14, revision.rawValue + 1])
      #expect(try await store.put("leases/a", [1]).rawValue == revision.rawValue + 2)
      #expect(try await leases.first { _ in true }?.events.first?.keyValue.version == 2)
      try await store.verify()
      await store.close()
    }
  }

  @Test("with heartbeats, deletions, compactions and backups in any order the disk stays consistent")
  func model() async throws {
    try await withTemporaryDirectory { directory in
      let traffic = RandomTraffic()
      let path = directory + "/state.db"
      var model = NaiveStore()
      for round in 0..<10 {
        let store = try SQLiteStore.open(
          path: path,
          configuration: SQLiteStoreConfiguration(
            compaction: nil, checkpointBytes: 32 << 10, pageCheckMaximumBytes: round % 2 == 0 ? 0 : 4 << 20,
            maximumValueMemoryBytes: round % 3 == 0 ? 200 : 1 << 20,
            heartbeat: HeartbeatPolicy(prefixes: ["a", "b1"], reservedRevisions: 20)))
        #expect(try await store.range(RangeRequest(.all)) == model.range(RangeRequest(.all)), "seed \(traffic.seed)")
        for step in 0..<60 {
          let transaction =
            step % 3 == 0
            ? traffic.transaction(over: model)
            : Transaction(success: [.put(traffic.key(), [UInt8](repeating: UInt8(step), count: 20))])
          let expected = model.commit(transaction)
          #expect(try await store.commit(transaction) == expected, "seed \(traffic.seed), \(transaction)")
          if traffic.number(below: 40) == 0, model.revision.rawValue > Int64(model.compacted) {
            let target = traffic.number(below: 2) == 0 ? model.revision : Revision(rawValue: Int64(model.compacted + 1))
            try await store.compact(upTo: target)
            model.compact(upTo: target)
          }
          if traffic.number(below: 30) == 0 {
            let copy = directory + "/copy-\(round)-\(step).db"
            try await store.backUp(to: copy)
            let restored = try SQLiteStore.open(path: copy)
            #expect(
              try await restored.range(RangeRequest(.all)) == model.range(RangeRequest(.all)), "seed \(traffic.seed)")
            await restored.close()
          }
        }
        #expect(try await store.range(RangeRequest(.all)) == model.range(RangeRequest(.all)), "seed \(traffic.seed)")
        try await store.backUp(to: directory + "/round-\(round).db")
        try await store.verify()
        await store.close()
      }
    }
  }
}
#endif
