#if SQLite
import EdgeStore
import EdgeStoreSQLite
import Foundation

/// A kine database as kine's own SQLite driver writes it, statement by statement.
final class TestKine {
  let path: String
  private let connection: SQLiteConnection

  static let schema = [
    """
    CREATE TABLE IF NOT EXISTS kine (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, created INTEGER, deleted INTEGER,
    create_revision INTEGER, prev_revision INTEGER, lease INTEGER, value BLOB, old_value BLOB)
    """,
    "CREATE INDEX IF NOT EXISTS kine_name_index ON kine (name)",
    "CREATE INDEX IF NOT EXISTS kine_name_id_index ON kine (name,id)",
    "CREATE INDEX IF NOT EXISTS kine_id_deleted_index ON kine (id,deleted)",
    "CREATE INDEX IF NOT EXISTS kine_prev_revision_index ON kine (prev_revision)",
    "CREATE UNIQUE INDEX IF NOT EXISTS kine_name_prev_revision_uindex ON kine (name, prev_revision)",
    """
    CREATE INDEX IF NOT EXISTS kine_id_compact_rev_key_with_prev_revision_index ON kine(id, name, prev_revision)
    WHERE name != 'compact_rev_key' AND prev_revision != 0
    """,
  ]

  /// Opens the database as a kine does at its start: what is missing is made.
  init(_ path: String, journal: String = "WAL", isStarted: Bool = true) throws {
    self.path = path
    connection = try SQLiteConnection(path: path)
    try connection.execute("PRAGMA journal_mode = \(journal); PRAGMA synchronous = OFF")
    for statement in Self.schema { try connection.execute(statement) }
    guard isStarted else { return }
    if try connection.integer("SELECT count(*) FROM kine WHERE name = 'compact_rev_key'") == 0 {
      try append("compact_rev_key", created: true, value: [])
    }
    if try current("/registry/health") == nil { try create("/registry/health", Array(#"{"health":"true"}"#.utf8)) }
  }

  @discardableResult
  func append(
    _ name: String, created: Bool = false, deleted: Bool = false, createRevision: Int64 = 0, previous: Int64 = 0,
    lease: Int64 = 0, value: [UInt8]?
  ) throws -> Int64 {
    let insertion = try connection.prepare(
      """
      INSERT INTO kine (name, created, deleted, create_revision, prev_revision, lease, value, old_value)
      SELECT ?, ?, ?, ?, ?, ?, ?, (SELECT value FROM kine WHERE id = ?)
      """)
    try insertion.bind(name, at: 1)
    for (index, number) in [created ? 1 : 0, deleted ? 1 : 0, createRevision, previous, lease].enumerated() {
      try insertion.bind(number, at: Int32(index) + 2)
    }
    if let value { try insertion.bind(value, at: 7) } else { try insertion.bindNull(at: 7) }
    try insertion.bind(previous, at: 8)
    try insertion.run()
    return try revision()
  }

  @discardableResult
  func create(_ name: String, _ value: [UInt8], lease: Int64 = 0) throws -> Int64 {
    let latest = try connection.integer("SELECT max(id) FROM kine WHERE name = '\(name)'") ?? 0
    return try append(name, created: true, previous: latest, lease: lease, value: value)
  }

  @discardableResult
  func update(_ name: String, _ value: [UInt8], lease: Int64 = 0) throws -> Int64 {
    guard let current = try current(name) else { throw KineTestFailure() }
    return try append(
      name, createRevision: current.createRevision, previous: current.modRevision, lease: lease, value: value)
  }

  @discardableResult
  func delete(_ name: String) throws -> Int64 {
    guard let current = try current(name) else { throw KineTestFailure() }
    return try append(name, deleted: true, previous: current.modRevision, value: nil)
  }

  /// The API server's record of its compactions, through kine's substitute key.
  func recordCompaction(version: Int, value: String) throws {
    let stored = Array("\(version)|\(value)".utf8)
    if version == 1 {
      try create("compact_rev_key_apiserver", stored)
    } else {
      try update("compact_rev_key_apiserver", stored)
    }
  }

  func gap() throws {
    let revision = try revision() + 1
    try append("gap-\(revision)", deleted: true, value: nil)
  }

  func compact(to revision: Int64) throws {
    try connection.execute(
      """
      DELETE FROM kine WHERE id IN (
        SELECT prev_revision FROM kine WHERE name != 'compact_rev_key' AND prev_revision != 0 AND id <= \(revision)
        UNION SELECT id FROM kine WHERE deleted != 0 AND id <= \(revision));
      UPDATE kine SET prev_revision = \(revision) WHERE name = 'compact_rev_key'
      """)
  }

  func execute(_ sql: String) throws { try connection.execute(sql) }
  func integer(_ sql: String) throws -> Int64? { try connection.integer(sql) }
  func revision() throws -> Int64 { try connection.integer("SELECT max(id) FROM kine") ?? 0 }

  func compactedRevision() throws -> Int64 {
    try connection.integer("SELECT max(prev_revision) FROM kine WHERE name = 'compact_rev_key'") ?? 0
  }

  struct Version: Equatable {
    var key: String
    var value: [UInt8]
    var createRevision: Int64
    var modRevision: Int64
    var lease: Int64
  }

  private func current(_ name: String) throws -> Version? { try list(from: name, until: name + "\u{1}").first }

  /// What kine answers for everything under `/` at a revision.
  func list(at revision: Int64 = .max, from start: String = "/", until end: String = "0") throws -> [Version] {
    let rows = try connection.prepare(
      """
      SELECT id, name, created, create_revision, lease, value FROM kine INNER JOIN
      (SELECT max(id) AS id FROM kine WHERE name >= ?2 AND name < ?3 AND id <= ?1 GROUP BY name) USING (id)
      WHERE deleted = 0 ORDER BY name
      """)
    try rows.bind(revision, at: 1)
    try rows.bind(start, at: 2)
    try rows.bind(end, at: 3)
    var versions: [Version] = []
    while try rows.step() {
      versions.append(
        Version(
          key: rows.text(at: 1) ?? "", value: rows.bytes(at: 5),
          createRevision: rows.integer(at: 2) == 1 ? rows.integer(at: 0) : rows.integer(at: 3),
          modRevision: rows.integer(at: 0), lease: rows.integer(at: 4)))
    }
    return versions
  }
}

struct KineTestFailure: Error {}

extension SQLiteStore {
  /// What the store answers for the same question.
  func list(at revision: Int64? = nil) async throws -> [TestKine.Version] {
    let range = RangeRequest(
      .from("/", until: "0"), revision: revision.map { Revision(rawValue: $0) })
    return try await self.range(range).kvs.map {
      TestKine.Version(
        key: $0.key.description, value: $0.value, createRevision: $0.createRevision.rawValue,
        modRevision: $0.modRevision.rawValue, lease: $0.lease.rawValue)
    }
  }
}

func withTemporaryDirectory<Output>(_ body: (_ path: String) async throws -> Output) async throws -> Output {
  let path = NSTemporaryDirectory() + "edge-kine-\(UInt64.random(in: 0 ... .max))"
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try await body(path)
}

/// The content of every file in a folder by its name.
func contents(of folder: String) throws -> [String: Data] {
  var files: [String: Data] = [:]
  for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
    files[name] = FileManager.default.contents(atPath: folder + "/" + name)
  }
  return files
}
#endif
