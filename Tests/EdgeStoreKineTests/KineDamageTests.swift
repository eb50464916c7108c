#if SQLite
import EdgeStore
import EdgeStoreKine
import EdgeStoreSQLite
import Foundation
import Testing

/// What can be wrong with a kine database.
private struct Damage: CustomTestStringConvertible, Sendable {
  var name: String
  var sql: String
  var code: KineError.Code
  var testDescription: String { name }

  static let all = [
    Damage(name: "no table", sql: "DROP TABLE kine", code: .incompatible),
    Damage(name: "another table", sql: "DROP TABLE kine; CREATE TABLE kine (id INTEGER)", code: .incompatible),
    Damage(name: "a column is missing", sql: "ALTER TABLE kine DROP COLUMN old_value", code: .incompatible),
    Damage(name: "a name is null", sql: "UPDATE kine SET name = NULL WHERE id = 4", code: .invalidRow),
    Damage(name: "a name is empty", sql: "UPDATE kine SET name = '' WHERE id = 4", code: .invalidRow),
    Damage(name: "a name is a blob", sql: "UPDATE kine SET name = x'2f61' WHERE id = 4", code: .invalidRow),
    Damage(name: "created is 7", sql: "UPDATE kine SET created = 7 WHERE id = 4", code: .invalidRow),
    Damage(name: "deleted is text", sql: "UPDATE kine SET deleted = 'no' WHERE id = 4", code: .invalidRow),
    Damage(name: "deleted is null", sql: "UPDATE kine SET deleted = NULL WHERE id = 4", code: .invalidRow),
    Damage(name: "a lease is negative", sql: "UPDATE kine SET lease = -1 WHERE id = 4", code: .invalidRow),
    Damage(name: "a lease is for ever", sql: "UPDATE kine SET lease = 9223372036854775807", code: .invalidRow),
    Damage(name: "created in the future", sql: "UPDATE kine SET create_revision = 99 WHERE id = 4", code: .invalidRow),
    Damage(name: "never created", sql: "UPDATE kine SET create_revision = 0 WHERE id = 4", code: .invalidRow),
    Damage(name: "a value is a number", sql: "UPDATE kine SET value = 1.5 WHERE id = 4", code: .invalidRow),
    Damage(name: "row 0", sql: "UPDATE kine SET id = 0 WHERE id = 1", code: .invalidRow),
    Damage(name: "a huge row number", sql: "UPDATE kine SET id = 1 << 60 WHERE id = 5", code: .invalidRow),
    Damage(
      name: "compacted in the future", sql: "UPDATE kine SET prev_revision = 50 WHERE name = 'compact_rev_key'",
      code: .invalidRow),
    Damage(name: "no compacted revision", sql: "UPDATE kine SET prev_revision = -5 WHERE id = 1", code: .invalidRow),
    Damage(name: "a huge value", sql: "UPDATE kine SET value = zeroblob(5000000) WHERE id = 4", code: .valueTooLarge),
    Damage(
      name: "a huge text", sql: "UPDATE kine SET value = CAST(zeroblob(20000000) AS TEXT) WHERE id = 4",
      code: .valueTooLarge),
    Damage(name: "a row in the middle is missing", sql: "DELETE FROM kine WHERE id = 4", code: .brokenHistory),
    Damage(name: "the key's first row is missing", sql: "DELETE FROM kine WHERE id = 3", code: .brokenHistory),
    Damage(
      name: "a predecessor is another", sql: "UPDATE kine SET prev_revision = 2 WHERE id = 4", code: .brokenHistory),
    Damage(name: "created twice", sql: "UPDATE kine SET created = 1 WHERE id = 4", code: .brokenHistory),
  ]
}

@Suite struct KineDamageTests {
  private func make(at path: String) throws {
    // Rows: 1 kine's own, 2 health, 3 to 5 of one key, 6 another.
    let kine = try TestKine(path, journal: "DELETE")
    try kine.create("/a", [1])
    try kine.update("/a", [2])
    try kine.update("/a", [3])
    try kine.create("/b", [4])
  }

  @Test("each damage has its error, nothing is made and nothing is changed", arguments: Damage.all)
  private func damage(_ damage: Damage) async throws {
    try await withTemporaryDirectory { folder in
      let source = folder + "/state.db"
      try make(at: source)
      do {
        let kine = try SQLiteConnection(path: source)
        try kine.execute("PRAGMA synchronous = OFF; " + damage.sql)
      }
      let before = try contents(of: folder)
      let error = #expect(throws: KineError.self) { try KineImport.run(from: source, into: folder + "/store.db") }
      #expect(error?.code == damage.code, "\(error?.description ?? "")")
      #expect(try contents(of: folder) == before)
    }
  }

  @Test("a file that is no database, is cut off, is missing or is a folder has an error")
  func files() async throws {
    try await withTemporaryDirectory { folder in
      let source = folder + "/state.db"
      try make(at: source)
      let whole = try #require(FileManager.default.contents(atPath: source))
      let cases: [(Data, KineError.Code)] = [
        (Data("no database at all, but long enough to be looked at\n".utf8), .damaged),
        (whole.prefix(whole.count / 2), .damaged), (Data(), .incompatible),
      ]
      for (content, code) in cases {
        try content.write(to: URL(fileURLWithPath: source))
        let error = #expect(throws: KineError.self) { try KineImport.run(from: source, into: folder + "/store.db") }
        #expect(error?.code == code, "\(error?.description ?? "")")
      }
      for path in [folder + "/missing.db", folder] {
        let error = #expect(throws: KineError.self) { try KineImport.run(from: path, into: folder + "/store.db") }
        #expect(error?.code == .cannotOpen, "\(error?.description ?? "")")
      }
      #expect(try contents(of: folder).keys.sorted() == ["state.db"])
    }
  }

  @Test("of a broken history, what is there can be taken: the newest versions, history after the last break")
  func takeWhatIsThere() async throws {
    try await withTemporaryDirectory { folder in
      let source = folder + "/state.db"
      try make(at: source)
      do { try SQLiteConnection(path: source).execute("DELETE FROM kine WHERE id IN (2, 3)") }
      let summary = try KineImport.run(from: source, into: folder + "/store.db", policy: .whatIsThere)
      #expect(summary.missingRevisionCount == 2 && summary.contradictionCount == 1)
      #expect(summary.compactedRevision.rawValue == 5 && summary.revision.rawValue == 6 && summary.keyCount == 2)
      let store = try SQLiteStore.open(path: folder + "/store.db")
      let a = try #require(try await store.get("/a"))
      #expect((a.value, a.createRevision.rawValue, a.version) == ([3], 3, 3))
      await store.close()
    }
  }
}
#endif
