// What of a keyspace is in memory: always keys, revisions and counts; values and history up to bounds that the engine
// sets. Only an engine with a `HistorySource` may use these.
extension Keyspace {
  /// The version with its value.
  func keyValue(of version: StoredVersion) throws(StoreError) -> KeyValue {
    if version.isResident { return version.keyValue }
    guard let source else { preconditionFailure("values were given up without a place to read them from") }
    var keyValue = version.keyValue
    if let value = fetched[version.id] {
      keyValue.value = value
    } else {
      keyValue.value = try source.value(of: version.id)
    }
    return keyValue
  }

  /// The versions with their values, in the same order; what is on the disk is read together.
  func keyValues(of versions: [StoredVersion]) throws(StoreError) -> [KeyValue] {
    var keyValues = versions.map(\.keyValue)
    let missing = versions.indices.filter { !versions[$0].isResident }
    if missing.isEmpty { return keyValues }
    guard let source else { preconditionFailure("values were given up without a place to read them from") }
    let values = try source.values(of: missing.map { versions[$0].id })
    for (index, value) in zip(missing, values) { keyValues[index].value = value }
    return keyValues
  }

  /// Brings the current value of a key back, so that a change can carry it as the previous one.
  mutating func makeResident(_ key: StoreKey) throws(StoreError) {
    guard var version = live[key], !version.isResident else { return }
    version.bringBack(try keyValue(of: version).value)
    residentBytes += version.keyValue.value.count
    live.update(version)
  }

  /// Reads ahead, all together, the values that the transactions will need of the keys they put; what is not there any more
  /// is told to whoever needs it.
  package mutating func fetchPreviousValues(for transactions: some Sequence<Transaction>) {
    guard let source, carriesPreviousValues else { return }
    var absent: Set<VersionID> = []
    for transaction in transactions {
      for case .put(let request) in transaction.success {
        if let current = live[request.key], !current.isResident { absent.insert(current.id) }
      }
    }
    if absent.count < 2 { return }
    let ids = Array(absent)
    guard let values = try? source.values(of: ids) else { return }
    fetched = Dictionary(uniqueKeysWithValues: zip(ids, values))
  }

  package mutating func forgetFetchedValues() { if !fetched.isEmpty { fetched = [:] } }

  /// The changes with the superseded values that they lack.
  package func complete(_ changes: [Change]) throws(StoreError) -> [Change] {
    var changes = changes
    for index in changes.indices where changes[index].lacksPreviousValue {
      if let previous = changes[index].previous {
        changes[index].previous?.bringBack(try keyValue(of: previous).value)
      }
    }
    return changes
  }

  /// Reads values from the disk that are current and not in memory, as long as the bound leaves room: what was left there
  /// by an opening comes back in steps while nobody waits.
  ///
  /// - Parameter cursor: where to go on; moved on by at most `limit` keys, nil at the end.
  package mutating func warm(_ cursor: inout StoreKey?, limit: Int, upTo bytes: Int) throws(StoreError) {
    guard let start = cursor, let source else { return }
    var absent: [StoredVersion] = []
    var looked = 0
    var versions = live.versions(from: start)
    cursor = nil
    while let version = versions.next() {
      if looked == limit {
        cursor = version.key
        break
      }
      looked += 1
      if !version.isResident { absent.append(version) }
    }
    let values = try source.values(of: absent.map(\.id))
    for (version, value) in zip(absent, values) {
      if residentBytes + value.count > bytes {
        cursor = nil
        return
      }
      var version = version
      version.bringBack(value)
      residentBytes += value.count
      live.update(version)
    }
  }

  /// Gives up values until at most `bytes` are left (a sixteenth less, so that it is not called for every put). They must
  /// be on the disk. It goes round the keys, which costs less than knowing who was read last, and spares what was written
  /// last: three quarters of the bound, as long as something else can go.
  package mutating func evictValues(downTo bytes: Int) {
    recentWrites.note(newValueBytes, at: revision, bound: bytes)
    newValueBytes = 0
    guard residentBytes > bytes else { return }
    let target = bytes - bytes / 16
    // Leaves that nobody has written while a quarter of all keys, or 32,768, could have been are packed; without memory for
    // values, all.
    let age = bytes == 0 ? -1 : Int64(min(max(4096, keyCount / 4), 32_768))
    let horizon = Revision(rawValue: revision.rawValue - age)
    // From the cursor to the last key, then once more from the first; and all that again for what was spared.
    for round in 0..<4 {
      let spared = round < 2 ? recentWrites.start : revision.next
      var left = residentBytes
      func evicted(_ versions: [StoredVersion]) -> [StoredVersion]? {
        var revised: [StoredVersion]?
        for (index, version) in versions.enumerated() where left > target {
          guard version.isResident, !version.isPinned, version.valueCount > 0, version.id.revision < spared else {
            continue
          }
          left -= version.valueCount
          revised = revised ?? versions
          revised?[index].setAside(valueCount: version.valueCount)
        }
        return revised
      }
      let next = live.reviseLeaves(
        from: evictionCursor, packing: horizon, while: { left > target }, revising: evicted)
      residentBytes = left
      evictionCursor = next ?? StoreKey([])
      if left <= target { return }
    }
  }

  /// Takes note of history that was never in memory.
  mutating func noteSpilled(_ changes: [Change], at revision: Revision) {
    spilled.add(changes.reduce(0) { $0 + $1.historyBytes }, upTo: revision)
    spillFloor = revision.next
  }

  /// Gives up the oldest history in memory until at most `bytes` are left, when it is a thirty-second more (so that it is not
  /// called for every put); on the disk it stays readable.
  package mutating func spillHistory(downTo bytes: Int) {
    guard history.heldBytes > bytes + bytes / 32 else { return }
    while history.heldBytes > bytes, let oldest = history.firstLoggedRevision, oldest < revision {
      let before = history.bytes
      noteForgotten(history.firstLogged, at: oldest)
      _ = history.dropFirst()
      spillFloor = oldest.next
      if oldest >= compactedRevision { spilled.add(before - history.bytes, upTo: oldest) }
    }
  }

  /// Whether a read at this revision needs the disk. The log's first entry also tells what was there before it.
  package func readsDisk(at asked: Revision) -> Bool { source != nil && isSpilled(asked) }

  func isSpilled(_ asked: Revision) -> Bool { asked.next < spillFloor }
}

/// From which revision on the values written last are, in bytes three quarters of a bound. Known to a sixteenth of it.
struct RecentWrites: Sendable {
  /// Where each of the last sixteenths begins, oldest first.
  private var marks: [Revision] = []
  private var pendingBytes = 0

  private static let count = 12

  /// Everything from here on is recent; at the beginning, when all of it is, nothing can tell and nothing is.
  var start: Revision { marks.count == Self.count ? marks[0] : Revision(rawValue: .max) }

  mutating func note(_ bytes: Int, at revision: Revision, bound: Int) {
    let step = bound / 16
    guard step > 0 else { return }
    pendingBytes += bytes
    if pendingBytes < step { return }
    let steps = min(pendingBytes / step, Self.count)
    pendingBytes %= step
    marks.append(contentsOf: repeatElement(revision, count: steps))
    marks.removeFirst(max(0, marks.count - Self.count))
  }
}

/// About how many bytes of history are on the disk only, and where: enough for a policy to say how far to compact.
struct SpilledHistory: Sendable {
  private struct Run {
    var last: Revision
    var bytes: Int
  }
  private var runs: [Run] = []
  private(set) var bytes = 0

  private static let runBytes = 256 << 10

  mutating func add(_ bytes: Int, upTo revision: Revision) {
    self.bytes += bytes
    if let last = runs.last, last.bytes < Self.runBytes {
      runs[runs.count - 1] = Run(last: revision, bytes: last.bytes + bytes)
    } else {
      runs.append(Run(last: revision, bytes: bytes))
    }
  }

  var stretches: [(last: Revision, bytes: Int)] { runs.map { ($0.last, $0.bytes) } }

  mutating func dropRuns(before revision: Revision) {
    let kept = runs.drop { $0.last < revision }
    if kept.count == runs.count { return }
    runs = Array(kept)
    bytes = runs.reduce(0) { $0 + $1.bytes }
  }

  /// Takes off runs from the oldest until `excess` is used up; nil when all of them do not suffice.
  func revision(dropping excess: inout Int) -> Revision? {
    for run in runs {
      excess -= run.bytes
      if excess <= 0 { return run.last.next }
    }
    return nil
  }
}
