#if SQLite
import EdgePrimitives
import EdgeStore
import Testing

@testable import EdgeStoreSQLite

/// Work on whole databases: see `SQLiteStore.verify(path:progress:)`, `statistics` and `shrink`.
@Suite struct SQLiteOfflineTests {
  private static let keepsAll = SQLiteStoreConfiguration(compaction: nil)

  /// A store of 300 revisions over 30 keys, one lease, some deletions; closed.
  private func makeDatabase(at path: String) async throws {
    let store = try SQLiteStore.open(path: path, configuration: Self.keepsAll)
    let lease = try await store.grantLease(LeaseID(rawValue: 77), timeToLive: .seconds(60))
    // At once, so that they are committed in groups.
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<300 {
        group.addTask {
          let value = Array("value-number-\(index)-".utf8) + [UInt8](repeating: UInt8(index % 256), count: 400)
          try await store.put(
            StoreKey("/registry/pods/default/\(index % 30)"), value, lease: index % 30 == 7 ? lease.id : .none)
        }
      }
      try await group.waitForAll()
    }
    try await store.delete("/registry/pods/default/3")
    await store.close()
  }

  @Test("a sound database is found sound, open or not, with its figures, and stays as it is")
  func soundDatabase() async throws {
    try await withTemporaryDirectory { folder in
      let path = folder + "/store.db"
      try await makeDatabase(at: path)
      let before = readFile(path)
      let report = try SQLiteStore.verify(path: path)
      #expect(report.isSound && report.findings.isEmpty)
      #expect(report.rowCount == 301 && report.keyCount == 29 && report.leaseCount == 1)
      #expect(report.revision.rawValue == 302 && report.compactedRevision == .zero)
      #expect(readFile(path) == before)

      let store = try SQLiteStore.open(path: path)
      try await store.put("/a", [])
      #expect(try SQLiteStore.verify(path: path).revision.rawValue == 303)
      await store.close()
    }
  }

  @Test("every damage that can be inflicted is found and named", arguments: Damage.allCases)
  func damage(_ damage: Damage) async throws {
    try await withTemporaryDirectory { folder in
      let path = folder + "/store.db"
      try await makeDatabase(at: path)
      try damage.inflict(on: path)
      switch damage {
      case .removedBesideALog, .emptiedBesideALog:
        #expect(throws: StoreError.self) { try SQLiteStore.verify(path: path) }
      default:
        let report = try SQLiteStore.verify(path: path)
        #expect(!report.isSound && !report.findings.isEmpty)
        if damage == .bitFlippedInAValue {
          // SQLite does not notice; the row's checksum does.
          #expect(report.findings.map(\.subject) == [.row])
          #expect(report.rowCount == 301)
        }
      }
    }
  }

  @Test("a lost row and a row that does not follow are contradictions of history")
  func contradictions() async throws {
    try await withTemporaryDirectory { folder in
      let path = folder + "/store.db"
      try await makeDatabase(at: path)
      do {
        let connection = try SQLiteConnection(path: path)
        try connection.execute("DELETE FROM changes WHERE id = 100 << 20")
      }
      let report = try SQLiteStore.verify(path: path)
      #expect(report.findings.map(\.subject) == [.history])
      #expect(report.findings.first?.message.contains("revision 100 is missing") == true)
    }
  }

  @Test("statistics tell keys, bytes, history and leases, beside an open store")
  func statistics() async throws {
    try await withTemporaryDirectory { folder in
      let path = folder + "/store.db"
      try await makeDatabase(at: path)
      let store = try SQLiteStore.open(path: path, configuration: Self.keepsAll)
      try await store.put("/registry/apps.example.com/widgets/default/w", [UInt8](repeating: 1, count: 5000))
      try await store.put("plain", [1])
      let statistics = try SQLiteStore.statistics(path: path, largestCount: 2)
      #expect(statistics.revision.rawValue == 304 && statistics.keyCount == 31)
      #expect(statistics.historyRowCount == 303 - 31)
      #expect(
        statistics.usage.map(\.prefix) == ["/registry/pods", "/registry/apps.example.com/widgets", "plain"])
      #expect(statistics.usage.map(\.keyCount) == [29, 1, 1])
      #expect(statistics.usage.map(\.bytes).reduce(0, +) == statistics.currentBytes)
      #expect(statistics.largestKeys.map(\.valueBytes).first == 5000 && statistics.largestKeys.count == 2)
      #expect(statistics.leases.map(\.keyCount) == [1] && statistics.leases.first?.lease.id.rawValue == 77)
      #expect(statistics.databaseBytes > 0 && statistics.logBytes > 0)
      await store.close()
    }
  }

  @Test("shrinking drops what only older revisions needed, gives the space back and keeps everything else")
  func shrink() async throws {
    try await withTemporaryDirectory { folder in
      let path = folder + "/store.db"
      try await makeDatabase(at: path)
      let report = try await SQLiteStore.shrink(path: path, keeping: .newest(10))
      #expect(report.revision.rawValue == 302 && report.compactedRevision.rawValue == 293)
      #expect(report.removedRowCount > 200 && report.bytesAfter < report.bytesBefore / 2)
      let store = try SQLiteStore.open(path: path, configuration: Self.keepsAll)
      #expect(try await store.range(RangeRequest(.all)).count == 29)
      #expect(try await store.range(RangeRequest(.all, revision: Revision(rawValue: 293))).count == 30)
      await #expect(throws: StoreError.self) {
        try await store.range(RangeRequest(.all, revision: Revision(rawValue: 292)))
      }
      #expect(try await store.put("/b", []).rawValue == 303)
      await store.close()
      #expect(try SQLiteStore.verify(path: path).isSound)
      let again = try await SQLiteStore.shrink(path: path, keeping: nil)
      #expect(again.removedRowCount == 0 && again.compactedRevision.rawValue == 293)
    }
  }

  @Test("shrinking refuses an open or damaged store, and revisions that are not there")
  func shrinkErrors() async throws {
    try await withTemporaryDirectory { folder in
      let path = folder + "/store.db"
      try await makeDatabase(at: path)
      func code(_ history: HistoryToKeep?) async -> StoreError.Code? {
        do throws(StoreError) {
          _ = try await SQLiteStore.shrink(path: path, keeping: history)
          return nil
        } catch { return error.code }
      }
      let store = try SQLiteStore.open(path: path)
      #expect(await code(.newest(1)) == .locked)
      await store.close()
      #expect(await code(.from(Revision(rawValue: 303))) == .futureRevision)
      #expect(await code(.from(Revision(rawValue: 100))) == nil)
      #expect(await code(.from(Revision(rawValue: 50))) == .compacted)
      try Damage.bitFlippedInAValue.inflict(on: path)
      #expect(await code(nil) == .damaged)
    }
  }
}
#endif
