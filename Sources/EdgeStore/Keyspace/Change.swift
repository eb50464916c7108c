/// A version and its place in history. The pair of revision and ordinal names it for good, which is how a disk engine
/// finds the row again.
///
/// It is one reference, because trees and logs copy many of them: each copied reference costs an atomic count.
package struct StoredVersion: Hashable, Sendable {
  private let content: Content

  private final class Content: Sendable {
    let keyValue: KeyValue
    let ordinal: Int32
    /// The length of a value that is on the engine's disk and not here; negative when it is here.
    let absentBytes: Int32

    init(_ keyValue: KeyValue, ordinal: Int32, absentBytes: Int32) {
      self.keyValue = keyValue
      self.ordinal = ordinal
      self.absentBytes = absentBytes
    }
  }

  private static var here: Int32 { -1 }
  private static var onlyHere: Int32 { -2 }

  private init(_ keyValue: KeyValue, ordinal: Int32, absentBytes: Int32) {
    content = Content(keyValue, ordinal: ordinal, absentBytes: absentBytes)
  }

  package init(keyValue: KeyValue, ordinal: Int32) {
    self.init(keyValue, ordinal: ordinal, absentBytes: Self.here)
  }

  /// One whose value, of this length, is on the engine's disk. An empty one is nowhere else than here.
  package init(absent keyValue: KeyValue, ordinal: Int32, valueCount: Int) {
    self.init(keyValue, ordinal: ordinal, absentBytes: valueCount == 0 ? Self.here : Int32(clamping: valueCount))
  }

  package var keyValue: KeyValue { content.keyValue }
  package var key: StoreKey { content.keyValue.key }

  /// The position among the changes of its revision.
  package var ordinal: Int32 { content.ordinal }

  /// Whether the value is here; otherwise it is on the engine's disk. The new version of a ``Change`` always has it.
  package var isResident: Bool { content.absentBytes < 0 }

  package var valueCount: Int { isResident ? content.keyValue.value.count : Int(content.absentBytes) }

  /// Whether the value must stay here, because it is not on the disk yet. Only of a resident one.
  var isPinned: Bool { content.absentBytes == Self.onlyHere }

  func pinned(_ isPinned: Bool) -> StoredVersion {
    StoredVersion(keyValue, ordinal: ordinal, absentBytes: isPinned ? Self.onlyHere : Self.here)
  }

  var payloadBytes: Int { content.keyValue.key.bytes.count + valueCount }

  /// Leaves the value, which has this length, on the disk.
  package mutating func setAside(valueCount: Int) {
    var keyValue = keyValue
    keyValue.value = []
    self = StoredVersion(keyValue, ordinal: ordinal, absentBytes: Int32(clamping: valueCount))
  }

  package mutating func bringBack(_ value: [UInt8]) {
    var keyValue = keyValue
    keyValue.value = value
    self = StoredVersion(keyValue, ordinal: ordinal, absentBytes: Self.here)
  }

  package var id: VersionID { VersionID(revision: content.keyValue.modRevision, ordinal: ordinal) }

  package static func == (left: StoredVersion, right: StoredVersion) -> Bool {
    left.content === right.content
      || left.content.ordinal == right.content.ordinal && left.content.absentBytes == right.content.absentBytes
        && left.content.keyValue == right.content.keyValue
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

package struct VersionID: Hashable, Comparable, Sendable {
  package var revision: Revision
  package var ordinal: Int32

  package init(revision: Revision, ordinal: Int32) {
    self.revision = revision
    self.ordinal = ordinal
  }

  package static func < (left: VersionID, right: VersionID) -> Bool {
    left.revision == right.revision ? left.ordinal < right.ordinal : left.revision < right.revision
  }
}

/// What a transaction did to one key; the unit of the log.
package struct Change: Hashable, Sendable {
  package var kind: StoreEvent.Kind
  package var version: StoredVersion
  /// What it supersedes, perhaps without the value: see ``Keyspace/carriesPreviousValues``.
  package var previous: StoredVersion?

  package init(kind: StoreEvent.Kind, version: StoredVersion, previous: StoredVersion?) {
    self.kind = kind
    self.version = version
    self.previous = previous
  }

  /// Whether the superseded value is on the engine's disk only.
  package var lacksPreviousValue: Bool { previous.map { !$0.isResident } ?? false }

  /// - Parameter withPrevious: whether to tell what was superseded; a value that is lacking is not told.
  package func event(withPrevious: Bool) -> StoreEvent {
    StoreEvent(
      kind: kind, keyValue: version.keyValue,
      previous: withPrevious && !lacksPreviousValue ? previous?.keyValue : nil)
  }

  /// As ``event(withPrevious:)``, but when the key was written before in the same revision, the event tells what it held before
  /// all of that, as etcd's do.
  ///
  /// - Parameter changes: those of the revision, or at least all of this key.
  package func event(withPrevious: Bool, among changes: [Change]) -> StoreEvent {
    var event = event(withPrevious: withPrevious)
    guard withPrevious, changes.count > 1, let previous, previous.id.revision == version.id.revision,
      let first = changes.first(where: { $0.version.key == version.key })
    else { return event }
    event.previous = first.event(withPrevious: true).previous
    return event
  }

  /// What keeping this change costs: the version it superseded, and the tree's and log's own bookkeeping.
  var historyBytes: Int { 224 + version.keyValue.key.bytes.count + (previous?.valueCount ?? 0) }

  /// What it keeps in memory when its value is not current any more or was given up there: giving up a current value frees
  /// nothing as long as history has it.
  var heldBytes: Int {
    historyBytes + version.keyValue.value.count - (lacksPreviousValue ? previous?.valueCount ?? 0 : 0)
  }
}
