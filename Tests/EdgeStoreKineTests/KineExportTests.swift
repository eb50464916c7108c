#if SQLite
import EdgeStore
import EdgeStoreKine
import EdgeStoreSQLite
import Foundation
import Testing

@Suite struct KineExportTests {
  /// Exports what `make` wrote; the store is closed, as a stopped server leaves it.
  private func withExport(
    _ make: (SQLiteStore) async throws -> Void,
    _ check: (TestKine, KineExportSummary, _ folder: String) async throws -> Void
  ) async throws {
    try await withTemporaryDirectory { folder in
      let store = try SQLiteStore.open(
        path: folder + "/store.db", configuration: SQLiteStoreConfiguration(compaction: nil))
      try await make(store)
      await store.close()
      let summary = try KineExport.run(from: folder + "/store.db", into: folder + "/state.db")
      try await check(try TestKine(folder + "/state.db", isStarted: false), summary, folder)
    }
  }

  @Test("a kine finds keys, revisions, leases and history as they were, and its own row")
  func export() async throws {
    try await withExport { store in
      _ = try await store.grantLease(LeaseID(rawValue: 0x1234), timeToLive: .seconds(3600))
      try await store.put("/a", [1])
      try await store.put("/a", [2])
      try await store.put("/event", [3], lease: LeaseID(rawValue: 0x1234))
      try await store.delete("/a")
      try await store.put("/a", [4])
      try await store.put("compact_rev_key", Array("2".utf8))
    } _: { (kine, summary, _) async throws in
      #expect(summary.revision.rawValue == 7 && summary.keyCount == 3 && summary.leasedKeyCount == 1)
      #expect(
        summary.historyRevisionCount == 6 && summary.leftOutChangeCount == 0 && summary.compactedRevision == .zero)
      #expect(
        try kine.list() == [
          .init(key: "/a", value: [4], createRevision: 6, modRevision: 6, lease: 0),
          .init(key: "/event", value: [3], createRevision: 4, modRevision: 4, lease: 3600),
        ])
      #expect(try kine.list(at: 3).map(\.value) == [[2]])
      #expect(try kine.integer("SELECT prev_revision FROM kine WHERE id = 3") == 2)
      #expect(try kine.integer("SELECT hex(old_value) FROM kine WHERE id = 3") == 1)
      #expect(try kine.integer("SELECT prev_revision FROM kine WHERE id = 6") == 5)
      #expect(
        try kine.integer("SELECT value = '1|2' FROM kine WHERE name = 'compact_rev_key_apiserver'") == 0,
        "a blob, as kine writes it")
      #expect(try kine.integer("SELECT CAST(value AS TEXT) = '1|2' FROM kine WHERE id = 7") == 1)
      #expect(try kine.integer("SELECT id FROM kine WHERE name = 'compact_rev_key'") == 1)
      // Numbers go on where the store stood, whatever is deleted.
      #expect(try kine.integer("SELECT seq FROM sqlite_sequence WHERE name = 'kine'") == 7)
      #expect(try kine.create("/b", []) == 8)
    }
  }

  @Test("history begins after the last revision that changed several keys")
  func severalKeysInOneRevision() async throws {
    try await withExport { store in
      try await store.put("/a", [1])
      try await store.put("/b", [2])
      try await store.put("/c", [3])
      try await store.delete(.prefix("/b"))
      try await store.put("/b", [4])
      try await store.delete(.from("/b", until: "/d"))
      try await store.put("/a", [5])
    } _: { (kine, summary, _) async throws in
      #expect(summary.compactedRevision.rawValue == 7 && summary.historyRevisionCount == 1)
      #expect(summary.leftOutChangeCount == 6 && summary.movedKeys.isEmpty)
      #expect(try kine.list().map(\.value) == [[5]])
      #expect(try kine.list(at: 7).map(\.value) == [[1]])
      #expect(try kine.revision() == 8)
    }
  }

  @Test("keys written in one revision get numbers of their own, and the summary names them")
  func keysOfOneRevision() async throws {
    try await withExport { store in
      _ = try await store.commit(Transaction(success: [.put("/a", [1]), .put("/b", [2]), .put("/c", [3])]))
      try await store.put("/d", [4])
    } _: { (kine, summary, _) async throws in
      #expect(summary.movedKeys == ["/b", "/c"] && summary.revision.rawValue == 5)
      #expect(try kine.list().map(\.value) == [[1], [2], [3], [4]])
      #expect(try kine.list().map(\.modRevision) == [2, 4, 5, 3])
      #expect(try kine.list().map(\.createRevision) == [2, 2, 2, 3])
      #expect(try kine.create("/e", []) == 6)
    }
  }

  @Test("an empty store, and one that is empty again, keep their revision")
  func emptyStores() async throws {
    try await withExport { _ in
    } _: { (kine, summary, _) async throws in
      #expect(try kine.list().isEmpty && kine.revision() == 1)
      #expect(summary.keyCount == 0 && summary.revision.rawValue == 1)
    }
    try await withExport { store in
      try await store.put("/a", [1])
      try await store.put("/b", [1])
      try await store.delete(.all)
    } _: { (kine, summary, folder) async throws in
      #expect(try kine.list().isEmpty && kine.revision() == 4)
      #expect(try kine.integer("SELECT count(*) FROM kine WHERE name = 'gap-4'") == 1)
      #expect(summary.revision.rawValue == 4)
    }
  }

  @Test("keys that kine would take for its own rows are left out and named")
  func reservedKeys() async throws {
    try await withExport { store in
      try await store.put("gap-17", [1])
      try await store.put("compact_rev_key_apiserver", [1])
      try await store.put("/a", [1])
    } _: { (kine, summary, _) async throws in
      #expect(summary.reservedKeys == ["compact_rev_key_apiserver", "gap-17"] && summary.keyCount == 1)
      #expect(try kine.list(at: 4).map(\.modRevision) == [4])
    }
  }

  @Test("keys of any bytes come back as they were")
  func anyBytes() async throws {
    let keys = [StoreKey([0xFF, 0x00, 0x80]), StoreKey([0x2F, 0x00]), StoreKey("/\u{e4}'\"")]
    try await withTemporaryDirectory { folder in
      let store = try SQLiteStore.open(path: folder + "/store.db")
      for key in keys { try await store.put(key, key.bytes) }
      await store.close()
      _ = try KineExport.run(from: folder + "/store.db", into: folder + "/state.db")
      _ = try KineImport.run(from: folder + "/state.db", into: folder + "/again.db")
      let again = try SQLiteStore.open(path: folder + "/again.db")
      for key in keys { #expect(try await again.get(key)?.value == key.bytes) }
      await again.close()
    }
  }

  @Test("a store that is open, damaged or missing has its error, and nothing is made")
  func errors() async throws {
    try await withTemporaryDirectory { folder in
      let path = folder + "/store.db"
      let store = try SQLiteStore.open(path: path)
      try await store.put("/a", Array("a-value-that-can-be-found".utf8))
      #expect(throws: KineError.self) { try KineExport.run(from: path, into: folder + "/state.db") }
      await store.close()
      var content = try #require(FileManager.default.contents(atPath: path))
      let position = try #require(content.range(of: Data("a-value-that".utf8))?.lowerBound)
      content[position] ^= 1
      try content.write(to: URL(fileURLWithPath: path))
      let damaged = #expect(throws: KineError.self) { try KineExport.run(from: path, into: folder + "/state.db") }
      #expect(damaged?.code == .damaged)
      let missing = #expect(throws: KineError.self) {
        try KineExport.run(from: folder + "/no", into: folder + "/state.db")
      }
      #expect(missing?.code == .cannotOpen)
      #expect(try contents(of: folder).keys.filter { $0.hasPrefix("state") }.isEmpty)
    }
  }
}
#endif
