#if SQLite
import EdgeStore

/// What a look at every byte of a database found.
public struct VerificationReport: Hashable, Sendable {
  public struct Finding: Hashable, Sendable {
    public enum Subject: String, Sendable {
      /// SQLite's own structure.
      case pages
      /// A change whose checksum does not match.
      case row
      /// Changes that do not fit together.
      case history
    }

    public var subject: Subject
    public var message: String
  }

  /// The first ones, at most ``maximumFindings``.
  public fileprivate(set) var findings: [Finding] = []
  public fileprivate(set) var findingCount = 0
  public fileprivate(set) var rowCount = 0
  /// Where the store stands; as far as it was readable when there are findings.
  public fileprivate(set) var revision = Revision.initial
  public fileprivate(set) var compactedRevision = Revision.zero
  public fileprivate(set) var keyCount = 0
  public fileprivate(set) var leaseCount = 0
  /// The database and its log.
  public fileprivate(set) var databaseBytes: Int64 = 0

  public static let maximumFindings = 20

  public var isSound: Bool { findingCount == 0 }

  fileprivate mutating func add(_ subject: Finding.Subject, _ message: String) {
    findingCount += 1
    if findings.count < Self.maximumFindings { findings.append(Finding(subject: subject, message: message)) }
  }
}

extension SQLiteStore {
  /// Looks at every page, at the checksum of every row, and whether the rows make a history. Nothing is changed, and a
  /// store may have the database open; its log then grows by what is written meanwhile. It blocks for as long as reading the
  /// file several times takes, and takes memory for each key. An open store has ``verify()`` for the same.
  ///
  /// Damage is no error but a ``VerificationReport/Finding``.
  ///
  /// - Throws: ``StoreError`` with `cannotOpen`, `incompatible`, `locked`, `io`.
  public static func verify(
    path: String, progress: (OfflineProgress) -> Void = { _ in }
  ) throws(StoreError) -> VerificationReport {
    if fileSize(path) == nil { throw StoreError(.cannotOpen, "\(path): there is no such file") }
    do throws(StoreError) {
      return try Verification.run(path: path, progress: progress)
    } catch {
      throw StoreError(error.code, "\(path): \(error.message)", cause: error.cause)
    }
  }
}

/// The checks themselves, for whoever keeps others off the file.
enum Verification {
  static func run(path: String, progress: (OfflineProgress) -> Void) throws(StoreError) -> VerificationReport {
    var report = VerificationReport()
    report.databaseBytes = (fileSize(path) ?? 0) + (fileSize(path + "-wal") ?? 0)
    do {
      try checkPages(path, &report, progress)
      try checkRows(path, &report, progress)
    } catch {
      guard error.code == .damaged else { throw error }
      report.add(.pages, error.message)
    }
    return report
  }

  private static func checkPages(
    _ path: String, _ report: inout VerificationReport, _ progress: (OfflineProgress) -> Void
  ) throws(StoreError) {
    progress(OfflineProgress(step: "checking pages"))
    let connection = try SQLiteConnection(existing: path)
    try connection.execute("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
    let verdicts = try connection.prepare("PRAGMA integrity_check(\(VerificationReport.maximumFindings))")
    while try verdicts.step() {
      let verdict = verdicts.text(at: 0) ?? "no answer"
      if verdict != "ok" { report.add(.pages, verdict) }
    }
  }

  private static func checkRows(
    _ path: String, _ report: inout VerificationReport, _ progress: (OfflineProgress) -> Void
  ) throws(StoreError) {
    let scan = try ChangeScan(path: path)
    report.compactedRevision = scan.compactedRevision
    report.revision = scan.newestRevision
    report.leaseCount = scan.leases.count
    // It is only looked at, so it keeps neither values nor history.
    var restoration: KeyspaceRestoration? = KeyspaceRestoration(
      compactedRevision: scan.compactedRevision, source: nil, memory: MemoryBounds(valueBytes: .max, historyBytes: 0))
    for lease in scan.leases { restoration?.restore(lease) }
    while true {
      do throws(StoreError) {
        guard let (kind, read) = try scan.next() else { break }
        var version = read
        version.setAside(valueCount: version.valueCount)
        report.rowCount += 1
        if Int64(report.rowCount) % OfflineProgress.rowsBetween == 0 {
          progress(
            OfflineProgress(
              step: "checking rows", done: version.keyValue.modRevision.rawValue,
              total: scan.newestRevision.rawValue))
        }
        do throws(StoreError) { try restoration?.replay(kind, version) } catch {
          // What follows a contradiction would contradict it too.
          restoration = nil
          report.add(.history, error.message)
        }
      } catch {
        guard error.code == .damaged else { throw error }
        // Without this row those after it cannot be put together, so only their checksums are still looked at.
        restoration = nil
        if scan.isBroken {
          report.add(.pages, error.message)
          return
        }
        report.rowCount += 1
        report.add(.row, error.message)
      }
    }
    guard let restored = restoration.take() else { return }
    do throws(StoreError) { report.keyCount = try restored.finish().keyCount } catch {
      report.add(.history, error.message)
    }
  }
}
#endif
