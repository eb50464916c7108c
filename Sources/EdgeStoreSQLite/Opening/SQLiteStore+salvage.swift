#if SQLite
import EdgeStore

/// What could be taken from a damaged database.
public struct SalvageReport: Hashable, Sendable {
  /// Keys in the new database.
  public var keyCount: Int
  /// Where the new database stands: one beyond the newest revision that was found.
  public var revision: Revision
  /// Rows that were found but whose checksum did not match.
  public var discardedRowCount: Int
  /// Whether a stretch of rows in the middle could not be read at all; how many they were cannot be told.
  public var hasUnreadableStretch: Bool
}

extension SQLiteStore {
  /// Makes a new database of what is still readable in a damaged one, which is left as it is: for stores whose content
  /// cannot be fetched again (for others, see ``openSettingAsideDamage(path:configuration:clock:)``).
  ///
  /// Each key gets its newest version that is sound. Where a newer one was lost, that is an older value, or the return of
  /// a key that was deleted: look at the report. Revisions go on, history starts anew: everything before is compacted, so
  /// that watchers list again, and one key (the last written) is written once more to mark that place.
  ///
  /// - Throws: ``StoreError`` with `damaged` when nothing at all can be read (the header, or a file that was cut off) or no key is left, `cannotOpen` when something
  ///   is at `path` already, `incompatible`, `noSpace`, `io`.
  public static func salvage(
    _ damaged: String, into path: String, progress: (OfflineProgress) -> Void = { _ in }
  ) throws(StoreError) -> SalvageReport {
    if fileSize(path) != nil { throw StoreError(.cannotOpen, "\(path) exists already") }
    var salvage = Salvage()
    try salvage.read(damaged, progress)
    return try salvage.write(to: path)
  }
}

/// Rows are looked at from the oldest up and from the newest down, each way until the tree of pages cannot be followed.
private struct Salvage {
  private var newest: [StoreKey: (kind: StoreEvent.Kind, version: StoredVersion)] = [:]
  private var highest = VersionID(revision: .initial, ordinal: 0)
  private var leases: [Lease] = []
  private var discarded = 0
  private var isBroken = false

  mutating func read(_ path: String, _ progress: (OfflineProgress) -> Void) throws(StoreError) {
    let connection = try SQLiteConnection(path: path)
    try connection.execute("PRAGMA query_only = ON")
    guard try connection.integer("PRAGMA application_id") == Migration.applicationID else {
      throw StoreError(.incompatible, "\(path) is not a database of EdgeStore")
    }
    leases = (try? LeaseRows.readAll(connection)) ?? []
    // The first schema had no leases.
    let hasLeases = (try? connection.prepare("SELECT lease FROM changes")) != nil
    let columns = "id, kind, key, value, create_revision, version, checksum, \(hasLeases ? "lease" : "0")"
    let reached = readRows(connection, "SELECT \(columns) FROM changes ORDER BY id", progress)
    if isBroken {
      _ = readRows(connection, "SELECT \(columns) FROM changes WHERE id > \(reached) ORDER BY id DESC", progress)
    }
  }

  /// Returns the last id that was readable.
  private mutating func readRows(
    _ connection: SQLiteConnection, _ sql: String, _ progress: (OfflineProgress) -> Void
  ) -> Int64 {
    var reached: Int64 = 0
    var count: Int64 = 0
    do throws(StoreError) {
      let rows = try connection.prepare(sql)
      while try rows.step() {
        reached = rows.integer(at: 0)
        count += 1
        if count % OfflineProgress.rowsBetween == 0 {
          progress(OfflineProgress(step: "reading what is readable, revision \(ChangeRow.version(reached).revision)"))
        }
        guard let (kind, version) = try? ChangeRow.read(rows) else {
          discarded += 1
          continue
        }
        highest = max(highest, version.id)
        if let known = newest[version.keyValue.key], known.version.id > version.id { continue }
        newest[version.keyValue.key] = (kind, version)
      }
    } catch {
      isBroken = true
    }
    return reached
  }

  func write(to path: String) throws(StoreError) -> SalvageReport {
    let known = Set(leases.map(\.id))
    var versions = newest.values.filter { $0.kind == .put }.map(\.version).sorted { $0.id < $1.id }
    for index in versions.indices where !known.contains(versions[index].keyValue.lease) {
      var keyValue = versions[index].keyValue
      keyValue.lease = .none
      versions[index] = StoredVersion(keyValue: keyValue, ordinal: versions[index].ordinal)
    }
    guard let last = versions.last else { throw StoreError(.damaged, "no key can be salvaged") }
    let revision = highest.revision.next
    var touched = last.keyValue
    touched.modRevision = revision
    touched.version += 1
    let marked = StoredVersion(keyValue: touched, ordinal: 0)

    let connection = try SQLiteConnection(path: path)
    try connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    _ = try Migration.migrate(connection)
    try connection.execute("BEGIN IMMEDIATE")
    let insertion = try connection.prepare(ChangeRow.insertion)
    for version in versions {
      try ChangeRow.insert(Change(kind: .put, version: version, previous: nil), with: insertion)
    }
    try ChangeRow.insert(Change(kind: .put, version: marked, previous: last), with: insertion)
    let rows = try LeaseRows(connection)
    for lease in leases { try rows.write(.granted(lease)) }
    try connection.execute("UPDATE compaction SET revision = \(revision)")
    try connection.execute("COMMIT")
    return SalvageReport(
      keyCount: versions.count, revision: revision, discardedRowCount: discarded, hasUnreadableStretch: isBroken)
  }
}
#endif
