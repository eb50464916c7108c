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
  private var heartbeats: HeartbeatLedger
  /// What is on the disk.
  private(set) var keyspace: Keyspace
  /// The first row that compaction has not looked at.
  private var cursor: Int64
  /// Why nothing is written any more.
  private var failure: StoreError?
  private var isOutOfSpace = false
  /// The next key whose value may still have to be brought into memory after the opening; nil when all has been seen.
  private var coldKey: StoreKey? = StoreKey([])
  /// Whether the next step writes the heartbeats that are overdue.
  private var wantsSettling = false
  private var isIndexAwaited = false
  /// Changes of which the index has not been told.
  private var untoldChanges = 0

  /// Rows removed beside a group on top of an eighth more than it adds, and rows removed in a step of its own. Small, so
  /// that no writer waits long for a compaction (FF-10), and enough that history shrinks under writes without end.
  private static let minimumRemoval = 1
  private static let maintenanceRemoval = 128
  /// Values read in a step of its own.
  private static let warmedAtOnce = 256

  init(
    _ file: ChangeLogFile, keyspace: Keyspace, cursor: Int64, compaction: CompactionPolicy?,
    entropy: any EntropySource, memory: MemoryBounds, indexer: KeyIndexer, heartbeats: HeartbeatLedger
  ) {
    self.heartbeats = heartbeats
    self.indexer = indexer
    self.file = file
    self.keyspace = keyspace
    self.compaction = compaction
    self.entropy = entropy
    self.cursor = cursor
    self.memory = memory
  }

  var bytesWritten: Int64 { file.bytesWritten + indexer.bytesWritten }

  var hasOverdueHeartbeats: Bool { heartbeats.hasOverdue }

  /// Why a write would be refused now, as far as is known.
  var writeRefusal: StoreError.Code? { failure != nil ? .readOnly : isOutOfSpace ? .noSpace : nil }

  /// Whether there is work that waits for nobody's request.
  var hasMaintenance: Bool {
    failure == nil && !isOutOfSpace
      && (cursor < ChangeRow.id(of: VersionID(revision: keyspace.compactedRevision, ordinal: 0))
        || keyspace.hasCompactionBacklog || file.hasExcessFreePages || coldKey != nil
        || isIndexAwaited)
  }

  struct Result: Sendable {
    var outcomes: [WriteOutcome]
    /// The changes to show, one array for each revision, oldest first.
    var published: [[Change]]
    var keyspace: Keyspace
  }

  /// - Parameter carryingPreviousValues: as ``Keyspace/carriesPreviousValues``.
  mutating func perform(_ group: [WriteRequest], carryingPreviousValues: Bool = false) -> Result {
    if let failure { return refuse(group, StoreError(.readOnly, "the disk failed earlier", cause: failure)) }
    var next = keyspace
    next.carriesPreviousValues = carryingPreviousValues
    next.fetchPreviousValues(
      for: group.lazy.compactMap { if case .commit(let transaction, _) = $0 { transaction } else { nil } })
    var ledger = heartbeats
    var batch = WriteBatch()
    var published: [[Change]] = []
    var outcomes: [WriteOutcome] = []
    outcomes.reserveCapacity(group.count)
    for request in group { outcomes.append(evaluate(request, on: &next, &ledger, into: &batch, published: &published)) }
    next.forgetFetchedValues()
    // Whoever asks for a compaction waits for it, and may need the room at once.
    let isWholeStep = group.isEmpty || batch.compactedRevision != nil
    if let target = compaction?.target(for: next), (try? next.compact(upTo: target)) != nil {
      batch.compactedRevision = target
    }

    let added = batch.changes.reduce(0) { $0 + $1.count }
    let limit = isWholeStep ? Self.maintenanceRemoval : Self.minimumRemoval + added + added / 8
    _ = next.compactStep(limit: limit)
    if wantsSettling || isIndexAwaited { ledger.settle(&next, cursor: cursor, into: &batch) }
    ledger.reserve(next.revision, into: &batch)
    if let compacted = batch.compactedRevision { ledger.compact(upTo: compacted) }
    wantsSettling = false
    do {
      // What this batch writes is not there yet to be looked at; its turn comes with the next one.
      let end = batch.firstRevision.map { min($0, next.compactedRevision) } ?? next.compactedRevision
      batch.removal = try file.removal(from: cursor, before: end, limit: limit)
      if !batch.isEmpty || file.hasExcessFreePages {
        try file.write(batch)
        isOutOfSpace = false
      }
    } catch {
      note(error)
      return refuse(group, error)
    }
    cursor = batch.removal.cursor
    // A value that cannot be read is told to whoever asks for it.
    if group.isEmpty { do { try next.warm(&coldKey, limit: Self.warmedAtOnce, upTo: memory.valueBytes) } catch {} }
    keyspace = next
    heartbeats = ledger
    untoldChanges += published.reduce(0) { $0 + $1.count }
    return Result(outcomes: outcomes, published: published, keyspace: next)
  }

  /// Does what nobody waits for, once the group's callers have been answered: bounds the memory, and keeps the index.
  mutating func tidy() {
    if failure != nil { return }
    keyspace.evictValues(downTo: memory.valueBytes)
    keyspace.spillHistory(downTo: memory.historyBytes)
    // An index tells what is on the disk, so what is overdue goes there first.
    let isDue = indexer.note(
      changes: untoldChanges, of: keyspace, tie: heartbeats.hasOverdue ? nil : file.tie, removedBefore: cursor)
    untoldChanges = 0
    isIndexAwaited = isDue && heartbeats.hasOverdue
  }

  mutating func checkpointIfNeeded() {
    do { try file.checkpointIfNeeded() } catch { note(error) }
  }

  mutating func finish() {
    if heartbeats.hasOverdue {
      wantsSettling = true
      _ = perform([])
    }
    if let policy = heartbeats.policy, heartbeats.reserved > keyspace.revision {
      // Nothing is given out any more, so the next opening can go on without a gap.
      var batch = WriteBatch()
      batch.reservation = WriteBatch.Reservation(revision: keyspace.revision, signature: policy.signature)
      if failure == nil && !heartbeats.hasOverdue { try? file.write(batch) }
    }
    // What a failed checkpoint leaves in the log is folded in at the next opening.
    if failure == nil { try? file.checkpointAtEnd() }
    indexer.finish(keyspace, tie: heartbeats.hasOverdue ? nil : file.tie, removedBefore: cursor)
  }

  private mutating func evaluate(
    _ request: WriteRequest, on keyspace: inout Keyspace, _ ledger: inout HeartbeatLedger,
    into batch: inout WriteBatch, published: inout [[Change]]
  ) -> WriteOutcome {
    do {
      switch request {
      case .commit(let transaction, let reply):
        let execution = try keyspace.execute(transaction)
        if ledger.mayWait(execution.changes) {
          ledger.noteWaiting(execution.changes)
          for change in execution.changes { keyspace.pin(change.version.keyValue.key) }
          published.append(execution.changes)
        } else if !execution.changes.isEmpty {
          ledger.noteWritten(execution.changes, at: keyspace.revision, into: &batch)
          published.append(execution.changes)
        }
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
        if !changes.isEmpty {
          ledger.noteWritten(changes, at: keyspace.revision, into: &batch)
          published.append(changes)
        }
        batch.leases.append(.ended(id))
        return .revoked(keyspace.revision, reply)
      case .settle(let reply):
        wantsSettling = true
        return .settled(reply)
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
