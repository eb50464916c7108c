import EdgePrimitives

extension MemoryStore {
  /// Makes a store of a snapshot of format ``StoreSnapshot/Format/records``: content, leases, revisions and the history that
  /// was readable. Leases live their full time from now on.
  ///
  /// - Throws: ``StoreError`` with `incompatible` for another format, `damaged` when the snapshot is cut, changed or
  ///   contradicts itself, and what reading it throws.
  public convenience init(
    restoring snapshot: StoreSnapshot, compaction: CompactionPolicy? = CompactionPolicy(),
    clock: some Clock<Duration> = ContinuousClock(), entropy: any EntropySource = SystemEntropy()
  ) async throws(StoreError) {
    guard snapshot.format == .records else {
      throw StoreError(.incompatible, "a snapshot of format \(snapshot.format.rawValue) cannot be held in memory")
    }
    var restoring = RecordRestoration()
    while let piece = try await snapshot.next() { try restoring.take(piece) }
    let keyspace = try restoring.finish()
    self.init(keyspace, compaction: compaction, clock: clock, entropy: entropy)
  }
}

/// Rebuilds a keyspace from records: the head, then leases, then changes, then the end.
private struct RecordRestoration {
  private var reader = SnapshotRecordReader()
  private var restoration: KeyspaceRestoration?
  private var revision = Revision.initial
  private var hasChanges = false
  private var hasEnded = false

  mutating func take(_ piece: [UInt8]) throws(StoreError) {
    reader.feed(piece)
    while let record = try reader.next() {
      switch record {
      case .head(let compactedRevision, let revision):
        guard restoration == nil else { throw SnapshotRecordReader.damaged("it has two heads") }
        restoration = KeyspaceRestoration(
          compactedRevision: compactedRevision, source: nil, memory: MemoryBounds(valueBytes: .max, historyBytes: .max))
        self.revision = revision
      case .lease(let lease):
        guard restoration != nil, !hasChanges else { throw SnapshotRecordReader.damaged("a lease is out of place") }
        restoration?.restore(lease)
      case .change(let kind, let version):
        guard restoration != nil else { throw SnapshotRecordReader.damaged("it has no head") }
        hasChanges = true
        try restoration?.replay(kind, version)
      case .end: hasEnded = true
      }
    }
  }

  consuming func finish() throws(StoreError) -> Keyspace {
    guard hasEnded, let restoration else { throw SnapshotRecordReader.damaged("its end is missing") }
    let keyspace = try restoration.finish()
    guard keyspace.revision == revision else {
      throw SnapshotRecordReader.damaged("it stands at revision \(keyspace.revision), but says \(revision)")
    }
    return keyspace
  }
}
