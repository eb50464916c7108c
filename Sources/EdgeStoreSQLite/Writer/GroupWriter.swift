#if SQLite
import EdgePrimitives
import EdgeStore

/// Turns a group of requests into one transaction of the database.
///
/// Requests are evaluated one after the other against a keyspace that runs ahead of the disk; only when the group is on
/// the disk does it become the truth. If the disk refuses, the keyspace from before is still there, and every request of
/// the group is told.
struct GroupWriter {
  private let file: ChangeLogFile
  private let compaction: CompactionPolicy?
  private let entropy: any EntropySource
  private let memory: MemoryBounds
  private let indexer: KeyIndexer
  /// What is on the disk.
  private(set) var keyspace: Keyspace
  /// The first row that compaction has not looked at.
  private var cursor: Int64
  /// Why nothing is written any more.
  private var failure: StoreError?
  private var isOutOfSpace = false
  /// The next key whose value may still have to be brought into memory after the opening; nil when all has been seen.
  private var coldKey: StoreKey? = StoreKey([])

  /// Rows removed beside a group, at least, and rows removed in a step of its own. Small, so that no writer waits long
  /// for a compaction (FF-10).
  private static let minimumRemoval = 64
  private static let maintenanceRemoval = 512
  /// Values read in a step of its own.
  private static let warmedAtOnce = 256

  init(
    _ file: ChangeLogFile, keyspace: Keyspace, cursor: Int64, compaction: CompactionPolicy?,
    entropy: any EntropySource, memory: MemoryBounds, indexer: KeyIndexer
  ) {
    self.indexer = indexer
    self.file = file
    self.keyspace = keyspace
    self.compaction = compaction
    self.entropy = entropy
    self.cursor = cursor
    self.memory = memory
  }

  var bytesWritten: Int64 { file.bytesWritten + indexer.bytesWritten }

  /// Why a write would be refused now, as far as is known.
  var writeRefusal: StoreError.Code? { failure != nil ? .readOnly : isOutOfSpace ? .noSpace : nil }

  /// Whether there is work that waits for nobody's request.
  var hasMaintenance: Bool {
    failure == nil && !isOutOfSpace
      && (cursor < ChangeRow.id(of: VersionID(revision: keyspace.compactedRevision, ordinal: 0))
        || keyspace.hasCompactionBacklog || file.hasExcessFreePages || coldKey != nil)
  }

  struct Result: Sendable {
    var outcomes: [WriteOutcome]
    /// The changes to show, one array for each revision, oldest first.
    var published: [[Change]]
    var keyspace: Keyspace
  }

  mutating func perform(_ group: [WriteRequest]) -> Result {
    if let failure { return refuse(group, StoreError(.readOnly, "the disk failed earlier", cause: failure)) }
    var next = keyspace
    var batch = WriteBatch()
    let outcomes = group.map { evaluate($0, on: &next, into: &batch) }
    if let target = compaction?.target(for: next), (try? next.compact(upTo: target)) != nil {
      batch.compactedRevision = target
    }

    let limit =
      group.isEmpty ? Self.maintenanceRemoval : Self.minimumRemoval + 2 * batch.changes.reduce(0) { $0 + $1.count }
    _ = next.compactStep(limit: limit)
    do {
      batch.removal = try file.removal(from: cursor, before: next.compactedRevision, limit: limit)
      if !batch.isEmpty || file.hasExcessFreePages { try file.write(batch) }
    } catch {
      note(error)
      return refuse(group, error)
    }
    isOutOfSpace = false
    cursor = batch.removal.cursor
    // A value that cannot be read is told to whoever asks for it.
    if group.isEmpty { do { try next.warm(&coldKey, limit: Self.warmedAtOnce, upTo: memory.valueBytes) } catch {} }
    next.evictValues(downTo: memory.valueBytes)
    next.spillHistory(downTo: memory.historyBytes)
    keyspace = next
    indexer.note(
      changes: batch.changes.reduce(0) { $0 + $1.count }, of: next, tie: file.tie, removedBefore: cursor)
    return Result(outcomes: outcomes, published: batch.changes, keyspace: next)
  }

  mutating func checkpointIfNeeded() {
    do { try file.checkpointIfNeeded() } catch { note(error) }
  }

  mutating func finish() {
    // What a failed checkpoint leaves in the log is folded in at the next opening.
    if failure == nil { try? file.checkpointAtEnd() }
    indexer.finish(keyspace, tie: file.tie, removedBefore: cursor)
  }

  private func evaluate(
    _ request: WriteRequest, on keyspace: inout Keyspace, into batch: inout WriteBatch
  ) -> WriteOutcome {
    do {
      switch request {
      case .commit(let transaction, let reply):
        let execution = try keyspace.execute(transaction)
        if !execution.changes.isEmpty { batch.changes.append(execution.changes) }
        return .committed(execution.response, reply)
      case .compact(let revision, let reply):
        try keyspace.compact(upTo: revision)
        batch.compactedRevision = revision
        return .compacted(reply)
      case .grant(let id, let timeToLive, let reply):
        let lease = Lease(id: id == .none ? keyspace.leases.unusedID(from: entropy) : id, timeToLive: timeToLive)
        try keyspace.grant(lease)
        batch.leases.append(.granted(lease))
        return .granted(lease, reply)
      case .revoke(let id, let reply):
        let changes = try keyspace.revoke(id)
        if !changes.isEmpty { batch.changes.append(changes) }
        batch.leases.append(.ended(id))
        return .revoked(keyspace.revision, reply)
      }
    } catch {
      return .refused(request, error)
    }
  }

  private func refuse(_ group: [WriteRequest], _ error: StoreError) -> Result {
    Result(outcomes: group.map { .refused($0, error) }, published: [], keyspace: keyspace)
  }

  /// A full disk may get room again. Any other failure ends writing: after a failed fsync the kernel may have dropped
  /// pages it reports as clean, so a later success would prove nothing.
  private mutating func note(_ error: StoreError) {
    if error.code == .noSpace { isOutOfSpace = true } else { failure = error }
  }
}
#endif
