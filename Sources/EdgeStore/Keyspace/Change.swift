/// A version and its place in history. The pair of revision and ordinal names it for good, which is how a disk engine
/// finds the row again.
package struct StoredVersion: Hashable, Sendable {
  package var keyValue: KeyValue
  /// The position among the changes of its revision.
  package var ordinal: Int32
  /// The length of a value that is on the engine's disk and not here; negative when it is here.
  private var absentBytes: Int32 = Self.here

  private static let here: Int32 = -1
  private static let onlyHere: Int32 = -2

  package init(keyValue: KeyValue, ordinal: Int32) {
    self.keyValue = keyValue
    self.ordinal = ordinal
  }

  /// Whether the value is here; otherwise it is on the engine's disk. In a ``Change`` it always is.
  package var isResident: Bool { absentBytes < 0 }

  package var valueCount: Int { isResident ? keyValue.value.count : Int(absentBytes) }

  /// Whether the value must stay here, because it is not on the disk yet. Only of a resident one.
  var isPinned: Bool {
    get { absentBytes == Self.onlyHere }
    set { absentBytes = newValue ? Self.onlyHere : Self.here }
  }

  var payloadBytes: Int { keyValue.key.bytes.count + valueCount }

  /// Leaves the value, which has this length, on the disk.
  package mutating func setAside(valueCount: Int) {
    keyValue.value = []
    absentBytes = Int32(clamping: valueCount)
  }

  mutating func bringBack(_ value: [UInt8]) {
    keyValue.value = value
    absentBytes = Self.here
  }

  package var id: VersionID { VersionID(revision: keyValue.modRevision, ordinal: ordinal) }
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
  package var previous: StoredVersion?

  package init(kind: StoreEvent.Kind, version: StoredVersion, previous: StoredVersion?) {
    self.kind = kind
    self.version = version
    self.previous = previous
  }

  package func event(withPrevious: Bool) -> StoreEvent {
    StoreEvent(kind: kind, keyValue: version.keyValue, previous: withPrevious ? previous?.keyValue : nil)
  }

  /// What keeping this change costs: the version it superseded, and the tree's and log's own bookkeeping.
  var historyBytes: Int { 224 + version.keyValue.key.bytes.count + (previous?.valueCount ?? 0) }

  /// What it keeps in memory when its value is not current any more or was given up there: giving up a current value frees
  /// nothing as long as history has it.
  var heldBytes: Int { historyBytes + version.keyValue.value.count }
}
