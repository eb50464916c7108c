extension Keyspace {
  /// Declares revisions below `target` unreadable. It costs O(1); ``compactStep(limit:)`` then frees what they held.
  package mutating func compact(upTo target: Revision) throws(StoreError) {
    if target > revision { throw .future(target, current: revision) }
    if target <= compactedRevision { throw .compacted(target, compactedRevision: compactedRevision) }
    compactedRevision = target
    spilled.dropRuns(before: target)
  }

  /// Whether history that can no longer be read is still kept.
  package var hasCompactionBacklog: Bool {
    // The entry of the compacted revision itself stays: a watch may start there, and the newest entry of all tells a
    // disk engine where the store stood even when every key is gone.
    history.firstLoggedRevision.map { $0 < compactedRevision } ?? false
  }

  /// Frees unreadable history until about `limit` versions are gone, and returns their names for removal from a disk.
  package mutating func compactStep(limit: Int) -> [VersionID] {
    var dropped: [VersionID] = []
    var entries = 0
    while dropped.count < limit, entries < limit, hasCompactionBacklog {
      dropped += history.dropFirst()
      entries += 1
    }
    return dropped
  }

  /// The compaction target that would leave at most `bytes` of history, never beyond the current revision.
  func oldestRevision(keepingHistoryBytes bytes: Int) -> Revision {
    var excess = historyBytes - bytes
    if let target = spilled.revision(dropping: &excess) { return target }
    for (revision, changes) in history.changes(from: .zero) {
      if excess <= 0 || revision == self.revision { return revision }
      // Entries below the compacted revision are on their way out already, but until then they are in the sum.
      excess -= changes.reduce(0) { $0 + $1.historyBytes }
    }
    return revision
  }
}
