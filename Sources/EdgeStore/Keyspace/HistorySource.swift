/// Where an engine with a disk keeps what a keyspace holds no longer in memory.
///
/// Versions on a disk never change; they only go, by compaction. So an answer is right when every row it needed was
/// there: a missing one is reported as `compacted`, and whoever asked about the present asks again.
package protocol HistorySource: AnyObject, Sendable {
  func value(of id: VersionID) throws(StoreError) -> [UInt8]

  /// The value when it takes no disk to tell, because it was asked for not long ago.
  func valueInMemory(of id: VersionID) -> [UInt8]?

  /// The values in the order of `ids`.
  func values(of ids: [VersionID]) throws(StoreError) -> [[UInt8]]

  /// For the keys that changed at revisions `after < r < end`, what they held at `after`; nil for those that did not exist.
  func versions(
    of keys: KeyRange, at after: Revision, changedBefore end: Revision, withValues: Bool
  ) throws(StoreError) -> [StoreKey: StoredVersion?]

  /// What a watch wants to see of the revisions `start <= r < end`, as much as a queue takes.
  func batches(
    for filter: WatchFilter, from start: Revision, before end: Revision
  ) throws(StoreError) -> (batches: [WatchBatch], through: Revision)
}
