#if SQLite
import EdgeStore
import EdgeStoreSQLite

/// From which revision on history fits into kine's table, and what is current there: one key is one revision.
struct ExportPlan {
  /// Kine's compacted revision: at it and above it everything can be read.
  private(set) var compactedRevision: Int64
  /// The versions that are current at the compacted revision.
  private(set) var base: [StoreKey: VersionID] = [:]
  /// Those of the base that another key's row keeps from their number.
  private(set) var movedKeys: Set<StoreKey> = []
  private(set) var changeCount = 0

  init(_ scan: ChangeScan, _ progress: (OfflineProgress) -> Void) throws(StoreError) {
    compactedRevision = max(0, scan.compactedRevision.rawValue - 1)
    while let (_, version) = try scan.next() {
      changeCount += 1
      // Ours is readable from the compacted revision itself on, and so is what that one superseded.
      if version.ordinal > 0 { compactedRevision = max(compactedRevision, version.id.revision.rawValue) }
      if Int64(changeCount) % OfflineProgress.rowsBetween == 0 {
        progress(
          OfflineProgress(
            step: "checking changes", done: version.id.revision.rawValue, total: scan.newestRevision.rawValue))
      }
    }
    try readBase(scan)
    // A key that is moved is missing from the moments before, so then there must be none.
    if !movedKeys.isEmpty && compactedRevision < scan.newestRevision.rawValue {
      compactedRevision = scan.newestRevision.rawValue
      try readBase(scan)
    }
  }

  private mutating func readBase(_ scan: ChangeScan) throws(StoreError) {
    scan.restart()
    base = [:]
    while let (kind, version) = try scan.next(), version.id.revision.rawValue <= compactedRevision {
      base[version.keyValue.key] = kind == .put ? version.id : nil
    }
    var taken: Set<Revision> = []
    movedKeys = []
    for (key, id) in base.sorted(by: { $0.value < $1.value }) where !taken.insert(id.revision).inserted {
      movedKeys.insert(key)
    }
  }

  /// The lowest number below the compacted revision that no row of the base has; nil when there is none.
  var freeNumber: Int64? {
    let numbers = base.filter { !movedKeys.contains($0.key) }.map(\.value.revision.rawValue).sorted()
    var free: Int64 = 1
    for number in numbers {
      if number > free { break }
      free = number + 1
    }
    return free <= max(1, compactedRevision) ? free : nil
  }
}
#endif
