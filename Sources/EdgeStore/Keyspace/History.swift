/// What is no longer current but can still be read or watched: a log of changes by revision.
///
/// Each change carries the version it superseded, so the log tells what was watched and, read back from the present, what
/// any key held at a moment: reading the past costs what has changed since, and nothing is filed for it in advance. The
/// engine's seam to a history on disk is this type.
package struct History: Sendable {
  private var log = OrderedMap<Revision, [Change]>()
  /// Estimated memory of all this, without the values that are current as well.
  private(set) var bytes = 0
  /// Estimated memory of all this if none of its values were current.
  private(set) var heldBytes = 0

  var firstLoggedRevision: Revision? { log.first?.key }

  var firstLogged: [Change] { log.first?.value ?? [] }

  mutating func append(_ changes: [Change], at revision: Revision) {
    for change in changes {
      bytes += change.historyBytes
      heldBytes += change.heldBytes
    }
    log.updateValue(changes, forKey: revision)
  }

  /// The changes from `revision` on, oldest first.
  func changes(from revision: Revision) -> OrderedMap<Revision, [Change]>.Elements { log.elements(from: revision) }

  /// For the keys that changed after `revision`, what they held at it; nil for those that did not exist. What is known
  /// already comes from earlier changes.
  func undo(_ keys: KeyRange, to revision: Revision, into known: inout [StoreKey: StoredVersion?]) {
    for (_, changes) in log.elements(from: revision.next) { changes.undo(keys, into: &known) }
  }

  /// Drops the oldest log entry; returns the versions that nothing refers to any more.
  mutating func dropFirst() -> [VersionID] {
    guard let (revision, changes) = log.first else { return [] }
    log.removeValue(forKey: revision)
    var dropped: [VersionID] = []
    for change in changes {
      if let previous = change.previous { dropped.append(previous.id) }
      if change.kind == .delete { dropped.append(change.version.id) }
      bytes -= change.historyBytes
      heldBytes -= change.heldBytes
    }
    return dropped
  }
}

extension [Change] {
  /// The first change of a key tells what it held before all of them.
  func undo(_ keys: KeyRange, into known: inout [StoreKey: StoredVersion?]) {
    for change in self where keys.contains(change.version.keyValue.key) {
      let key = change.version.keyValue.key
      if known[key] == nil { known[key] = .some(change.previous) }
    }
  }
}
