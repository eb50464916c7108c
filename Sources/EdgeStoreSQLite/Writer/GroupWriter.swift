#if SQLite
import EdgeStore

/// Turns a group of requests into one transaction of the database.
///
/// Requests are evaluated one after the other against a keyspace that runs ahead of the disk; only when the group is on
/// the disk does it become the truth. If the disk refuses, the keyspace from before is still there, and every request of
/// the group is told.
struct GroupWriter {
  private let file: ChangeLogFile
  private let compaction: CompactionPolicy?
  /// What is on the disk.
  private(set) var keyspace: Keyspace
  /// Rows that nothing refers to any more, in the order of history. They must go in this order: were a deletion's row
  /// to go before the version it deleted, a crash in between would bring the key back to life.
  private var removable: ArraySlice<VersionID>
  /// Why nothing is written any more.
  private var failure: StoreError?
  private var isOutOfSpace = false

  /// Rows removed beside a group, at least, and rows removed in a step of its own. Small, so that no writer waits long
  /// for a compaction (FF-10).
  private static let minimumRemoval = 64
  private static let maintenanceRemoval = 512

  init(_ file: ChangeLogFile, keyspace: Keyspace, leftovers: [VersionID], compaction: CompactionPolicy?) {
    self.file = file
    self.keyspace = keyspace
    self.compaction = compaction
    removable = leftovers[...]
  }

  var bytesWritten: Int64 { file.bytesWritten }

  /// Whether there is work that waits for nobody's request.
  var hasMaintenance: Bool {
    failure == nil && !isOutOfSpace
      && (!removable.isEmpty || keyspace.hasCompactionBacklog || file.hasExcessFreePages)
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
    var changes: [[Change]] = []
    var compacted: Revision?
    let outcomes = group.map { evaluate($0, on: &next, changes: &changes, compacted: &compacted) }
    if let target = compaction?.target(for: next), (try? next.compact(upTo: target)) != nil { compacted = target }

    let limit =
      group.isEmpty ? Self.maintenanceRemoval : Self.minimumRemoval + 2 * changes.reduce(0) { $0 + $1.count }
    var removable = removable
    if removable.count < limit { removable += next.compactStep(limit: limit) }
    let doomed = removable.prefix(limit)
    removable = removable.dropFirst(limit)

    if !changes.isEmpty || !doomed.isEmpty || compacted != nil || file.hasExcessFreePages {
      do {
        try file.write(changes, removing: doomed, compactedRevision: compacted)
      } catch {
        note(error)
        return refuse(group, error)
      }
    }
    isOutOfSpace = false
    keyspace = next
    self.removable = removable
    return Result(outcomes: outcomes, published: changes, keyspace: next)
  }

  mutating func checkpointIfNeeded() {
    do { try file.checkpointIfNeeded() } catch { note(error) }
  }

  mutating func finish() {
    // What a failed checkpoint leaves in the log is folded in at the next opening.
    if failure == nil { try? file.checkpointAtEnd() }
  }

  private func evaluate(
    _ request: WriteRequest, on keyspace: inout Keyspace, changes: inout [[Change]], compacted: inout Revision?
  ) -> WriteOutcome {
    do {
      switch request {
      case .commit(let transaction, let reply):
        let execution = try keyspace.execute(transaction)
        if !execution.changes.isEmpty { changes.append(execution.changes) }
        return .committed(execution.response, reply)
      case .compact(let revision, let reply):
        try keyspace.compact(upTo: revision)
        compacted = revision
        return .compacted(reply)
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
