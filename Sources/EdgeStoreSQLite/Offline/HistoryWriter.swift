#if SQLite
import EdgeStore

/// Makes a new database of a history that comes from elsewhere: the seam for importers.
///
/// The changes come oldest first. From the compacted revision on, each revision must be there and each change must follow
/// from those before it; below, only versions that were still current at the compacted revision are wanted.
/// ``finish(compactedRevision:progress:)`` proves all this before the file gets its name.
package final class HistoryWriter {
  private let file: PartialFile
  private var connection: SQLiteConnection?
  private var insertion: SQLiteStatement?
  private let leases: LeaseRows

  /// - Throws: `cannotOpen` when something is at `path` already, `noSpace`, `io`.
  package init(path: String) throws(StoreError) {
    file = try PartialFile(for: path)
    let connection = try SQLiteConnection(path: file.path)
    // Nobody sees the file before it is whole, so nothing has to survive a crash until then.
    try connection.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA auto_vacuum = INCREMENTAL")
    _ = try Migration.migrate(connection)
    try connection.execute("BEGIN")
    insertion = try connection.prepare(ChangeRow.insertion)
    leases = try LeaseRows(connection)
    self.connection = connection
  }

  /// Of `change.previous`, only what names it is looked at.
  package func append(_ change: Change) throws(StoreError) {
    guard let insertion else { throw StoreError(.misuse, "the history is finished") }
    try ChangeRow.insert(change, with: insertion)
  }

  /// The lease must be there at the end for every current key that is under it.
  package func grant(_ lease: Lease) throws(StoreError) { try leases.write(.granted(lease)) }

  /// - Throws: `damaged` when the changes make no history; then there is no file.
  package func finish(
    compactedRevision: Revision, progress: (OfflineProgress) -> Void
  ) throws(StoreError) -> VerificationReport {
    guard let connection else { throw StoreError(.misuse, "the history is finished") }
    try connection.execute("UPDATE compaction SET revision = \(compactedRevision)")
    try connection.execute("COMMIT")
    insertion = nil
    self.connection = nil
    let report = try Verification.run(path: file.path, progress: progress)
    if let first = report.findings.first { throw StoreError(.damaged, first.message) }
    try file.complete()
    return report
  }
}
#endif
