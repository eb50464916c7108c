/// Rebuilds a keyspace from the changes that a durable engine kept, oldest first, and proves that they fit together.
///
/// From the compacted revision on every change must be there; before it only those that nothing has superseded. Older
/// leftovers are what a crash in the middle of a compaction leaves; they are passed over, and the compaction goes on.
package struct KeyspaceRestoration: Sendable {
  private var keyspace: Keyspace
  private let memory: MemoryBounds
  private var pending: [Change] = []
  private var lastID = VersionID(revision: .initial, ordinal: .max)

  package init(compactedRevision: Revision, source: (any HistorySource)?, memory: MemoryBounds) {
    keyspace = Keyspace(source: source)
    keyspace.compactedRevision = compactedRevision
    self.memory = memory
  }

  /// Enters a lease; all of them come before the first change.
  package mutating func restore(_ lease: Lease) { keyspace.leases.insert(lease) }

  /// - Throws: ``StoreError`` with code `damaged` when the change cannot follow those before it.
  package mutating func replay(_ kind: StoreEvent.Kind, _ version: StoredVersion) throws(StoreError) {
    let id = version.id
    guard lastID < id else { throw Self.damaged("change \(id) comes after \(lastID)") }
    if id.revision != lastID.revision { try finishRevision() }
    lastID = id
    // Its bytes leave the accounts, and a change carries what it superseded.
    try keyspace.makeResident(version.keyValue.key)
    if id.revision < keyspace.compactedRevision {
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
      let isFirstLogged = keyspace.history.firstLoggedRevision == nil
      let expected = isFirstLogged ? max(keyspace.compactedRevision, Revision(rawValue: 2)) : keyspace.revision.next
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
      guard version.keyValue.version == expected,
        version.keyValue.createRevision == previous?.keyValue.createRevision ?? revision
      else { throw Self.damaged("key \(version.keyValue.key) at revision \(revision) does not follow its past") }
      change = keyspace.replace(previous, with: version.keyValue, ordinal: pending.count)
    case .delete:
      guard let previous else {
        throw Self.damaged("key \(version.keyValue.key) was deleted at revision \(revision) but did not exist")
      }
      change = keyspace.delete(previous, at: revision, ordinal: pending.count)
    }
    keyspace.history.supersede(by: change)
    pending.append(change)
  }

  private mutating func finishRevision() throws(StoreError) {
    guard !pending.isEmpty else { return }
    keyspace.record(pending, at: lastID.revision)
    keyspace.spillHistory(downTo: memory.historyBytes)
    pending = []
  }

  private static func damaged(_ message: String) -> StoreError {
    StoreError(.damaged, "the history contradicts itself: \(message)")
  }
}
