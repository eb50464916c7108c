import Synchronization

extension Keyspace {
  /// The changes that rebuild this keyspace, its history included: those from the compacted revision on, and before them
  /// the versions that were current there. For a keyspace that is wholly in memory.
  private var rebuildingChanges: (base: [StoredVersion], logStart: Revision) {
    let logStart = history.firstLoggedRevision ?? revision.next
    var base: [StoredVersion] = []
    for version in live.versions(from: StoreKey([])) where version.keyValue.modRevision < logStart {
      base.append(version)
    }
    for (_, changes) in history.changes(from: .zero) {
      for case let previous? in changes.map(\.previous) where previous.keyValue.modRevision < logStart {
        base.append(previous)
      }
    }
    return (base.sorted { $0.id < $1.id }, logStart)
  }

  /// A copy as records, made piece by piece while it is read; the keyspace's value is all it holds.
  func recordSnapshot() -> StoreSnapshot {
    let pieces = Mutex<RecordPieces?>(RecordPieces(self))
    return StoreSnapshot(
      revision: revision, totalBytes: nil, format: .records,
      next: { () async throws(StoreError) in
        try pieces.withLock { pieces throws(StoreError) in
          guard pieces != nil else { throw StoreError(.closed, "the snapshot was cancelled") }
          return pieces?.next()
        }
      },
      cancel: { pieces.withLock { $0 = nil } })
  }

  private struct RecordPieces {
    private let log: History
    private var base: IndexingIterator<[StoredVersion]>
    private var nextLogged: Revision?
    private var writer = SnapshotRecordWriter()

    private static let pieceBytes = 256 << 10

    init(_ keyspace: Keyspace) {
      let (base, logStart) = keyspace.rebuildingChanges
      self.base = base.makeIterator()
      log = keyspace.history
      nextLogged = logStart
      // What compaction has not come round to dropping is not readable here and will not be there.
      writer.write(
        .head(compactedRevision: keyspace.compactedRevision, revision: keyspace.revision))
      for lease in keyspace.leases.all { writer.write(.lease(lease)) }
    }

    mutating func next() -> [UInt8]? {
      while writer.bytes.count < Self.pieceBytes, let version = base.next() { writer.write(.change(.put, version)) }
      if writer.bytes.count < Self.pieceBytes, let start = nextLogged {
        nextLogged = nil
        for (revision, changes) in log.changes(from: start) {
          if writer.bytes.count >= Self.pieceBytes {
            nextLogged = revision
            break
          }
          for change in changes { writer.write(.change(change.kind, change.version)) }
        }
        if nextLogged == nil { writer.write(.end) }
      }
      let piece = writer.take()
      return piece.isEmpty ? nil : piece
    }
  }
}
