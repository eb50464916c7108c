/// A store without a disk: for tests, and for state that may be lost with its process.
///
/// It keeps every promise of the contract except durability, and runs the same evaluation as the durable engines.
public final class MemoryStore: MVCCStore {
  private let shared = WatchableKeyspace(Keyspace())
  private let compaction: CompactionPolicy?

  /// - Parameter compaction: how much history is kept; nil keeps all until ``compact(upTo:)`` is called.
  public init(compaction: CompactionPolicy? = CompactionPolicy()) { self.compaction = compaction }

  deinit { shared.close() }

  public func range(_ request: RangeRequest) async throws(StoreError) -> RangeResponse {
    try shared.snapshot().range(request)
  }

  public func commit(_ transaction: Transaction) async throws(StoreError) -> TransactionResponse {
    try transaction.validate()
    if transaction.isReadOnly { return try shared.snapshot().evaluate(readOnly: transaction) }
    return try shared.update { keyspace throws(StoreError) in
      let execution = try keyspace.execute(transaction)
      if let target = compaction?.target(for: keyspace) { try keyspace.compact(upTo: target) }
      // Twice what came in: the backlog shrinks while every transaction pays only for a little of it.
      _ = keyspace.compactStep(limit: 16 + 2 * execution.changes.count)
      return (execution.response, [execution.changes])
    }
  }

  public func watch(_ request: WatchRequest) async throws(StoreError) -> StoreWatch { try shared.watch(request) }

  public func compact(upTo revision: Revision) async throws(StoreError) {
    try shared.update { keyspace throws(StoreError) in
      try keyspace.compact(upTo: revision)
      return ((), [])
    }
    // In steps, each under the lock for a moment only.
    while try shared.update({ keyspace in
      _ = keyspace.compactStep(limit: 256)
      return (keyspace.hasCompactionBacklog, [])
    }) {}
  }

  public func status() async throws(StoreError) -> StoreStatus {
    let keyspace = try shared.snapshot()
    return StoreStatus(
      revision: keyspace.revision, compactedRevision: keyspace.compactedRevision, keyCount: keyspace.keyCount,
      databaseBytes: Int64(keyspace.liveBytes + keyspace.historyBytes), bytesWritten: 0)
  }

  /// Ends all watches; every later call fails with ``StoreError/Code/closed``.
  public func close() async { shared.close() }
}
