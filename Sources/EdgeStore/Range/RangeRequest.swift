/// A read of neighbouring keys.
public struct RangeRequest: Hashable, Sendable {
  public var keys: KeyRange
  /// The most keys to return; nil for all. The count is not limited by it.
  public var limit: Int?
  /// Read as of this revision; nil for now.
  public var revision: Revision?
  /// Return the count and no keys; it costs O(log n) at the current revision.
  public var countOnly: Bool
  /// Return keys without their values.
  public var keysOnly: Bool
  /// The order of the answer; nil: byte order of the keys. The limit cuts after sorting.
  public var order: RangeOrder?
  /// Leave out keys last written outside these revisions. The count is not reduced by it, as in etcd.
  public var modRevisions: RevisionBounds
  /// Leave out keys created outside these revisions. The count is not reduced by it, as in etcd.
  public var createRevisions: RevisionBounds

  public init(
    _ keys: KeyRange, limit: Int? = nil, revision: Revision? = nil, countOnly: Bool = false, keysOnly: Bool = false,
    order: RangeOrder? = nil, modRevisions: RevisionBounds = .any, createRevisions: RevisionBounds = .any
  ) {
    self.keys = keys
    self.limit = limit
    self.revision = revision
    self.countOnly = countOnly
    self.keysOnly = keysOnly
    self.order = order
    self.modRevisions = modRevisions
    self.createRevisions = createRevisions
  }
}

public struct RangeResponse: Hashable, Sendable {
  /// In byte order of their keys, or in the order that was asked for.
  public var kvs: [KeyValue]
  /// All keys of the range at that revision, whatever the limit and the bounds.
  public var count: Int
  /// Whether the limit cut keys off; in byte order, go on from `kvs.last.key.successor` at the same revision.
  public var more: Bool
  /// Where the store stood when it answered: always its current revision, never the one asked for.
  public var revision: Revision

  public init(kvs: [KeyValue], count: Int, more: Bool, revision: Revision) {
    self.kvs = kvs
    self.count = count
    self.more = more
    self.revision = revision
  }
}
