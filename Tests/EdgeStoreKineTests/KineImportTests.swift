#if SQLite
import EdgeStore
import EdgeStoreKine
import EdgeStoreSQLite
import EdgeTestKit
import Foundation
import Testing

@Suite struct KineImportTests {
  /// Imports what `make` wrote and opens the new store; the database is closed, as a stopped kine leaves it.
  private func withImport(
    policy: KineImport.Policy = .whole, clock: ManualClock = ManualClock(), _ make: (TestKine) throws -> Void,
    _ check: (SQLiteStore, KineImportSummary) async throws -> Void
  ) async throws {
    try await withTemporaryDirectory { folder in
      let source = folder + "/state.db"
      do { try make(try TestKine(source)) }
      let summary = try KineImport.run(from: source, into: folder + "/store.db", policy: policy)
      let store = try SQLiteStore.open(
        path: folder + "/store.db", configuration: SQLiteStoreConfiguration(compaction: nil), leaseClock: clock)
      try await check(store, summary)
      await store.close()
    }
  }

  private func events(_ store: SQLiteStore, from revision: Int64, count: Int) async throws -> [StoreEvent] {
    let watch = try await store.watch(
      WatchRequest(.all, startRevision: Revision(rawValue: revision), previousValues: true))
    var events: [StoreEvent] = []
    for try await batch in watch {
      events += batch.events
      if events.count >= count { break }
    }
    return events
  }

  @Test("current keys keep value, create and mod revision; versions are counted; the revision goes on")
  func currentKeys() async throws {
    try await withImport { kine in
      try kine.create("/registry/pods/a", [1])
      try kine.create("/registry/pods/b", [])
      try kine.update("/registry/pods/a", [2, 0, 255])
      try kine.delete("/registry/pods/b")
      try kine.create("/registry/pods/b", [3])
    } _: { (store, summary) async throws in
      let a = try #require(try await store.get("/registry/pods/a"))
      #expect(a.value == [2, 0, 255])
      #expect((a.createRevision.rawValue, a.modRevision.rawValue, a.version) == (3, 5, 2))
      let b = try #require(try await store.get("/registry/pods/b"))
      #expect((b.value, b.createRevision.rawValue, b.version) == ([3], 7, 1))
      #expect(summary.keyCount == 3 && summary.revision.rawValue == 7 && summary.compactedRevision == .zero)
      #expect(summary.historyRevisionCount == 6 && summary.supersededRowCount == 0 && !summary.addsRevision)
      #expect(try await store.put("/registry/pods/c", [4]).rawValue == 8)
    }
  }

  @Test("what kine has not compacted can be read and watched, with previous values")
  func history() async throws {
    try await withImport { kine in
      for round in 0..<5 {
        try kine.create("/a", [UInt8(round)])
        try kine.update("/a", [UInt8(round), 1])
        try kine.delete("/a")
      }
      try kine.compact(to: 8)
    } _: { (store, summary) async throws in
      #expect(summary.compactedRevision.rawValue == 9 && summary.revision.rawValue == 17)
      #expect(try await store.get("/a", revision: Revision(rawValue: 10))?.value == [2, 1])
      #expect(try await store.get("/a", revision: Revision(rawValue: 11)) == nil)
      await #expect(throws: StoreError.self) { try await store.get("/a", revision: Revision(rawValue: 8)) }
      let events = try await events(store, from: 9, count: 9)
      #expect(events.map(\.keyValue.modRevision.rawValue) == Array(9...17))
      #expect(events[0].isCreate && events[1].previous?.value == [2] && events[2].kind == .delete)
      #expect(events[2].previous?.value == [2, 1])
    }
  }

  @Test("history begins after a number that kine filled; the row is left out and counted")
  func gaps() async throws {
    try await withImport { kine in
      try kine.create("/a", [1])
      try kine.gap()
      try kine.update("/a", [2])
      try kine.update("/a", [3])
    } _: { (store, summary) async throws in
      #expect(summary.gapRowCount == 1 && summary.compactedRevision.rawValue == 5 && summary.revision.rawValue == 6)
      #expect(try await store.range(RangeRequest(.all)).count == 2)
      let events = try await events(store, from: 5, count: 2)
      #expect(events.map(\.previous?.value) == [[1], [2]])
      #expect(events.map(\.keyValue.version) == [2, 3])
    }
  }

  @Test("where kine's newest number has no change of its own one revision is added, and no user's key is touched")
  func newestIsAGap() async throws {
    try await withImport { kine in
      try kine.create("/a", [1])
      try kine.gap()
    } _: { (store, summary) async throws in
      #expect(summary.addsRevision && summary.revision.rawValue == 5)
      #expect(try await store.status().revision.rawValue == 5)
      #expect(try await store.get("/a")?.modRevision.rawValue == 3)
      #expect(try await store.range(RangeRequest(.all)).count == 2)
      #expect(try await store.put("/b", []).rawValue == 6)
    }
  }

  @Test("a database that was compacted to its newest revision is taken over too")
  func compactedToTheEnd() async throws {
    try await withImport { kine in
      try kine.create("/a", [1])
      try kine.update("/a", [2])
      try kine.compact(to: 4)
    } _: { (store, summary) async throws in
      #expect(summary.addsRevision && summary.revision.rawValue == 5 && summary.keyCount == 2)
      let a = try #require(try await store.get("/a"))
      // Kept no longer, but there must have been a version before this one.
      #expect((a.value, a.modRevision.rawValue, a.createRevision.rawValue, a.version) == ([2], 4, 3, 2))
      try await store.put("/a", [3])
      #expect(try await store.get("/a")?.version == 3)
    }
  }

  @Test("the revision goes on even when the newest row is a deletion that was compacted")
  func compactedDeletion() async throws {
    try await withImport { kine in
      try kine.create("/a", [1])
      try kine.delete("/a")
      try kine.compact(to: 4)
    } _: { (store, summary) async throws in
      #expect(summary.addsRevision && summary.revision.rawValue == 5 && summary.keyCount == 1)
      #expect(try await store.put("/a", [3]).rawValue == 6)
    }
  }

  @Test("a kine that was only started has nothing but its own keys")
  func freshDatabase() async throws {
    try await withImport { _ in
    } _: { (store, summary) async throws in
      #expect(summary.revision.rawValue == 2 && summary.keyCount == 1)
      #expect(try await store.get("/registry/health") != nil)
    }
  }

  @Test("leases are times to live: the keys go when the time is over, counted from the opening")
  func leases() async throws {
    let clock = ManualClock()
    try await withImport(clock: clock) { kine in
      try kine.create("/event1", [1], lease: 60)
      try kine.create("/event2", [2], lease: 60)
      try kine.create("/master", [3], lease: 15)
      try kine.create("/was", [4], lease: 30)
      try kine.update("/was", [5])
    } _: { (store, summary) async throws in
      #expect(summary.leaseCount == 2 && summary.leasedKeyCount == 3)
      #expect(try await store.leases().map(\.timeToLive) == [.seconds(15), .seconds(60)])
      #expect(try await store.get("/event1")?.lease.rawValue == 60)
      #expect(try await store.leaseStatus(LeaseID(rawValue: 60))?.keys == ["/event1", "/event2"])
      let watch = try await store.watch(WatchRequest(.all))
      clock.advance(by: .seconds(16))
      for try await batch in watch where batch.events.contains(where: { $0.keyValue.key == "/master" }) { break }
      #expect(
        try await store.range(RangeRequest(.prefix("/"))).kvs.map(\.key.description).sorted() == [
          "/event1", "/event2", "/registry/health", "/was",
        ])
    }
  }

  @Test("the API server's record of compactions gets its real name, value and version")
  func compactRecord() async throws {
    try await withImport { kine in
      try kine.recordCompaction(version: 1, value: "10")
      try kine.recordCompaction(version: 2, value: "20")
      try kine.compact(to: 4)
      try kine.recordCompaction(version: 3, value: "30")
    } _: { (store, _) async throws in
      let record = try #require(try await store.get("compact_rev_key"))
      #expect(String(decoding: record.value, as: UTF8.self) == "30" && record.version == 3)
      #expect(try await store.get("compact_rev_key_apiserver") == nil)
    }
  }

  @Test("what is only in kine's log is taken over, and neither file is changed")
  func unfoldedLog() async throws {
    try await withTemporaryDirectory { folder in
      let live = folder + "/live.db"
      let kine = try TestKine(live)
      try kine.create("/a", [7])
      // A copy of the moment, as a kine that was killed leaves it.
      let source = folder + "/state"
      try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: true)
      for suffix in ["", "-wal"] {
        try FileManager.default.copyItem(atPath: live + suffix, toPath: source + "/state.db" + suffix)
      }
      let before = try contents(of: source)
      #expect(try #require(before["state.db-wal"]).count > 0)
      let summary = try KineImport.run(from: source + "/state.db", into: folder + "/store.db")
      #expect(summary.keyCount == 2 && summary.revision.rawValue == 3)
      #expect(try contents(of: source) == before)
    }
  }

  @Test("a running kine is noticed, even an idle one, and nothing is made")
  func lockedByAKine() async throws {
    try await withTemporaryDirectory { folder in
      let kine = try TestKine(folder + "/state.db")
      try kine.create("/a", [1])
      let error = #expect(throws: KineError.self) {
        try KineImport.run(from: folder + "/state.db", into: folder + "/store.db")
      }
      #expect(error?.code == .locked)
      #expect(try contents(of: folder).keys.filter { $0.hasPrefix("store") }.isEmpty)
      try kine.create("/b", [1])
    }
  }

  @Test("a store that is there already is left alone; what an interrupted import left is not")
  func destination() async throws {
    try await withTemporaryDirectory { folder in
      do { _ = try TestKine(folder + "/state.db", journal: "DELETE") }
      try Data("mine".utf8).write(to: URL(fileURLWithPath: folder + "/store.db"))
      let error = #expect(throws: KineError.self) {
        try KineImport.run(from: folder + "/state.db", into: folder + "/store.db")
      }
      #expect(error?.code == .cannotOpen)
      #expect(try contents(of: folder)["store.db"] == Data("mine".utf8))
      try Data("half".utf8).write(to: URL(fileURLWithPath: folder + "/new.db.partial"))
      _ = try KineImport.run(from: folder + "/state.db", into: folder + "/new.db")
      #expect(try contents(of: folder).keys.filter { $0.hasPrefix("new") } == ["new.db"])
    }
  }

  @Test("values longer than a transaction's limit are taken over and counted")
  func oversizedValues() async throws {
    try await withImport { kine in
      try kine.create("/large", [UInt8](repeating: 7, count: 2 << 20))
    } _: { (store, summary) async throws in
      #expect(summary.oversizedValueCount == 1)
      #expect(try await store.get("/large")?.value.count == 2 << 20)
    }
  }
}
#endif
