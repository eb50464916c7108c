import EdgePrimitives

/// A store without a disk: for tests, and for state that may be lost with its process.
///
/// It keeps every promise of the contract except durability, and runs the same evaluation as the durable engines.
public final class MemoryStore: MVCCStore, ImmediateWrites, PublicationSource {
  private let shared: WatchableKeyspace
  private let keeper: LeaseKeeper
  private let compaction: CompactionPolicy?
  private let entropy: any EntropySource

  /// - Parameters:
  ///   - compaction: how much history is kept; nil keeps all until ``compact(upTo:)`` is called.
  ///   - clock: when leases end and watches that want it are told of their progress.
  ///   - entropy: chooses ids of leases.
  public convenience init(
    compaction: CompactionPolicy? = CompactionPolicy(), clock: some Clock<Duration> = ContinuousClock(),
    entropy: any EntropySource = SystemEntropy()
  ) {
    self.init(Keyspace(), compaction: compaction, clock: clock, entropy: entropy)
  }

  init(
    _ keyspace: Keyspace, compaction: CompactionPolicy?, clock: some Clock<Duration>, entropy: any EntropySource
  ) {
    let time = ElapsedTime(clock)
    let shared = WatchableKeyspace(keyspace, time: time)
    self.shared = shared
    self.compaction = compaction
    self.entropy = entropy
    // A lease that was revoked meanwhile, or a store that was closed, leaves nothing to do.
    keeper = LeaseKeeper(time: time) { _ = try? Self.revoke($0, in: shared) }
    for lease in keyspace.leases.all { keeper.start(lease) }
  }

  deinit { shared.close() }

  public func range(_ request: RangeRequest) async throws(StoreError) -> RangeResponse {
    try shared.snapshot().range(request)
  }

  public func commit(_ transaction: Transaction) async throws(StoreError) -> TransactionResponse {
    try commitNow(transaction)
  }

  private func commitNow(_ transaction: Transaction) throws(StoreError) -> TransactionResponse {
    try transaction.validate()
    if transaction.isReadOnly { return try shared.snapshot().evaluate(readOnly: transaction) }
    return try shared.update { keyspace throws(StoreError) in
      let execution = try keyspace.execute(transaction)
      if let target = compaction?.target(for: keyspace) { try keyspace.compact(upTo: target) }
      // Twice what came in: the backlog shrinks while every transaction pays only for a little of it.
      _ = keyspace.compactStep(limit: 16 + 2 * execution.changes.count)
      return (execution.response, execution.changes.isEmpty ? [] : [execution.changes])
    }
  }

  package func commit(
    _ transaction: Transaction, reply: @escaping @Sendable (Result<TransactionResponse, StoreError>) -> Void
  ) {
    do throws(StoreError) { reply(.success(try commitNow(transaction))) } catch { reply(.failure(error)) }
  }

  package func follow(
    wantsPreviousValues: @escaping @Sendable () -> Bool, _ receive: @escaping @Sendable (Publication) -> Void
  ) throws(StoreError) -> PublicationFollower {
    try shared.follow(wantsPreviousValues: wantsPreviousValues, receive)
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

  public func grantLease(_ id: LeaseID, timeToLive: Duration) async throws(StoreError) -> Lease {
    let accepted = try Lease.accepted(timeToLive: timeToLive)
    let lease = try shared.update { keyspace throws(StoreError) in
      let lease = Lease(id: id == .none ? keyspace.leases.unusedID(from: entropy) : id, timeToLive: accepted)
      try keyspace.grant(lease)
      return (lease, [])
    }
    keeper.start(lease)
    return lease
  }

  @discardableResult
  public func revokeLease(_ id: LeaseID) async throws(StoreError) -> Revision {
    defer { keeper.forget(id) }
    return try Self.revoke(id, in: shared)
  }

  private static func revoke(_ id: LeaseID, in shared: WatchableKeyspace) throws(StoreError) -> Revision {
    try shared.update { keyspace throws(StoreError) in
      let changes = try keyspace.revoke(id)
      return (keyspace.revision, [changes])
    }
  }

  @discardableResult
  public func keepLeaseAlive(_ id: LeaseID) async throws(StoreError) -> Lease {
    guard let lease = try shared.snapshot().leases[id], keeper.renew(lease) else { throw .leaseNotFound(id) }
    return lease
  }

  public func leaseStatus(_ id: LeaseID) async throws(StoreError) -> LeaseStatus? {
    try shared.snapshot().leases.status(of: id, remaining: keeper.remaining(id))
  }

  public func leases() async throws(StoreError) -> [Lease] {
    keeper.soonestFirst(try shared.snapshot().leases.all)
  }

  public func status() async throws(StoreError) -> StoreStatus {
    let keyspace = try shared.snapshot()
    return StoreStatus(
      revision: keyspace.revision, compactedRevision: keyspace.compactedRevision, keyCount: keyspace.keyCount,
      databaseBytes: Int64(keyspace.liveBytes + keyspace.historyBytes), bytesWritten: 0,
      leaseCount: keyspace.leases.count)
  }

  /// A copy of the keyspace's value, told as records while it is read; restored by
  /// ``init(restoring:compaction:clock:entropy:)``.
  public func snapshot() async throws(StoreError) -> StoreSnapshot { try shared.snapshot().recordSnapshot() }

  /// Ends all watches; every later call fails with ``StoreError/Code/closed``.
  public func close() async {
    keeper.close()
    shared.close()
  }
}

extension MemoryStore: ImmediateReads {
  package func rangeNow(_ request: RangeRequest) throws(StoreError) -> RangeResponse? {
    try shared.snapshot().range(request)
  }

  package func range(
    _ request: RangeRequest, reply: @escaping @Sendable (Result<RangeResponse, StoreError>) -> Void
  ) {
    reply(Result { () throws(StoreError) in try shared.snapshot().range(request) })
  }
}
