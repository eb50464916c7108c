#if SQLite
import EdgeStore

/// A whole database as it lies on the disk, read once or several times from its oldest change to its newest, all at one
/// moment: for tools that look at everything and hold little of it.
package final class ChangeScan {
  package let compactedRevision: Revision
  package let newestRevision: Revision
  package let leases: [Lease]

  private let rows: SQLiteStatement
  private let lock: StoreLock?

  /// Reads beside a store that may have the database open; its log cannot be folded in meanwhile, so it grows.
  ///
  /// - Throws: `cannotOpen`, `damaged`, `incompatible` (another program's, or not of this version's schema), `io`.
  package convenience init(path: String) throws(StoreError) { try self.init(path: path, lock: nil) }

  /// Keeps stores off the database as long as it lives.
  ///
  /// - Throws: also `locked` when a store has it open.
  package convenience init(closed path: String) throws(StoreError) {
    if fileSize(path) == nil { throw StoreError(.cannotOpen, "\(path): there is no such file") }
    try self.init(path: path, lock: StoreLock(path: path))
  }

  private init(path: String, lock: StoreLock?) throws(StoreError) {
    self.lock = lock
    let connection = try SQLiteConnection(existing: path)
    try connection.execute("PRAGMA busy_timeout = 5000; PRAGMA query_only = ON; PRAGMA trusted_schema = OFF")
    try Migration.requireNewest(connection)
    try connection.execute("BEGIN")
    guard let compacted = try connection.integer("SELECT revision FROM compaction") else {
      throw StoreError(.damaged, "the record of compaction is missing")
    }
    compactedRevision = Revision(rawValue: compacted)
    newestRevision = try ChangeRow.newestRevision(connection)
    leases = try LeaseRows.readAll(connection)
    rows = try connection.prepare(ChangeRow.selection)
    // From the first on.
    try rows.bind(0, at: 1)
  }

  /// The next change; nil after the newest.
  ///
  /// - Throws: `damaged`; when the row's checksum does not match, the next call goes on with the one after it, and when
  ///   rows cannot be reached any more, ``isBroken`` says so.
  package func next() throws(StoreError) -> (kind: StoreEvent.Kind, version: StoredVersion)? {
    if isBroken { return nil }
    do {
      guard try rows.step() else { return nil }
    } catch {
      isBroken = true
      throw error
    }
    return try ChangeRow.read(rows)
  }

  /// Whether a page on the way to the next row was unreadable.
  package private(set) var isBroken = false

  /// Begins again with the oldest.
  package func restart() {
    rows.reset()
    isBroken = false
  }
}

extension Migration {
  /// Refuses what only ``migrate(_:)`` could make readable, for those who must not write.
  static func requireNewest(_ connection: SQLiteConnection) throws(StoreError) {
    guard try connection.integer("PRAGMA application_id") == applicationID else {
      throw StoreError(.incompatible, "the file is not a database of EdgeStore")
    }
    let names = try connection.prepare("SELECT name FROM migrations ORDER BY position")
    var applied: [String] = []
    while try names.step() { applied.append(names.text(at: 0) ?? "") }
    if applied == all.map(\.name) { return }
    let isOlder = applied == all.prefix(applied.count).map(\.name)
    throw StoreError(
      .incompatible,
      isOlder
        ? "the database has the older schema \(applied.last ?? "(none)"); a store that opens it brings it to the newest"
        : "the database was written by a newer version")
  }
}
#endif
