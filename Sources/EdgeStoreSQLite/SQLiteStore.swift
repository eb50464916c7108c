#if SQLite
import Dispatch
import EdgeStore
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The store of a single node: every acknowledged transaction is on the disk, in one SQLite file.
///
/// Every current key is in memory with its revisions, and so are values and history up to the configured bounds; what is
/// beyond them is read from the disk, on a connection of its own. A read works on a snapshot and waits for no writer.
/// Writes go through one writer that commits everything waiting as one group under `synchronous=FULL`. The writer is
/// a serial dispatch queue: it exists only while there is something to write, so an idle store uses no CPU and writes
/// nothing, and there is no `run()`. Call ``close()`` at the end; a store that is merely released or killed loses
/// nothing, it only leaves its log to be folded in at the next opening.
public final class SQLiteStore: MVCCStore, ImmediateWrites, PublicationSource {
  /// Where the database is.
  public let path: String
  /// Whether opening found no database and made an empty one.
  public let wasCreated: Bool

  let shared: WatchableKeyspace
  private let keeper: LeaseKeeper
  /// Nil when nothing may be overdue.
  private let heartbeats: HeartbeatTimer?
  /// Given up when the store is closed.
  private let lock: Mutex<StoreLock?>
  let reader: HistoryReader
  private let queue: Mutex<CommitQueue>
  /// Only the writer takes this lock, so nobody ever waits for it; it proves to the compiler what the queue guarantees.
  private let writer: Mutex<GroupWriter?>
  private let counters = Mutex(Counters())
  private let isMaintenanceDue = Mutex(false)
  private let executor = DispatchQueue(label: "SQLiteStore.writer", qos: .userInitiated)
  let pendingReads = Mutex(PendingReads())
  let reads = DispatchQueue(label: "SQLiteStore.reads", qos: .userInitiated)
  /// For backups and snapshots.
  let copies = DispatchQueue(label: "SQLiteStore.copies", qos: .utility)

  init(
    path: String, wasCreated: Bool, writer: sending GroupWriter, configuration: SQLiteStoreConfiguration,
    time: ElapsedTime, lock: StoreLock, reader: HistoryReader
  ) {
    self.lock = Mutex(lock)
    self.reader = reader
    self.path = path
    self.wasCreated = wasCreated
    let hasMaintenance = writer.hasMaintenance
    let leases = writer.keyspace.leases.all
    shared = WatchableKeyspace(writer.keyspace, time: time)
    queue = Mutex(CommitQueue(capacity: configuration.maximumQueuedTransactions))
    self.writer = Mutex(writer)
    heartbeats = configuration.heartbeat.map { HeartbeatTimer(time: time, interval: $0.interval) }
    let expiry = LeaseExpiry()
    keeper = LeaseKeeper(time: time) { await expiry.expire($0) }
    expiry.attach(self)
    for lease in leases { keeper.start(lease) }
    if hasMaintenance && queue.withLock({ $0.startMaintenance() }) {
      startWriter(forMaintenance: true)
    }
  }

  deinit {
    keeper.close()
    heartbeats?.close()
    shared.close()
  }

  public func range(_ request: RangeRequest) async throws(StoreError) -> RangeResponse {
    // A value that is on the disk only can be compacted between the look at the index and the reading; the next look
    // finds its successor. Each round means that the key was written meanwhile.
    for _ in 0..<Self.maximumReadAttempts {
      let keyspace = try shared.snapshot()
      do throws(StoreError) {
        let response = try keyspace.range(request)
        if let asked = request.revision, asked > .zero, keyspace.readsDisk(at: asked) {
          let compacted = try shared.snapshot().compactedRevision
          if asked < compacted { throw StoreError.compacted(asked, compactedRevision: compacted) }
        }
        return response
      } catch {
        guard error.code == .compacted, error.compactedRevision == nil else { throw error }
        let compacted = try shared.snapshot().compactedRevision
        if let asked = request.revision, asked > .zero, asked < compacted {
          throw StoreError.compacted(asked, compactedRevision: compacted)
        }
      }
    }
    throw StoreError(.damaged, "a current version is not on the disk")
  }

  private static let maximumReadAttempts = 100

  public func commit(_ transaction: Transaction) async throws(StoreError) -> TransactionResponse {
    try transaction.validate()
    if transaction.isReadOnly, let response = try evaluate(readOnly: transaction) { return response }
    return try await withCheckedContinuation { caller in
      enqueue(.commit(transaction, { caller.resume(returning: $0) }))
    }.get()
  }

  package func commit(
    _ transaction: Transaction, reply: @escaping @Sendable (Result<TransactionResponse, StoreError>) -> Void
  ) {
    do throws(StoreError) {
      try transaction.validate()
      if transaction.isReadOnly, let response = try evaluate(readOnly: transaction) { return reply(.success(response)) }
      enqueue(.commit(transaction, reply))
    } catch {
      reply(.failure(error))
    }
  }

  package func follow(
    wantsPreviousValues: @escaping @Sendable () -> Bool, _ receive: @escaping @Sendable (Publication) -> Void
  ) throws(StoreError) -> PublicationFollower {
    try shared.follow(wantsPreviousValues: wantsPreviousValues, receive)
  }

  /// Nil when a compaction could overtake, or has overtaken, what it reads from the disk: then the writer answers, who
  /// does the compactions.
  private func evaluate(readOnly transaction: Transaction) throws(StoreError) -> TransactionResponse? {
    let keyspace = try shared.snapshot()
    if transaction.revisionsRead.contains(where: keyspace.readsDisk) { return nil }
    do throws(StoreError) {
      return try keyspace.evaluate(readOnly: transaction)
    } catch {
      if error.code == .compacted && error.compactedRevision == nil { return nil }
      throw error
    }
  }

  public func watch(_ request: WatchRequest) async throws(StoreError) -> StoreWatch { try shared.watch(request) }

  /// Returns when the compaction is on the disk; the space it frees is given back in small steps afterwards.
  public func compact(upTo revision: Revision) async throws(StoreError) {
    try await withCheckedContinuation { enqueue(.compact(revision, $0)) }.get()
  }

  public func grantLease(_ id: LeaseID, timeToLive: Duration) async throws(StoreError) -> Lease {
    let accepted = try Lease.accepted(timeToLive: timeToLive)
    let lease = try await withCheckedContinuation { enqueue(.grant(id, accepted, $0)) }.get()
    keeper.start(lease)
    return lease
  }

  @discardableResult
  public func revokeLease(_ id: LeaseID) async throws(StoreError) -> Revision {
    let revision = try await withCheckedContinuation { enqueue(.revoke(id, $0)) }.get()
    keeper.forget(id)
    return revision
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
    let counters = counters.withLock { $0 }
    return StoreStatus(
      revision: keyspace.revision, compactedRevision: keyspace.compactedRevision, keyCount: keyspace.keyCount,
      databaseBytes: (fileSize(path) ?? 0) + (fileSize(path + "-wal") ?? 0),
      bytesWritten: counters.bytesWritten, leaseCount: keyspace.leases.count, writeRefusal: counters.writeRefusal)
  }

  /// Writes what is waiting, folds the log into the database, closes the file and ends all watches. Transactions that
  /// come later fail with `closed`.
  public func close() async {
    keeper.close()
    heartbeats?.close()
    await withCheckedContinuation { caller in
      switch queue.withLock({ $0.close(caller) }) {
      case .startWriter: startWriter()
      case .none: break
      case .alreadyClosed: caller.resume()
      }
    }
  }

  private func enqueue(_ request: WriteRequest) {
    switch queue.withLock({ $0.add(request) }) {
    case .startWriter: startWriter()
    case .none: break
    case .refuse(let error): request.fail(error)
    }
  }

  private func startWriter(forMaintenance: Bool = false) {
    executor.async { self.runWriter(forMaintenance: forMaintenance) }
  }

  /// How long nobody must have written before the writer does what waits for nobody.
  private static let maintenanceDelay = DispatchTimeInterval.milliseconds(30)

  private func runWriter(forMaintenance: Bool) {
    var isQuiet = forMaintenance
    while true {
      let hasMaintenance = writer.withLock { $0?.hasMaintenance ?? false }
      switch queue.withLock({ $0.next(hasMaintenance: hasMaintenance && isQuiet) }) {
      case .perform(let group):
        isQuiet = group.isEmpty
        perform(group)
      case .stop:
        // Those who were answered just now are likely to come again at once, and should find the writer free. What is
        // removed beside their own groups keeps up with them.
        if hasMaintenance { maintainLater() }
        return
      case .finish(let callers):
        writer.withLock { writer in
          reader.close()
          writer?.finish()
          writer = nil
        }
        lock.withLock { $0 = nil }
        shared.close()
        for caller in callers { caller.resume() }
        return
      }
    }
  }

  private func maintainLater() {
    let wasDue = isMaintenanceDue.withLock { isDue in
      defer { isDue = true }
      return isDue
    }
    if wasDue { return }
    executor.asyncAfter(deadline: .now() + Self.maintenanceDelay) { [weak self] in
      guard let self else { return }
      isMaintenanceDue.withLock { $0 = false }
      if queue.withLock({ $0.startMaintenance() }) { runWriter(forMaintenance: true) }
    }
  }

  private func perform(_ group: [WriteRequest]) {
    let carriesPreviousValues = shared.wantsPreviousValues
    guard var result = writer.withLock({ $0?.perform(group, carryingPreviousValues: carriesPreviousValues) }) else {
      return
    }
    // Shown before it is acknowledged, so that whoever is told sees it. Only a closed store refuses, and it closes last.
    // What only the old keyspace held is freed here rather than under the lock.
    if (try? shared.publish(&result.keyspace, result.published)) == false {
      // A watch has begun meanwhile. What the disk does not give is left out.
      let published = result.published.map { [keyspace = result.keyspace] in (try? keyspace.complete($0)) ?? $0 }
      _ = try? shared.publish(&result.keyspace, published, mayLackValues: true)
    }
    for outcome in result.outcomes { outcome.reply() }
    let counted = writer.withLock { writer in
      writer?.tidy()
      writer?.checkpointIfNeeded()
      return Counters(bytesWritten: writer?.bytesWritten ?? 0, writeRefusal: writer?.writeRefusal)
    }
    counters.withLock { $0 = counted }
    if let heartbeats, writer.withLock({ $0?.hasOverdueHeartbeats ?? false }) {
      heartbeats.start { [weak self] in self?.enqueue(.settle(nil)) }
    }
  }

  /// Brings everything to the disk that may wait otherwise, before the database is copied.
  func settleHeartbeats() async throws(StoreError) {
    if heartbeats == nil { return }
    try await withCheckedContinuation { enqueue(.settle($0)) }.get()
  }

  /// What the writer tells about itself after each group.
  private struct Counters {
    var bytesWritten: Int64 = 0
    var writeRefusal: StoreError.Code?
  }
}

/// The size of a file in bytes; nil when there is none.
func fileSize(_ path: String) -> Int64? {
  var status = stat()
  return stat(path, &status) == 0 ? Int64(status.st_size) : nil
}
#endif
