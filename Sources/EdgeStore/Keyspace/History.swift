/// What is no longer current but can still be read or watched: a log of changes by revision, and superseded versions by
/// key.
///
/// A change enters both at once and leaves both at once: the version that revision r superseded is needed exactly as
/// long as the log's entry r. So the readable past begins one revision before the log, and dropping costs what is
/// dropped and no search. The engine's seam to a history on disk is this type.
package struct History: Sendable {
  private var log = OrderedMap<Revision, [Change]>()
  /// Superseded versions and, as nil, the revisions that deleted a key.
  private var superseded = OrderedMap<Address, StoredVersion?>()
  /// Estimated memory of all this.
  private(set) var bytes = 0

  private struct Address: Comparable, Sendable {
    var key: StoreKey
    var revision: Revision

    static func < (left: Address, right: Address) -> Bool {
      if left.key < right.key { return true }
      return left.key == right.key && left.revision < right.revision
    }
  }

  var firstLoggedRevision: Revision? { log.first?.key }

  var firstLogged: [Change] { log.first?.value ?? [] }

  /// Files what `change` supersedes; the change itself enters the log with ``append(_:at:)``.
  mutating func supersede(by change: Change) {
    let key = change.version.keyValue.key
    if let previous = change.previous {
      superseded.updateValue(previous, forKey: Address(key: key, revision: previous.keyValue.modRevision))
    }
    if change.kind == .delete {
      superseded.updateValue(nil, forKey: Address(key: key, revision: change.version.keyValue.modRevision))
    }
    bytes += change.historyBytes
  }

  mutating func append(_ changes: [Change], at revision: Revision) {
    log.updateValue(changes, forKey: revision)
  }

  /// The changes from `revision` on, oldest first.
  func changes(from revision: Revision) -> OrderedMap<Revision, [Change]>.Elements { log.elements(from: revision) }

  /// The version of `key` that was current at `revision`, given that the current one is younger than that.
  func version(of key: StoreKey, at revision: Revision) -> StoredVersion? {
    guard let found = superseded.last(notAfter: Address(key: key, revision: revision)), found.key.key == key else {
      return nil
    }
    return found.value
  }

  /// The first key not smaller than `key` of which a superseded version is kept.
  func firstKey(notBefore key: StoreKey) -> StoreKey? {
    superseded.elements(from: Address(key: key, revision: .zero)).first { _ in true }?.key.key
  }

  /// Drops the oldest log entry and what only it kept; returns the versions that nothing refers to any more.
  mutating func dropFirst() -> [VersionID] {
    guard let (revision, changes) = log.first else { return [] }
    log.removeValue(forKey: revision)
    var dropped: [VersionID] = []
    for change in changes {
      let key = change.version.keyValue.key
      if let previous = change.previous {
        superseded.removeValue(forKey: Address(key: key, revision: previous.keyValue.modRevision))
        dropped.append(previous.id)
      }
      if change.kind == .delete {
        superseded.removeValue(forKey: Address(key: key, revision: revision))
        dropped.append(change.version.id)
      }
      bytes -= change.historyBytes
    }
    return dropped
  }
}
