#if SQLite
import EdgeStore

/// What a database holds, and where its bytes are.
public struct StoreStatistics: Hashable, Sendable {
  public struct Usage: Hashable, Sendable {
    /// ``StoreKey/family`` of the keys.
    public var prefix: StoreKey
    public var keyCount: Int
    /// Of keys and values.
    public var bytes: Int
  }

  public struct LargeKey: Hashable, Sendable {
    public var key: StoreKey
    public var valueBytes: Int
    public var modRevision: Revision
  }

  public struct LeaseUsage: Hashable, Sendable {
    public var lease: Lease
    public var keyCount: Int
  }

  public var revision = Revision.initial
  public var compactedRevision = Revision.zero
  public var keyCount = 0
  /// Of the current keys and their values.
  public var currentBytes = 0
  /// Rows that are no current key: superseded versions and deletions.
  public var historyRowCount = 0
  public var historyBytes = 0
  /// Largest first.
  public var usage: [Usage] = []
  /// Largest first, as many as were asked for.
  public var largestKeys: [LargeKey] = []
  /// By id.
  public var leases: [LeaseUsage] = []
  public var databaseBytes: Int64 = 0
  public var logBytes: Int64 = 0
}

extension SQLiteStore {
  /// Reads a whole database once, beside a store that may have it open. Memory is taken for each key, not for values.
  ///
  /// - Throws: ``StoreError`` with `cannotOpen`, `damaged`, `incompatible`, `io`.
  public static func statistics(
    path: String, largestCount: Int = 10, progress: (OfflineProgress) -> Void = { _ in }
  ) throws(StoreError) -> StoreStatistics {
    do {
      let scan = try ChangeScan(path: path)
      var tally = StatisticsTally()
      while let (kind, version) = try scan.next() {
        tally.count(kind, version)
        if tally.rowCount % OfflineProgress.rowsBetween == 0 {
          progress(
            OfflineProgress(
              step: "reading", done: version.keyValue.modRevision.rawValue, total: scan.newestRevision.rawValue))
        }
      }
      var statistics = tally.statistics(largestCount: largestCount, leases: scan.leases)
      statistics.revision = scan.newestRevision
      statistics.compactedRevision = scan.compactedRevision
      statistics.databaseBytes = fileSize(path) ?? 0
      statistics.logBytes = fileSize(path + "-wal") ?? 0
      return statistics
    } catch {
      throw StoreError(error.code, "\(path): \(error.message)", cause: error.cause)
    }
  }
}

private struct StatisticsTally {
  private(set) var rowCount: Int64 = 0
  private var allBytes = 0
  private var current: [StoreKey: (valueBytes: Int, modRevision: Revision, lease: LeaseID)] = [:]

  mutating func count(_ kind: StoreEvent.Kind, _ version: StoredVersion) {
    let keyValue = version.keyValue
    rowCount += 1
    allBytes += keyValue.key.bytes.count + keyValue.value.count
    current[keyValue.key] = kind == .put ? (keyValue.value.count, keyValue.modRevision, keyValue.lease) : nil
  }

  func statistics(largestCount: Int, leases: [Lease]) -> StoreStatistics {
    var statistics = StoreStatistics()
    var usage: [StoreKey: StoreStatistics.Usage] = [:]
    var keysOfLease: [LeaseID: Int] = [:]
    for (key, version) in current {
      let family = key.family
      let bytes = key.bytes.count + version.valueBytes
      usage[family, default: StoreStatistics.Usage(prefix: family, keyCount: 0, bytes: 0)].keyCount += 1
      usage[family]?.bytes += bytes
      statistics.currentBytes += bytes
      if version.lease != .none { keysOfLease[version.lease, default: 0] += 1 }
    }
    statistics.keyCount = current.count
    statistics.historyRowCount = Int(rowCount) - current.count
    statistics.historyBytes = allBytes - statistics.currentBytes
    statistics.usage = usage.values.sorted { ($1.bytes, $0.prefix) < ($0.bytes, $1.prefix) }
    statistics.largestKeys = current.map {
      StoreStatistics.LargeKey(key: $0, valueBytes: $1.valueBytes, modRevision: $1.modRevision)
    }
    .sorted { ($1.valueBytes, $0.key) < ($0.valueBytes, $1.key) }.prefix(largestCount).map { $0 }
    statistics.leases = leases.sorted { $0.id < $1.id }.map {
      StoreStatistics.LeaseUsage(lease: $0, keyCount: keysOfLease[$0.id] ?? 0)
    }
    return statistics
  }
}

extension StoreKey {
  /// The part of a Kubernetes key that names its resource: `/registry/pods`, or with a group
  /// `/registry/apps.example.com/widgets`. Of other keys, the part before the second `/`.
  public var family: StoreKey {
    let slash = UInt8(ascii: "/")
    let parts = bytes.split(separator: slash, maxSplits: 4, omittingEmptySubsequences: true)
    guard bytes.first == slash, parts.count > 1, parts[0].elementsEqual("registry".utf8) else {
      let end = bytes.dropFirst().firstIndex(of: slash) ?? bytes.endIndex
      return StoreKey(Array(bytes[..<end]))
    }
    let hasGroup = parts.count > 2 && parts[1].contains(UInt8(ascii: "."))
    return StoreKey(parts.prefix(hasGroup ? 3 : 2).flatMap { [slash] + $0 })
  }
}
#endif
