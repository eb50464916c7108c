#if Networking && SQLite
import ArgumentParser
import EdgeStore
import EdgeStoreSQLite
import Glibc

struct SalvageCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "salvage", abstract: "Take what is sound in a damaged store to a new one.",
    discussion: """
      Each key gets its newest version that is sound: where a newer one was lost, that is an older value, or the return of \
      a key that was deleted. Revisions go on; history starts anew, so that clients list again. The damaged store is left \
      as it is. A snapshot that is not too old may be the better choice: see `edge-store snapshot restore`.
      """)

  @Argument(help: "The damaged data directory, or its database file.")
  var from: String

  @Argument(help: "The data directory to make.")
  var to: String

  func run() async throws {
    let target = DataDirectory(path: to)
    try target.create()
    let source = Self.isDirectory(from) ? DataDirectory(path: from).database : from
    if access(source, F_OK) != 0 { throw FileError.last(source) }
    let line = ProgressLine()
    defer { line.finish() }
    let report: SalvageReport
    do throws(StoreError) {
      report = try SQLiteStore.salvage(source, into: target.database) { line.show($0) }
    } catch {
      throw FileError(path: source, reason: error.message)
    }
    FileContent.print(
      """
      \(Figures.count(report.keyCount, "key")) salvaged at revision \(report.revision) to \(to)
      \(Figures.count(report.discardedRowCount, "row")) did not match the checksum
      """)
    if report.hasUnreadableStretch {
      FileContent.print("A stretch of rows could not be read; how many they were cannot be told.")
    }
  }

  private static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
#endif
