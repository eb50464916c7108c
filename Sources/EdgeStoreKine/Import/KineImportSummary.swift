#if SQLite
import EdgeStore

/// What was taken over from a kine database, and what was left out and why.
public struct KineImportSummary: Hashable, Sendable {
  public var keyCount = 0
  /// Where the new store stands: where kine stood, or one further (``addsRevision``).
  public var revision = Revision.initial
  /// The oldest revision that can be read.
  public var compactedRevision = Revision.zero
  /// Revisions that can be watched.
  public var historyRevisionCount = 0
  /// One for each time to live. A key lives its full time again from the first start on, as after a restart of kine.
  public var leaseCount = 0
  public var leasedKeyCount = 0
  /// Whether one revision was added because kine's newest has no change of its own (it was filled, or is a deletion
  /// that was compacted). It writes and deletes a key of ours.
  public var addsRevision = false

  /// Left out: rows that only fill a number.
  public var gapRowCount = 0
  /// Left out: versions and deletions older than the oldest readable revision.
  public var supersededRowCount = 0
  /// Not there: numbers above the compacted revision without a row.
  public var missingRevisionCount: Int64 = 0
  /// Rows that did not fit those before them; history begins after the last.
  public var contradictionCount = 0
  /// Taken over, but longer than what a transaction may carry: they can be read and deleted, not written anew.
  public var oversizedValueCount = 0
}
#endif
