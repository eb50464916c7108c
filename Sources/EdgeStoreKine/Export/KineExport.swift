#if SQLite
import EdgeStore
import EdgeStoreSQLite

/// Moves a store into a new kine database, the way back of ``KineImport``.
///
/// Current keys keep value, mod and create revision, leases become times to live, and kine goes on from the store's
/// revision. History comes along from the last revision on that changed several keys, because kine's table has one key
/// for a revision. Versions are not kept: kine has none.
public enum KineExport {
  /// - Parameters:
  ///   - source: the store's file; no store may have it open. It is checked whole first, and not changed.
  ///   - destination: the new `state.db`. It appears when it is whole, checked and on the disk.
  /// - Throws: ``KineError``; then there is no new file.
  public static func run(
    from source: String, into destination: String, progress: (OfflineProgress) -> Void = { _ in }
  ) throws(KineError) -> KineExportSummary {
    let (scan, plan) = try inDatabase(source) { () throws(StoreError) in
      let report = try SQLiteStore.verify(path: source, progress: progress)
      if let first = report.findings.first { throw StoreError(.damaged, first.message) }
      let scan = try ChangeScan(closed: source)
      return (scan, try ExportPlan(scan, progress))
    }
    return try inDatabase(destination) { () throws(StoreError) in
      let file = try PartialFile(for: destination)
      var transfer = ExportTransfer(scan, plan)
      try transfer.run(into: file.path, progress)
      try file.complete()
      return transfer.summary
    }
  }
}

private struct ExportTransfer {
  private let scan: ChangeScan
  private let plan: ExportPlan
  private let timesToLive: [LeaseID: Int64]
  private(set) var summary = KineExportSummary()
  private var leasedKeys: Set<StoreKey> = []
  private var reservedKeys: Set<StoreKey> = []

  init(_ scan: ChangeScan, _ plan: ExportPlan) {
    self.scan = scan
    self.plan = plan
    timesToLive = Dictionary(
      scan.leases.map { ($0.id, $0.timeToLive.components.seconds) }, uniquingKeysWith: { first, _ in first })
  }

  mutating func run(into path: String, _ progress: (OfflineProgress) -> Void) throws(StoreError) {
    let table = try KineTableWriter(path: path)
    let newest = scan.newestRevision.rawValue
    try writeRows(to: table, progress)
    if table.lastRow < newest && newest > 1 { try table.fill(newest) }
    try writeMovedKeys(to: table)
    try table.recordCompaction(upTo: plan.compactedRevision, at: plan.freeNumber ?? table.lastRow + 1)
    progress(OfflineProgress(step: "making indices"))
    try table.finish()
    summary.keyCount = table.keyCount
    summary.revision = Revision(rawValue: table.lastRow)
    summary.compactedRevision = Revision(rawValue: plan.compactedRevision)
    summary.historyRevisionCount = Int(max(0, newest - max(1, plan.compactedRevision)))
    summary.leasedKeyCount = leasedKeys.count
    summary.reservedKeys = reservedKeys.sorted()
  }

  /// The base, which is all below the compacted revision, then every change.
  private mutating func writeRows(
    to table: KineTableWriter, _ progress: (OfflineProgress) -> Void
  ) throws(StoreError) {
    scan.restart()
    var done = 0
    while let (kind, version) = try scan.next() {
      let revision = version.id.revision.rawValue
      let key = version.keyValue.key
      done += 1
      if done % Int(OfflineProgress.rowsBetween) == 0 {
        progress(OfflineProgress(step: "writing rows", done: Int64(done), total: Int64(plan.changeCount)))
      }
      let isHistory = revision > plan.compactedRevision
      if !isHistory && plan.base[key] != version.id {
        summary.leftOutChangeCount += 1
      } else if KineSchema.reserves(key) {
        reservedKeys.insert(key)
        if isHistory { try table.fill(revision) }
      } else if kind == .delete {
        try table.delete(key, at: revision)
        leasedKeys.remove(key)
      } else if !plan.movedKeys.contains(key) {
        try put(version.keyValue, at: revision, to: table)
      }
    }
  }

  private mutating func writeMovedKeys(to table: KineTableWriter) throws(StoreError) {
    if plan.movedKeys.isEmpty { return }
    scan.restart()
    while let (_, version) = try scan.next() {
      let key = version.keyValue.key
      guard plan.movedKeys.contains(key), plan.base[key] == version.id, !KineSchema.reserves(key) else { continue }
      try put(version.keyValue, at: table.lastRow + 1, to: table)
      summary.movedKeys.append(key)
    }
  }

  private mutating func put(_ keyValue: KeyValue, at number: Int64, to table: KineTableWriter) throws(StoreError) {
    let timeToLive = timesToLive[keyValue.lease] ?? 0
    try table.put(keyValue, at: number, timeToLive: timeToLive)
    if timeToLive > 0 { leasedKeys.insert(keyValue.key) } else { leasedKeys.remove(keyValue.key) }
  }
}
#endif
