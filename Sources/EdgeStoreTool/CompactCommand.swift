#if Networking && SQLite
import ArgumentParser
import EdgeStore
import EdgeStoreSQLite

struct CompactCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compact", abstract: "Drop old history of a stopped store and shrink its file.",
    discussion: """
      Everything is checked first. The file is then written anew without unused space, which takes about as much free \
      disk as it will have in the end, twice. A running server is compacted with `etcdctl compact` and `etcdctl defrag`.
      """)

  @Option(help: ArgumentHelp("Where the data is.", valueName: "dir"))
  var dataDir: String

  @Option(help: "The oldest revision that is to stay readable.")
  var revision: Int64?

  @Option(help: ArgumentHelp("How many of the newest revisions are to stay readable.", valueName: "count"))
  var keep: Int?

  func validate() throws {
    if revision != nil && keep != nil { throw ValidationError("--revision and --keep exclude each other") }
    if let revision, revision < 1 { throw ValidationError("--revision is at least 1") }
    if let keep, keep < 1 { throw ValidationError("--keep is at least 1: the newest revision always stays") }
  }

  func run() async throws {
    let directory = DataDirectory(path: dataDir)
    let history: HistoryToKeep? = revision.map { .from(Revision(rawValue: $0)) } ?? keep.map { .newest($0) }
    let report = try await directory.withProgress { progress async throws(StoreError) in
      try await SQLiteStore.shrink(path: directory.database, keeping: history, progress: progress)
    }
    FileContent.print(
      """
      revision \(report.revision), compacted to \(report.compactedRevision), \
      \(Figures.count(report.removedRowCount, "old row")) removed
      \(Figures.bytes(report.bytesBefore)) before, \(Figures.bytes(report.bytesAfter)) after
      """)
  }
}
#endif
