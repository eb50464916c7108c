#if SQLite
import EdgeStore
import EdgeStoreSQLite

/// Moves a K3s or kine SQLite database into a new store.
///
/// Current keys keep value, mod and create revision, and the revision goes on, so that every resource version a client
/// remembers still means what it meant. What kine has not compacted can still be watched, from its last hole on. Kine
/// counts no versions: they are counted from the rows that are there. Its leases are times to live; each becomes a lease
/// of that many seconds, with that id, as kine's own API shows them.
///
/// Values pass through one at a time; memory is taken for each key, as the store itself does.
public enum KineImport {
  /// What to do about a database that has lost rows or whose rows contradict each other.
  public enum Policy: Sendable {
    /// Refuse it with ``KineError/Code/brokenHistory``.
    case whole
    /// Take what kine itself would still answer. History begins after the last break; a key whose rows are all missing
    /// is gone, and nobody can tell.
    case whatIsThere
  }

  /// - Parameters:
  ///   - source: `state.db`; a log beside it is read too. No K3s or kine may have it open. It is not changed.
  ///   - destination: the new store's file. It appears when it is whole, checked and on the disk.
  /// - Throws: ``KineError``; then there is no new file.
  public static func run(
    from source: String, into destination: String, policy: Policy = .whole,
    progress: (OfflineProgress) -> Void = { _ in }
  ) throws(KineError) -> KineImportSummary {
    let database = try KineDatabase(path: source)
    let survey = try survey(database, progress)
    if policy == .whole, let reason = survey.firstBreak {
      throw KineError(
        .brokenHistory,
        "\(source): \(reason) (missing revisions: \(survey.missingCount), contradicting rows: \(survey.contradictionCount))"
      )
    }
    var transfer = KineTransfer(database, survey, into: destination)
    return try transfer.run(progress)
  }

  private static func survey(
    _ database: KineDatabase, _ progress: (OfflineProgress) -> Void
  ) throws(KineError) -> KineSurvey {
    let total = try database.rowCount()
    var survey = KineSurvey(compactedRevision: try database.compactedRevision())
    var done: Int64 = 0
    try database.forEachRow(in: 0..<Int64.max) { (row, valueBytes) throws(KineError) in
      try survey.look(at: row, valueBytes: valueBytes)
      done += 1
      if done % OfflineProgress.rowsBetween == 0 {
        progress(OfflineProgress(step: "checking rows", done: done, total: total))
      }
    }
    try survey.finish(lastNumber: try database.lastNumber())
    return survey
  }
}
#endif
