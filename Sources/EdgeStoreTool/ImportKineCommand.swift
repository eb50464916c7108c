#if Networking && SQLite
import ArgumentParser
import EdgeStore
import EdgeStoreKine
import EdgeStoreSQLite

struct ImportKineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import-kine", abstract: "Move the SQLite database of a K3s node into a new store.",
    discussion: """
      Keys, revisions, leases and the history that kine has not compacted are taken over; the revision goes on. K3s (or \
      kine) must be stopped; its database, usually /var/lib/rancher/k3s/server/db/state.db, is only read. The store \
      appears when it is whole and checked. See docs/kine.md.
      """)

  @Argument(help: "The database of kine; a log beside it, state.db-wal, is read too.")
  var file: String

  @Option(help: ArgumentHelp("The data directory to make.", valueName: "dir"))
  var dataDir: String

  @Flag(
    help: """
      Take a database that has lost rows too: what kine itself would still answer. Keys whose rows are all missing are \
      gone, and nobody can tell.
      """)
  var takeWhatIsThere = false

  func run() async throws {
    let directory = DataDirectory(path: dataDir)
    try directory.create()
    let summary = try withKineProgress { progress throws(KineError) in
      try KineImport.run(
        from: file, into: directory.database, policy: takeWhatIsThere ? .whatIsThere : .whole, progress: progress)
    }
    FileContent.print(Self.text(summary))
  }

  static func text(_ summary: KineImportSummary) -> String {
    var lines = [
      """
      imported \(Figures.count(summary.keyCount, "key")) at revision \(summary.revision); \
      \(summary.compactedRevision == .zero ? "all of history is readable" : "history is readable from revision \(summary.compactedRevision) on")\
       (\(Figures.count(summary.historyRevisionCount, "revision")))
      """
    ]
    if summary.leasedKeyCount > 0 {
      lines.append(
        "\(Figures.count(summary.leasedKeyCount, "key")) under \(Figures.count(summary.leaseCount, "lease")): they live their full time again from the first start on"
      )
    }
    if summary.addsRevision {
      lines.append("one revision was added: kine's newest has no change of its own")
    }
    if summary.supersededRowCount > 0 {
      lines.append("left out: \(Figures.count(summary.supersededRowCount, "older version"))")
    }
    if summary.gapRowCount > 0 {
      lines.append("left out: \(Figures.count(summary.gapRowCount, "gap row"))")
    }
    if summary.missingRevisionCount > 0 {
      lines.append("missing in kine's database: \(Figures.count(summary.missingRevisionCount, "revision"))")
    }
    if summary.contradictionCount > 0 {
      lines.append("contradicting those before them: \(Figures.count(summary.contradictionCount, "row"))")
    }
    if summary.oversizedValueCount > 0 {
      lines.append(
        "\(Figures.count(summary.oversizedValueCount, "value")) of more than 1.5 MiB: readable, but not writable at that size"
      )
    }
    return lines.joined(separator: "\n")
  }
}

/// Runs a move and says how far it has come, and on failure what to do.
func withKineProgress<Output>(
  _ body: (@escaping @Sendable (OfflineProgress) -> Void) throws(KineError) -> Output
) throws -> Output {
  let line = ProgressLine()
  defer { line.finish() }
  do throws(KineError) {
    return try body { line.show($0) }
  } catch {
    throw KineFailure(error: error)
  }
}

/// Why a move failed, and what to do about it.
struct KineFailure: Error, CustomStringConvertible {
  let error: KineError

  var description: String { advice.map { "\(error.message)\n\($0)" } ?? error.message }

  private var advice: String? {
    switch error.code {
    case .locked: "Stop K3s, kine or edge-store serve on that database first: what they write now would be lost."
    case .brokenHistory:
      """
      Rows of the database are lost. A backup of it may be whole; else --take-what-is-there imports what kine itself would \
      still answer.
      """
    case .damaged: "Nothing was made. A backup of the database may be whole."
    case .noSpace: "Make room on the disk; nothing was made."
    case .cannotOpen: "Check the names, that nothing is at the target yet, and that this user may read and write there."
    default: nil
    }
  }
}
#endif
