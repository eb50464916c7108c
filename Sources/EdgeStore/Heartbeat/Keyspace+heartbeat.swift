// Keys whose updates an engine does not write down one by one (FF-09). In memory they are like all others. What differs is
// the past: of these keys it is known only as far back as memory reaches, which ``heartbeatFloor`` says.
extension Keyspace {
  /// - Parameters:
  ///   - keys: whose updates may be missing on the disk from now on.
  ///   - inexact: keys of which updates before now may be missing; nil when none are.
  package mutating func expectHeartbeats(of keys: [KeyRange], inexact: [KeyRange]?) {
    heartbeatKeys = keys
    inexactKeys = inexact ?? keys
    if inexact != nil { heartbeatFloor = revision.next }
  }

  /// Keeps the current value of a key in memory until it is on the disk.
  package mutating func pin(_ key: StoreKey) {
    guard let version = live[key] else { return }
    live.update(version.pinned(true))
  }

  package mutating func unpin(_ key: StoreKey) {
    guard let version = live[key], version.isPinned else { return }
    live.update(version.pinned(false))
  }

  package func current(_ key: StoreKey) -> StoredVersion? { live[key] }

  /// Every change of these keys from here on can be told; below, some or all are missing.
  func oldestWatchable(of keys: KeyRange) -> Revision {
    max(compactedRevision, isInexact(keys) ? heartbeatFloor : .zero)
  }

  /// What the keys held can be told from here on.
  func oldestReadable(of keys: KeyRange) -> Revision {
    max(compactedRevision, isInexact(keys) ? Revision(rawValue: heartbeatFloor.rawValue - 1) : .zero)
  }

  private func isInexact(_ keys: KeyRange) -> Bool {
    !inexactKeys.isEmpty && inexactKeys.contains { $0.intersects(keys) }
  }

  /// Takes note that an entry of the log leaves the memory.
  mutating func noteForgotten(_ changes: [Change], at revision: Revision) {
    if heartbeatKeys.isEmpty { return }
    if changes.contains(where: { change in heartbeatKeys.contains { $0.contains(change.version.keyValue.key) } }) {
      heartbeatFloor = max(heartbeatFloor, revision.next)
    }
  }
}

extension KeyRange {
  func intersects(_ other: KeyRange) -> Bool {
    (end.map { other.start < $0 } ?? true) && (other.end.map { start < $0 } ?? true)
  }
}
