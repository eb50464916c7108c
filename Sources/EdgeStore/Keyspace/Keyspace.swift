/// The whole store as a value: what is current, what is past, and where it stands.
///
/// All semantics live here, free of IO, locks and time, so that engines differ only in how they make it durable. A copy
/// is a snapshot and costs O(1). Current keys and history are kept apart because nearly all reads want the present.
package struct Keyspace: Sendable {
  package private(set) var revision = Revision.initial
  /// Reads and watches below this revision are refused. What lies below may still be in memory until
  /// ``compactStep(limit:)`` has removed it.
  package internal(set) var compactedRevision = Revision.zero
  var live = KeyTree()
  var history = History()
  package internal(set) var leases = LeaseTable()
  /// Bytes of the keys and values that exist now.
  package internal(set) var liveBytes = 0

  /// Where values and history are that were given up in memory; nil for an engine without a disk.
  let source: (any HistorySource)?
  /// Whether each change brings along the value it supersedes, though that may have to be read from the disk for it. Without
  /// it a change may lack that value (``Change/lacksPreviousValue``), and whoever needs it reads it later.
  package var carriesPreviousValues = true
  /// Values read ahead for changes to come.
  var fetched: [VersionID: [UInt8]] = [:]
  /// Bytes of the current values that are in memory.
  package internal(set) var residentBytes = 0
  var evictionCursor = StoreKey([])
  /// Bytes of values written since ``evictValues(downTo:)`` looked last.
  var newValueBytes = 0
  var recentWrites = RecentWrites()
  /// Changes below this revision are on the disk only.
  package internal(set) var spillFloor = Revision.zero
  var spilled = SpilledHistory()

  /// Keys whose updates are not all on the disk.
  var heartbeatKeys: [KeyRange] = []
  /// Keys of which nothing is exact before ``heartbeatFloor``.
  var inexactKeys: [KeyRange] = []
  package internal(set) var heartbeatFloor = Revision.zero

  package init(source: (any HistorySource)? = nil) { self.source = source }

  package var keyCount: Int { live.count }
  /// Estimated bytes of the past that can still be read, wherever it is.
  package var historyBytes: Int { history.bytes + spilled.bytes }

  /// The changes from `revision` on, oldest first; only meaningful from ``compactedRevision`` on.
  package func changes(from revision: Revision) -> some Sequence<(key: Revision, value: [Change])> {
    history.changes(from: revision)
  }
}

// The three ways in which current keys change; transactions and replay are made of them.
extension Keyspace {
  mutating func put(
    _ key: StoreKey, _ value: [UInt8], lease: LeaseID, at revision: Revision, ordinal: Int
  ) -> Change {
    put(key, value, over: live[key], lease: lease, at: revision, ordinal: ordinal)
  }

  /// - Parameter previous: the key's current version.
  mutating func put(
    _ key: StoreKey, _ value: [UInt8], over previous: StoredVersion?, lease: LeaseID, at revision: Revision,
    ordinal: Int
  ) -> Change {
    let keyValue = KeyValue(
      // The same bytes as before, so that the request's copy can go.
      key: previous?.keyValue.key ?? key, value: value, createRevision: previous?.keyValue.createRevision ?? revision,
      modRevision: revision,
      version: (previous?.keyValue.version ?? 0) + 1, lease: lease)
    return replace(previous, with: keyValue, ordinal: ordinal)
  }

  mutating func replace(_ previous: StoredVersion?, with keyValue: KeyValue, ordinal: Int) -> Change {
    let version = StoredVersion(keyValue: keyValue, ordinal: Int32(ordinal))
    live.update(version)
    liveBytes += version.payloadBytes - (previous?.payloadBytes ?? 0)
    // A value that was set aside is empty here.
    residentBytes += keyValue.value.count - (previous?.keyValue.value.count ?? 0)
    newValueBytes += keyValue.value.count
    leases.move(keyValue.key, from: previous?.keyValue.lease ?? .none, to: keyValue.lease)
    return Change(kind: .put, version: version, previous: previous)
  }

  mutating func delete(_ previous: StoredVersion, at revision: Revision, ordinal: Int) -> Change {
    let key = previous.keyValue.key
    live.remove(key)
    liveBytes -= previous.payloadBytes
    residentBytes -= previous.keyValue.value.count
    leases.move(key, from: previous.keyValue.lease, to: .none)
    let tombstone = KeyValue(key: key, value: [], createRevision: .zero, modRevision: revision, version: 0)
    return Change(
      kind: .delete, version: StoredVersion(keyValue: tombstone, ordinal: Int32(ordinal)), previous: previous)
  }

  mutating func record(_ changes: [Change], at revision: Revision) {
    precondition(revision == self.revision.next, "revisions are dense")
    history.append(changes, at: revision)
    self.revision = revision
  }

  /// Takes note of a revision whose history is not kept.
  mutating func advance(to revision: Revision) { self.revision = max(self.revision, revision) }
}
