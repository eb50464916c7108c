#if SQLite
import EdgeStore

/// The writer's account of what is in memory and not on the disk: heartbeats, and the revisions they took.
///
/// A value like the keyspace: a group works on a copy, which becomes the truth when the group is on the disk.
struct HeartbeatLedger {
  let policy: HeartbeatPolicy?
  private let keys: [KeyRange]
  /// Keys whose newest version is not on the disk, with the row of the version that is.
  private var overdue: [StoreKey: Int64] = [:]
  private var skipped: SkippedRevisions
  /// Up to here every revision is in the log or known to be skipped.
  private var accounted: Revision
  /// Revisions up to here may be given out without the disk.
  private(set) var reserved: Revision

  init(policy: HeartbeatPolicy?, skipped: SkippedRevisions, accounted: Revision, reserved: Revision) {
    self.policy = policy
    keys = policy?.keys ?? []
    self.skipped = skipped
    self.accounted = accounted
    self.reserved = reserved
  }

  var hasOverdue: Bool { !overdue.isEmpty }

  /// Whether a transaction with these changes may wait to be written.
  func mayWait(_ changes: [Change]) -> Bool {
    if keys.isEmpty || changes.isEmpty { return false }
    return changes.allSatisfy { change in
      guard change.kind == .put, let previous = change.previous else { return false }
      let key = change.version.keyValue.key
      return change.version.keyValue.lease == previous.keyValue.lease && keys.contains { $0.contains(key) }
    }
  }

  mutating func noteWaiting(_ changes: [Change]) {
    for change in changes {
      let key = change.version.keyValue.key
      guard overdue[key] == nil, let previous = change.previous else { continue }
      overdue[key] = ChangeRow.id(of: previous.id)
    }
  }

  /// Enters changes into a batch: with them what was skipped before, and which rows they really follow.
  mutating func noteWritten(_ changes: [Change], at revision: Revision, into batch: inout WriteBatch) {
    batch.changes.append(changes)
    account(upTo: Revision(rawValue: revision.rawValue - 1), into: &batch)
    accounted = revision
    if overdue.isEmpty { return }
    for change in changes {
      guard let row = overdue.removeValue(forKey: change.version.keyValue.key) else { continue }
      batch.predecessors[ChangeRow.id(of: change.version.id)] = row
    }
  }

  /// Enters the newest versions of all that is overdue; afterwards nothing is.
  mutating func settle(_ keyspace: inout Keyspace, cursor: Int64, into batch: inout WriteBatch) {
    if overdue.isEmpty { return }
    account(upTo: keyspace.revision, into: &batch)
    for (key, row) in overdue {
      guard let version = keyspace.current(key) else { continue }
      keyspace.unpin(key)
      let fate: WriteBatch.Heartbeat.Fate =
        if ChangeRow.id(of: version.id) < cursor {
          .goesWithItsPast
        } else if skipped.contains(ChangeRow.version(row).revision) {
          .goes
        } else {
          .stays
        }
      batch.heartbeats.append(WriteBatch.Heartbeat(version: version, previous: row, fate: fate))
    }
    overdue = [:]
  }

  /// Makes sure that `revision` may be given out; asks for a new reservation early when the disk is written anyway.
  mutating func reserve(_ revision: Revision, into batch: inout WriteBatch) {
    guard let policy else { return }
    let ahead = Int64(policy.reservedRevisions)
    let isShort = reserved < revision && !overdue.isEmpty
    let isLow = reserved > .zero && reserved.rawValue - revision.rawValue < ahead / 2
    guard isShort || (isLow && !batch.isEmpty) else { return }
    reserved = Revision(rawValue: revision.rawValue + ahead)
    batch.reservation = WriteBatch.Reservation(revision: reserved, signature: policy.signature)
  }

  mutating func compact(upTo revision: Revision) { skipped.removeAll(before: revision) }

  private mutating func account(upTo revision: Revision, into batch: inout WriteBatch) {
    guard accounted < revision else { return }
    let run = accounted.next...revision
    skipped.append(run)
    batch.skipped.append(run)
    accounted = revision
  }
}
#endif
