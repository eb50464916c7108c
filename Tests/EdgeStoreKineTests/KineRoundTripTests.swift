#if SQLite
import EdgePrimitives
import EdgeStore
import EdgeStoreKine
import EdgeStoreSQLite
import Foundation
import Testing

@Suite struct KineRoundTripTests {
  @Test("whatever a kine went through, the store answers as it did at every revision, and so does the kine made of it")
  func randomHistories() async throws {
    let first = UInt64(ProcessInfo.processInfo.environment["EDGE_TEST_SEED"] ?? "") ?? .random(in: 0..<1_000_000)
    print("kine round trips from seed \(first)")
    for seed in first..<first + 12 {
      try await withTemporaryDirectory { folder in
        let expected = try play(seed, at: folder + "/state.db")
        let imported = try KineImport.run(from: folder + "/state.db", into: folder + "/store.db")
        try await check(folder + "/store.db", against: expected, imported)

        let exported = try KineExport.run(from: folder + "/store.db", into: folder + "/back.db")
        #expect(exported.revision == imported.revision, "seed \(seed)")
        #expect(exported.keyCount == imported.keyCount && exported.movedKeys.isEmpty, "seed \(seed)")
        let back = try TestKine(folder + "/back.db", isStarted: false)
        #expect(try back.revision() == exported.revision.rawValue, "seed \(seed)")
        #expect(try back.compactedRevision() == exported.compactedRevision.rawValue, "seed \(seed)")
        for (revision, versions) in expected where revision >= exported.compactedRevision.rawValue {
          // Of a version that is history, the lease may have ended, and how long it was is not kept.
          #expect(
            try back.list(at: revision).map(withoutLease) == versions.map(withoutLease), "seed \(seed) at \(revision)")
        }
        #expect(try back.list() == expected[try #require(expected.keys.max())], "seed \(seed)")
        // It goes on as a kine does, its unique index included.
        try back.create("/new", [1])
        try back.update("/new", [2])
        for version in try back.list() { try back.delete(version.key) }
        try back.compact(to: try back.revision())
        #expect(try back.integer("SELECT count(*) FROM kine WHERE name >= '/' AND name < '0'") == 0)
      }
    }
  }

  private func withoutLease(_ version: TestKine.Version) -> TestKine.Version {
    var version = version
    version.lease = 0
    return version
  }

  /// Plays a random life; what kine answers at each revision from its compacted one on is the expectation.
  private func play(_ seed: UInt64, at path: String) throws -> [Int64: [TestKine.Version]] {
    let entropy = SeededEntropy(seed: seed)
    func number(below bound: Int) -> Int { Int(entropy.next(below: UInt64(bound))) }
    let kine = try TestKine(path)
    for _ in 0..<number(below: 120) {
      let name = "/registry/\(["pods", "leases"][number(below: 2)])/\(number(below: 6))"
      let value = (0..<number(below: 20)).map { _ in UInt8(number(below: 256)) }
      let exists = try kine.list().contains { $0.key == name }
      switch number(below: 20) {
      case 0: try kine.gap()
      case 1:
        // Kine never compacts its newest revision.
        let compacted = try kine.compactedRevision()
        try kine.compact(to: compacted + Int64(number(below: Int(try kine.revision() - compacted))))
      case 2...5 where exists: try kine.delete(name)
      default:
        if exists {
          try kine.update(name, value, lease: [0, 0, 60][number(below: 3)])
        } else {
          try kine.create(name, value, lease: [0, 0, 15][number(below: 3)])
        }
      }
    }
    var expected: [Int64: [TestKine.Version]] = [:]
    for revision in try kine.compactedRevision()...kine.revision() {
      expected[revision] = try kine.list(at: revision)
    }
    return expected
  }

  private func check(
    _ path: String, against expected: [Int64: [TestKine.Version]], _ summary: KineImportSummary
  ) async throws {
    let store = try SQLiteStore.open(path: path, configuration: SQLiteStoreConfiguration(compaction: nil))
    let newest = try #require(expected.keys.max())
    #expect(try await store.list() == expected[newest])
    #expect(summary.revision.rawValue == newest + (summary.addsRevision ? 1 : 0))
    for (revision, versions) in expected where revision > 0 && revision >= summary.compactedRevision.rawValue {
      #expect(try await store.list(at: revision) == versions, "at \(revision)")
    }
    await store.close()
  }
}
#endif
