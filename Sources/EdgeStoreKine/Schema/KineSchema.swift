#if SQLite
import EdgeStore

/// The one table in which kine keeps its log, and the names that have a meaning of their own.
///
/// A row is a revision: `id` is its number, `name` the key, `created` and `deleted` say what happened, `create_revision`
/// is meaningful for updates only, `prev_revision` names the row that this one superseded, `lease` is a time to live in
/// seconds, and `old_value` repeats the superseded row's value. The current version of a key is its row of the highest id.
/// Source: k3s-io/kine, pkg/drivers/sqlite and pkg/logstructured/sqllog, August 2026.
enum KineSchema {
  static let table = "kine"
  static let columns = [
    "id", "name", "created", "deleted", "create_revision", "prev_revision", "lease", "value", "old_value",
  ]

  /// Kine makes what is missing of this at its start, by name.
  static let tableDefinition = """
    CREATE TABLE kine (
      id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, created INTEGER, deleted INTEGER, create_revision INTEGER,
      prev_revision INTEGER, lease INTEGER, value BLOB, old_value BLOB)
    """
  static let indexDefinitions = [
    "CREATE INDEX kine_name_index ON kine (name)",
    "CREATE INDEX kine_name_id_index ON kine (name, id)",
    "CREATE INDEX kine_id_deleted_index ON kine (id, deleted)",
    "CREATE INDEX kine_prev_revision_index ON kine (prev_revision)",
    "CREATE UNIQUE INDEX kine_name_prev_revision_uindex ON kine (name, prev_revision)",
    """
    CREATE INDEX kine_id_compact_rev_key_with_prev_revision_index ON kine (id, name, prev_revision)
    WHERE name != 'compact_rev_key' AND prev_revision != 0
    """,
  ]

  /// The row whose `prev_revision` is the compacted revision. Kine keeps no more than one.
  static let compactRowName = Array("compact_rev_key".utf8)
  /// What fills a number that no transaction got; kine tells nobody of it.
  static let gapPrefix = Array("gap-".utf8)

  /// Whether kine would take a row of this name for one of its own.
  static func reserves(_ key: StoreKey) -> Bool {
    key.bytes.starts(with: gapPrefix) || key.bytes == CompactRecord.storedName
  }

  static func gapName(_ revision: Int64) -> [UInt8] { gapPrefix + Array(String(revision).utf8) }
}

/// The API server's own record of its compactions. Its key is the name that kine's row has, so kine stores it under
/// another one, and the version, which its table has no place for, in front of the value: `<version>|<value>`.
enum CompactRecord {
  static let key = KineSchema.compactRowName
  static let storedName = Array("compact_rev_key_apiserver".utf8)

  static func encode(version: Int64, value: [UInt8]) -> [UInt8] { Array("\(version)|".utf8) + value }

  /// Early releases kept the version alone. What has neither form has version 1.
  static func decode(_ stored: [UInt8]) -> (version: Int64, value: [UInt8]) {
    let bar = stored.firstIndex(of: UInt8(ascii: "|"))
    let version = Int64(String(decoding: stored[..<(bar ?? stored.endIndex)], as: UTF8.self)) ?? 1
    return (max(1, version), bar.map { Array(stored[($0 + 1)...]) } ?? Array("0".utf8))
  }
}
#endif
