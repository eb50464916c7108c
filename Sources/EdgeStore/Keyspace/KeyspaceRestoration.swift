/// Rebuilds a keyspace from the changes that a durable engine kept, oldest first, and proves that they fit together.
///
/// From the compacted revision on every change must be there; before it only those that nothing has superseded. Older
/// leftovers are what a crash in the middle of a compaction leaves; they are passed over, and the compaction goes on.
package struct KeyspaceRestoration: Sendable {
  var keyspace: Keyspace
  private let memory: MemoryBounds
  /// History that is on a disk stays there until it is asked for.
  private let keepsHistory: Bool
  /// Revisions that need not be there.
  private var skipped = SkippedRevisions()
  /// Whether some were skipped so long ago that it is not known which.
  private var forgotSkipped = false
  private var pending: [Change] = []
  private var lastID = VersionID(revision: .initial, ordinal: .max)

  /// - Parameter source: where values and history stay that are not kept in memory; nil when everything is.
  package init(compactedRevision: Revision, source: (any HistorySource)?, memory: MemoryBounds) {
    keyspace = Keyspace(source: source)
    keyspace.compactedRevision = compactedRevision
    self.memory = memory
    keepsHistory = source == nil && memory.historyBytes > 0
  }

  /// Enters a lease; all of them come before the first change.
  package mutating func restore(_ lease: Lease) { keyspace.leases.insert(lease) }

  /// Revisions that were given out without being logged; to be told before the first change.
  ///
  /// - Parameter forgotten: whether there may have been more before the compacted revision.
  package mutating func skip(_ skipped: SkippedRevisions, forgotten: Bool) {
    self.skipped = skipped
    forgotSkipped = forgotten
  }

  package var revision: Revision { keyspace.revision }

  /// Goes on after `revision`, up to which revisions may have been given out.
  package mutating func advance(to revision: Revision) throws(StoreError) {
    try finishRevision()
    keyspace.advance(to: revision)
  }

  mutating func resume(at id: VersionID) { lastID = id }

  /// - Throws: ``StoreError`` with code `damaged` when the change cannot follow those before it.
  package mutating func replay(_ kind: StoreEvent.Kind, _ version: StoredVersion) throws(StoreError) {
    let id = version.id
    guard lastID < id else { throw Self.damaged("change \(id) comes after \(lastID)") }
    if id.revision != lastID.revision { try finishRevision() }
    lastID = id
    if id.revision < keyspace.compactedRevision || skipped.contains(id.revision) {
      replayUnlogged(kind, version)
    } else {
      try replayLogged(kind, version)
    }
    keyspace.evictValues(downTo: memory.valueBytes)
  }

  package consuming func finish() throws(StoreError) -> Keyspace {
    try finishRevision()
    if keyspace.revision < keyspace.compactedRevision {
      throw Self.damaged("the newest change is \(keyspace.revision), but \(keyspace.compactedRevision) was compacted")
    }
    if let lease = keyspace.leases.firstUnknownAttachment {
      throw Self.damaged("a key is under lease \(lease), which does not exist")
    }
    return keyspace
  }

  private mutating func replayUnlogged(_ kind: StoreEvent.Kind, _ version: StoredVersion) {
    let previous = keyspace.live[version.keyValue.key]
    switch kind {
    case .put: _ = keyspace.replace(previous, with: version.keyValue, ordinal: Int(version.ordinal))
    case .delete:
      if let previous {
        _ = keyspace.delete(previous, at: version.keyValue.modRevision, ordinal: Int(version.ordinal))
      }
    }
    keyspace.advance(to: version.keyValue.modRevision)
  }

  private mutating func replayLogged(_ kind: StoreEvent.Kind, _ version: StoredVersion) throws(StoreError) {
    let revision = version.keyValue.modRevision
    if pending.isEmpty {
      // Rows below the compacted revision have holes, so the first logged one may follow at a distance.
      let expected = skipped.firstKept(from: max(keyspace.compactedRevision, keyspace.revision.next))
      guard revision == expected else { throw Self.damaged("revision \(expected) is missing before \(revision)") }
      keyspace.advance(to: Revision(rawValue: revision.rawValue - 1))
    }
    guard version.ordinal == pending.count else {
      throw Self.damaged("change \(pending.count) of revision \(revision) is missing")
    }
    let previous = keyspace.live[version.keyValue.key]
    let change: Change
    switch kind {
    case .put:
      let expected = (previous?.keyValue.version ?? 0) + 1
      // Of heartbeats some versions may not have been written down.
      let isExpected =
        version.keyValue.version == expected
        || version.keyValue.version > expected && previous.map { mayMissVersions(after: $0, before: revision) } ?? false
      guard isExpected,
        version.keyValue.createRevision == previous?.keyValue.createRevision ?? revision
      else { throw Self.damaged("key \(version.keyValue.key) at revision \(revision) does not follow its past") }
      change = keyspace.replace(previous, with: version.keyValue, ordinal: pending.count)
    case .delete:
      guard let previous else {
        throw Self.damaged("key \(version.keyValue.key) was deleted at revision \(revision) but did not exist")
      }
      change = keyspace.delete(previous, at: revision, ordinal: pending.count)
    }
    pending.append(change)
  }

  private func mayMissVersions(after previous: StoredVersion, before revision: Revision) -> Bool {
    let since = previous.keyValue.modRevision
    return skipped.intersects(after: since, before: revision) || (forgotSkipped && since < keyspace.compactedRevision)
  }

  private mutating func finishRevision() throws(StoreError) {
    guard !pending.isEmpty else { return }
    if keepsHistory {
      keyspace.record(pending, at: lastID.revision)
    } else {
      keyspace.advance(to: lastID.revision)
      keyspace.noteSpilled(pending, at: lastID.revision)
    }
    pending = []
  }

  private static func damaged(_ message: String) -> StoreError {
    StoreError(.damaged, "the history contradicts itself: \(message)")
  }
}
