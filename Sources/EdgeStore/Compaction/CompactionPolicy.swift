/// How much history a store keeps by itself, so that it stays bounded when nobody asks it to compact.
///
/// A watch that lags further behind than this, and a read of an older revision, get ``StoreError/Code/compacted``.
public struct CompactionPolicy: Hashable, Sendable {
  /// How many revisions before the current one stay readable.
  public var keptRevisions: Int
  /// About how many bytes superseded versions may take before history is cut shorter than ``keptRevisions``.
  public var maximumHistoryBytes: Int

  public init(keptRevisions: Int = 10_000, maximumHistoryBytes: Int = 16 << 20) {
    precondition(keptRevisions >= 1 && maximumHistoryBytes >= 0)
    self.keptRevisions = keptRevisions
    self.maximumHistoryBytes = maximumHistoryBytes
  }

  /// The revision to compact up to now, or nil when there is too little to gain.
  ///
  /// A tenth more than asked for is let grow first: recording a compaction costs a write, which should not come with
  /// every transaction.
  package func target(for keyspace: Keyspace) -> Revision? {
    var target = keyspace.compactedRevision
    let byCount = keyspace.revision.rawValue - Int64(keptRevisions)
    if byCount - max(target.rawValue, 1) > Int64(keptRevisions / 10) { target = Revision(rawValue: byCount) }
    if keyspace.historyBytes > maximumHistoryBytes {
      target = max(target, keyspace.oldestRevision(keepingHistoryBytes: maximumHistoryBytes / 10 * 9))
    }
    return target > keyspace.compactedRevision ? target : nil
  }
}
