#if Networking && SQLite
import ArgumentParser
import EdgeStore
import EdgeStoreSQLite

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check every page, every row and the history of a store.",
    discussion: """
      Nothing is changed. A server may be running on the directory; the more it writes meanwhile, the more its log grows. \
      The exit status is 0 when the store is sound, 2 when it is damaged, and 1 when it could not be checked.
      """)

  @Option(help: ArgumentHelp("Where the data is.", valueName: "dir"))
  var dataDir: String

  func run() async throws {
    let directory = DataDirectory(path: dataDir)
    let report = try await directory.withProgress { progress async throws(StoreError) in
      try SQLiteStore.verify(path: directory.database, progress: progress)
    }
    for finding in report.findings { FileContent.print("\(finding.subject.rawValue): \(finding.message)") }
    if report.findingCount > report.findings.count {
      FileContent.print("and \(report.findingCount - report.findings.count) more")
    }
    FileContent.print(
      """
      \(Figures.count(report.rowCount, "row")), \(Figures.count(report.keyCount, "key")), \
      \(Figures.count(report.leaseCount, "lease")), revision \(report.revision), compacted to \
      \(report.compactedRevision), \(Figures.bytes(report.databaseBytes))
      """)
    if report.isSound {
      FileContent.print("The store is sound.")
    } else {
      FileContent.print(
        """
        The store is DAMAGED; it was left as it is. Stop its server, take what is sound with
          edge-store salvage \(dataDir) NEW-DIR
        or restore a snapshot, and serve the new directory.
        """)
      throw ExitCode(2)
    }
  }
}

extension DataDirectory {
  /// Runs long work on the database and says how far it has come, and on failure what to do.
  func withProgress<Output>(
    _ body: (@escaping @Sendable (OfflineProgress) -> Void) async throws(StoreError) -> Output
  ) async throws -> Output {
    let line = ProgressLine()
    defer { line.finish() }
    do throws(StoreError) {
      return try await body { line.show($0) }
    } catch {
      throw OpeningFailure(directory: self, error: error)
    }
  }
}
#endif
