#if SQLite
import EdgeStore

/// How much of a database's history is to stay.
public enum HistoryToKeep: Hashable, Sendable {
  /// The revisions from this one on.
  case from(Revision)
  /// The newest revisions, this many.
  case newest(Int)
}

public struct ShrinkReport: Hashable, Sendable {
  public var revision: Revision
  public var compactedRevision: Revision
  public var removedRowCount: Int
  /// The database and its log.
  public var bytesBefore: Int64
  public var bytesAfter: Int64
}

extension SQLiteStore {
  /// Compacts a database that no store has open, removes at once what only older revisions needed, and gives all unused
  /// space back to the file system. That takes as much free space as the database will have in the end, twice.
  ///
  /// Everything is checked first. A kill in between leaves a database that is compacted but not yet smaller.
  ///
  /// - Parameter history: nil leaves the compacted revision where it is.
  /// - Throws: ``StoreError`` with `locked`, `cannotOpen`, `damaged`, `incompatible`, `futureRevision`, `compacted`,
  ///   `noSpace`, `io`.
  public static func shrink(
    path: String, keeping history: HistoryToKeep?, progress: @Sendable (OfflineProgress) -> Void = { _ in }
  ) async throws(StoreError) -> ShrinkReport {
    if fileSize(path) == nil { throw StoreError(.cannotOpen, "\(path): there is no such file") }
    let bytesBefore = (fileSize(path) ?? 0) + (fileSize(path + "-wal") ?? 0)
    let report = try verify(path: path, progress: progress)
    if let first = report.findings.first { throw StoreError(.damaged, "\(path): \(first.message)") }
    // Its own policy may want less history than was asked for here.
    let store = try open(path: path, configuration: SQLiteStoreConfiguration(compaction: nil))
    do {
      let status = try await store.status()
      switch history {
      case .from(let revision): try await store.compact(upTo: revision)
      case .newest(let count):
        let oldest = status.revision.rawValue - Int64(clamping: max(1, count)) + 1
        if oldest > max(1, status.compactedRevision.rawValue) {
          try await store.compact(upTo: Revision(rawValue: oldest))
        }
      case nil: break
      }
    } catch {
      await store.close()
      throw error
    }
    let status = try await store.status()
    await store.close()
    // The store may have removed some by itself meanwhile.
    let rowsLeft = try removeUnreadable(path: path, progress: progress)
    return ShrinkReport(
      revision: status.revision, compactedRevision: status.compactedRevision,
      removedRowCount: report.rowCount - rowsLeft,
      bytesBefore: bytesBefore, bytesAfter: (fileSize(path) ?? 0) + (fileSize(path + "-wal") ?? 0))
  }

  /// What the store's writer does beside its writes, done at once. Returns how many rows are left.
  private static func removeUnreadable(
    path: String, progress: (OfflineProgress) -> Void
  ) throws(StoreError) -> Int {
    let lock = try StoreLock(path: path)
    return try withExtendedLifetime(lock) { () throws(StoreError) in
      let connection = try SQLiteConnection(existing: path)
      try connection.execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0")
      let compacted = Revision(rawValue: try connection.integer("SELECT revision FROM compaction") ?? 0)
      var cursor = try connection.integer("SELECT cursor FROM compaction") ?? 0
      let end = ChangeRow.id(of: VersionID(revision: compacted, ordinal: 0))
      let file = try ChangeLogFile(
        connection, checkpointBytes: SQLiteStoreConfiguration().checkpointBytes,
        newSession: nil)
      while cursor < end {
        let removal = try file.removal(from: cursor, before: compacted, limit: 4096)
        if !removal.doomed.isEmpty {
          try file.write(WriteBatch(removal: removal))
          try file.checkpointIfNeeded()
        }
        cursor = removal.cursor
        progress(OfflineProgress(step: "removing old versions", done: min(cursor, end), total: end))
      }
      let rowsAfter = try connection.integer("SELECT count(*) FROM changes") ?? 0
      progress(OfflineProgress(step: "shrinking the file"))
      try connection.execute("VACUUM")
      try file.checkpointAtEnd()
      return Int(rowsAfter)
    }
  }
}
#endif
