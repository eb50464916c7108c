#if SQLite
import EdgeStore
import EdgeStoreSQLite

/// The second half of an import: writes the current keys as of the beginning of history, then history itself.
struct KineTransfer {
  private let database: KineDatabase
  private let survey: KineSurvey
  private let destination: String
  private var summary = KineImportSummary()
  private var current: [StoreKey: Version] = [:]

  /// What has to be known of a key's current version to write the next one.
  private struct Version {
    var revision: Int64
    var createRevision: Int64
    var version: Int64
    var timeToLive: Int64
  }

  /// Written and deleted where a revision has to be added.
  static let markerKey = StoreKey("edge-store/imported-from-kine")

  init(_ database: KineDatabase, _ survey: KineSurvey, into destination: String) {
    self.database = database
    self.survey = survey
    self.destination = destination
  }

  mutating func run(_ progress: (OfflineProgress) -> Void) throws(KineError) -> KineImportSummary {
    let start = survey.historyStart
    let writer = try inDatabase(destination) { () throws(StoreError) in try HistoryWriter(path: destination) }
    try writeCurrentKeys(before: start, writer, progress)
    try writeHistory(from: start, writer, progress)
    let hasHistory = start <= survey.currentRevision
    if !hasHistory && survey.currentRevision > 1 { try addRevision(writer) }
    try writeLeases(writer)

    // Nothing was ever compacted when history reaches back to the first revision.
    let compacted = start <= Revision.initial.next.rawValue ? Revision.zero : Revision(rawValue: start)
    let report = try inDatabase(destination) { () throws(StoreError) in
      try writer.finish(compactedRevision: compacted, progress: progress)
    }
    summary.keyCount = report.keyCount
    summary.revision = report.revision
    summary.compactedRevision = report.compactedRevision
    summary.historyRevisionCount = hasHistory ? Int(survey.currentRevision - start + 1) : 0
    summary.gapRowCount = survey.gapRowCount
    summary.missingRevisionCount = survey.missingCount
    summary.contradictionCount = survey.contradictionCount
    summary.oversizedValueCount = survey.oversizedCount
    return summary
  }

  private mutating func writeCurrentKeys(
    before start: Int64, _ writer: HistoryWriter, _ progress: (OfflineProgress) -> Void
  ) throws(KineError) {
    var rowCount = 0
    try database.forEachRow(in: 0..<start) { (row, _) throws(KineError) in
      if row.kind == .gap || row.kind == .compaction { return }
      rowCount += 1
      follow(row)
    }
    summary.supersededRowCount = rowCount - current.count
    let keys = current.sorted { $0.value.revision < $1.value.revision }
    if let first = keys.first, first.value.revision == 1 {
      throw KineError(
        .invalidRow,
        "row 1 of kine is the current version of \(first.key); our first revision is 2: write the key again")
    }
    try database.forEachValue(of: keys.map(\.value.revision)) { (index, value) throws(KineError) in
      let key = keys[index].key
      var (value, version) = (value, keys[index].value)
      if key.bytes == CompactRecord.key {
        (version.version, value) = CompactRecord.decode(value)
        current[key]?.version = version.version
      }
      try append(.put, keyValue(key, value, version), replacing: nil, to: writer)
      if Int64(index) % OfflineProgress.rowsBetween == 0 {
        progress(OfflineProgress(step: "writing current keys", done: Int64(index), total: Int64(keys.count)))
      }
    }
  }

  private mutating func writeHistory(
    from start: Int64, _ writer: HistoryWriter, _ progress: (OfflineProgress) -> Void
  ) throws(KineError) {
    try database.forEachRowWithValue(in: start..<Int64.max) { (row, stored) throws(KineError) in
      let previous = current[row.key]
      follow(row)
      if let version = current[row.key] {
        let value = row.isCompactRecord ? CompactRecord.decode(stored).value : stored
        try append(.put, keyValue(row.key, value, version), replacing: previous, to: writer)
      } else {
        let tombstone = KeyValue(
          key: row.key, value: [], createRevision: .zero, modRevision: Revision(rawValue: row.id), version: 0)
        try append(.delete, tombstone, replacing: previous, to: writer)
      }
      if row.id % OfflineProgress.rowsBetween == 0 {
        progress(
          OfflineProgress(step: "writing history", done: row.id - start, total: survey.currentRevision - start + 1))
      }
    }
  }

  /// Takes the current keys one row further. A key that was created before the rows that are there has been written at
  /// least twice.
  private mutating func follow(_ row: KineRow) {
    guard case .put(let created) = row.kind else {
      current[row.key] = nil
      return
    }
    let before = created ? 0 : current[row.key]?.version ?? 1
    current[row.key] = Version(
      revision: row.id, createRevision: row.createRevision, version: before + 1, timeToLive: row.timeToLive)
  }

  private func keyValue(_ key: StoreKey, _ value: [UInt8], _ version: Version) -> KeyValue {
    KeyValue(
      key: key, value: value, createRevision: Revision(rawValue: version.createRevision),
      modRevision: Revision(rawValue: version.revision), version: version.version,
      lease: LeaseID(rawValue: version.timeToLive))
  }

  private func append(
    _ kind: StoreEvent.Kind, _ keyValue: KeyValue, ordinal: Int32 = 0, replacing previous: Version?,
    to writer: HistoryWriter
  ) throws(KineError) {
    let previous = previous.map {
      StoredVersion(keyValue: self.keyValue(keyValue.key, [], $0), ordinal: 0)
    }
    try inDatabase(destination) { () throws(StoreError) in
      try writer.append(
        Change(kind: kind, version: StoredVersion(keyValue: keyValue, ordinal: ordinal), previous: previous))
    }
  }

  /// A store stands at its newest change. Where kine's number has none, it gets one further, which touches no key of the
  /// user's: our own is put below the readable past, and deleted.
  private mutating func addRevision(_ writer: HistoryWriter) throws(KineError) {
    let put = Version(
      revision: survey.currentRevision, createRevision: survey.currentRevision, version: 1, timeToLive: 0)
    // The number may be taken by a current key.
    let marker = StoredVersion(keyValue: keyValue(Self.markerKey, [], put), ordinal: 1)
    let tombstone = KeyValue(
      key: Self.markerKey, value: [], createRevision: .zero,
      modRevision: Revision(rawValue: survey.currentRevision + 1), version: 0)
    try inDatabase(destination) { () throws(StoreError) in
      try writer.append(Change(kind: .put, version: marker, previous: nil))
      try writer.append(
        Change(kind: .delete, version: StoredVersion(keyValue: tombstone, ordinal: 0), previous: marker))
    }
    summary.addsRevision = true
  }

  private mutating func writeLeases(_ writer: HistoryWriter) throws(KineError) {
    let leased = current.values.filter { $0.timeToLive > 0 }
    let times = Set(leased.map(\.timeToLive)).sorted()
    for seconds in times {
      try inDatabase(destination) { () throws(StoreError) in
        try writer.grant(
          Lease(id: LeaseID(rawValue: seconds), timeToLive: max(Lease.minimumTimeToLive, .seconds(seconds))))
      }
    }
    summary.leaseCount = times.count
    summary.leasedKeyCount = leased.count
  }
}
#endif
