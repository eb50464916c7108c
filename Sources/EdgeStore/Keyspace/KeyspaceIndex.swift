/// What an engine with a disk needs to write down of a keyspace to find it again without reading every value: the current
/// keys, and how much history lies behind them.
package struct KeyspaceIndex: Sendable {
  /// Up to which change it holds.
  package var newestChange: VersionID
  /// History by size: in each stretch the last revision and the bytes.
  package var history: [(last: Revision, bytes: Int)]

  package init(newestChange: VersionID, history: [(last: Revision, bytes: Int)]) {
    self.newestChange = newestChange
    self.history = history
  }
}

/// The current versions of a keyspace as an index tells them, in byte order of their keys and none with its value.
package struct IndexedVersions: Sendable {
  private var builder = KeyTree.Builder()
  private var attached: [(key: StoreKey, lease: LeaseID)] = []
  /// Bytes of all keys and values.
  private var bytes = 0

  package init() {}

  /// - Parameter version: of a key after that of the last one.
  package mutating func append(_ version: consuming StoredVersion) {
    let key = version.keyValue.key
    bytes += version.payloadBytes
    if version.keyValue.lease != .none { attached.append((key, version.keyValue.lease)) }
    builder.append(version)
  }

  fileprivate consuming func enter(_ keyspace: inout Keyspace) {
    for (key, lease) in attached { keyspace.leases.move(key, from: .none, to: lease) }
    keyspace.liveBytes = bytes
    keyspace.live = builder.finish()
  }
}

extension Keyspace {
  package func index(upTo newestChange: VersionID) -> KeyspaceIndex {
    var stretches = spilled
    for (revision, changes) in history.changes(from: compactedRevision) {
      stretches.add(changes.reduce(0) { $0 + $1.historyBytes }, upTo: revision)
    }
    return KeyspaceIndex(newestChange: newestChange, history: stretches.stretches)
  }

  /// The current versions in byte order of their keys; some without their values.
  package func forEachCurrent<Failure: Error>(_ body: (StoredVersion) throws(Failure) -> Void) throws(Failure) {
    var versions = live.versions(from: StoreKey([]))
    while let version = versions.next() { try body(version) }
  }
}

extension KeyspaceRestoration {
  /// Starts at an index instead of an empty store; what changed after it is replayed as usual. Its values stay on the disk
  /// until they are read, and so does the history before it.
  ///
  package mutating func resume(_ index: KeyspaceIndex, _ current: consuming IndexedVersions) {
    resume(at: index.newestChange)
    current.enter(&keyspace)
    keyspace.resume(index)
  }
}

extension Keyspace {
  fileprivate mutating func resume(_ index: KeyspaceIndex) {
    advance(to: index.newestChange.revision)
    spillFloor = index.newestChange.revision.next
    for (last, bytes) in index.history { spilled.add(bytes, upTo: last) }
    spilled.dropRuns(before: compactedRevision)
  }
}
