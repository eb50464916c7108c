#if Networking && SQLite
import ArgumentParser
import EdgePrimitives
import EdgeStore
import EdgeStoreSQLite
import EtcdServer
import Glibc

struct SnapshotRestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Make a data directory of a snapshot.",
    discussion: """
      Revisions go on where the snapshot ends. The restored store is a new member of a new cluster, so that clients of the \
      old one notice; stop the old server before serving the new directory.
      """)

  @Argument(help: "The snapshot.")
  var file: String

  @Option(help: ArgumentHelp("The directory to make; it must be empty or missing.", valueName: "dir"))
  var dataDir: String

  @Flag(help: "Take a database without a digest behind it, such as a copy of store.db.")
  var skipHashCheck = false

  func run() async throws {
    let directory = DataDirectory(path: dataDir)
    try directory.create()
    if access(directory.database, F_OK) == 0 {
      throw FileError(path: directory.database, reason: "a database is there already; choose another --data-dir")
    }
    try SnapshotFile(path: file).extract(to: directory.database, digest: skipHashCheck ? .ignored : .required)
    // Opening checks every page and row.
    let store: SQLiteStore
    do {
      store = try directory.open(DataDirectory.keepingHistory())
    } catch {
      unlink(directory.database)
      throw error
    }
    let status = try await store.status()
    await store.close()
    try directory.writeMember(.init(identity: .random(from: SystemEntropy())))
    FileContent.print("Restored \(status.keyCount) keys at revision \(status.revision) to \(dataDir)")
  }
}
#endif
