#if SQLite
import EdgeStore

/// One named step of the schema's history. Released steps never change; new ones are appended.
struct Migration {
  let name: String
  let sql: String

  /// The table of changes is append-only and is the whole truth: current keys are those that nothing has superseded.
  /// So a put writes one row at the end of one table, and values are stored once. `id` is ``ChangeRow/id(of:)``.
  static let all = [
    Migration(
      name: "2026-11-changes",
      sql: """
        CREATE TABLE changes (
          id INTEGER PRIMARY KEY,
          kind INTEGER NOT NULL,
          key BLOB NOT NULL,
          value BLOB NOT NULL,
          create_revision INTEGER NOT NULL,
          version INTEGER NOT NULL,
          checksum INTEGER NOT NULL
        );
        CREATE TABLE compaction (only INTEGER PRIMARY KEY CHECK (only = 1), revision INTEGER NOT NULL);
        INSERT INTO compaction VALUES (1, 0);
        """),
    // A lease's end is not stored: see `LeaseDeadlines`. Times are whole seconds.
    Migration(
      name: "2026-11-leases",
      sql: """
        ALTER TABLE changes ADD COLUMN lease INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE leases (id INTEGER PRIMARY KEY, time_to_live INTEGER NOT NULL);
        """),
    // Which version a change superseded: with it, history can be read and compacted from the disk alone. `cursor` is how
    // far compaction has come. Earlier rows learn their predecessors from an index that is needed only for that.
    Migration(
      name: "2026-11-history",
      sql: """
        ALTER TABLE changes ADD COLUMN previous INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE compaction ADD COLUMN cursor INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX changes_by_key ON changes (key, id, kind);
        UPDATE changes SET previous = coalesce((
          SELECT CASE older.kind WHEN 0 THEN older.id ELSE 0 END FROM changes AS older
          WHERE older.key = changes.key AND older.id < changes.id ORDER BY older.id DESC LIMIT 1), 0);
        DROP INDEX changes_by_key;
        """),
    // `session` ties the file of keys to this database: see `KeyIndexFile`.
    Migration(
      name: "2026-11-session",
      sql: """
        CREATE TABLE session (only INTEGER PRIMARY KEY CHECK (only = 1), id INTEGER NOT NULL);
        INSERT INTO session VALUES (1, 0);
        """),
    // See `HeartbeatPolicy`: revisions that are in no row, and those that may have been given out without one.
    Migration(
      name: "2026-11-heartbeats",
      sql: """
        ALTER TABLE session ADD COLUMN reserved INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE session ADD COLUMN heartbeats BLOB NOT NULL DEFAULT x'';
        CREATE TABLE skipped (first INTEGER PRIMARY KEY, last INTEGER NOT NULL);
        """),
  ]

  /// "EDGE" in ASCII: marks the file as ours, so that another program's database is never taken over.
  static let applicationID: Int64 = 0x4544_4745

  /// Brings the database to the newest schema, in one transaction.
  ///
  /// - Returns: whether the database was new.
  /// - Throws: `incompatible` when the database is another program's or was written by a newer version of ours.
  static func migrate(_ connection: SQLiteConnection) throws(StoreError) -> Bool {
    let owner = try connection.integer("PRAGMA application_id") ?? 0
    let isNew = try connection.integer("SELECT count(*) FROM sqlite_schema") == 0
    if owner != applicationID && !(isNew && owner == 0) {
      throw StoreError(.incompatible, "the file is a sound SQLite database, but not one of EdgeStore")
    }
    let applied = isNew ? [] : try appliedNames(connection)
    guard applied == all.prefix(applied.count).map(\.name) else {
      throw StoreError(
        .incompatible,
        "the database has the schema \(applied.last ?? "(none)"), which this version does not know; it knows \(all.map(\.name))"
      )
    }
    if applied.count == all.count { return false }
    try connection.execute("BEGIN IMMEDIATE")
    if isNew {
      try connection.execute("PRAGMA application_id = \(applicationID)")
      try connection.execute("CREATE TABLE migrations (position INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)")
    }
    let record = try connection.prepare("INSERT INTO migrations (name) VALUES (?)")
    for migration in all.dropFirst(applied.count) {
      try connection.execute(migration.sql)
      try record.bind(migration.name, at: 1)
      try record.run()
    }
    try connection.execute("COMMIT")
    return isNew
  }

  private static func appliedNames(_ connection: SQLiteConnection) throws(StoreError) -> [String] {
    let rows = try connection.prepare("SELECT name FROM migrations ORDER BY position")
    var names: [String] = []
    while try rows.step() { names.append(rows.text(at: 0) ?? "") }
    return names
  }
}
#endif
