#if Networking && SQLite
import ArgumentParser
import EdgeStore
import EdgeStoreSQLite
import EtcdServer
import Glibc

struct SnapshotStatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Check a snapshot and say what is in it.",
    discussion: "The database is unpacked into a temporary directory for that.")

  @Argument(help: "The snapshot.")
  var file: String

  @Flag(help: "Take a database without a digest behind it, such as a copy of store.db.")
  var skipHashCheck = false

  enum Format: String, ExpressibleByArgument, CaseIterable { case simple, json }

  @Option(name: [.customShort("w"), .long], help: "simple or json.")
  var writeOut = Format.simple

  func run() async throws {
    let folder = try Self.makeTemporaryFolder()
    let directory = DataDirectory(path: folder)
    defer {
      for suffix in ["", "-wal", "-shm", "-lock"] { unlink(directory.database + suffix) }
      rmdir(folder)
    }
    try SnapshotFile(path: file).extract(to: directory.database, digest: skipHashCheck ? .ignored : .required)
    let store = try directory.open(DataDirectory.keepingHistory())
    let status = try await store.status()
    let hash = try await EtcdServer.contentHash(of: store)
    await store.close()
    let hexadecimal = String(hash, radix: 16)
    switch writeOut {
    case .simple:
      FileContent.print("\(hexadecimal), \(status.revision), \(status.keyCount), \(status.databaseBytes) bytes")
    case .json:
      FileContent.print(
        """
        {"hash":\(hash),"revision":\(status.revision),"totalKey":\(status.keyCount),"totalSize":\(status.databaseBytes)}
        """)
    }
  }

  private static func makeTemporaryFolder() throws -> String {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(base)/edge-store-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw FileError.last(base) }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
#endif
