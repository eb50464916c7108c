#if Networking && SQLite
import ArgumentParser
import EdgeStore
import EdgeStoreKine

struct ExportKineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export-kine", abstract: "Move a stopped store into a new database that K3s opens.",
    discussion: """
      Keys, revisions and leases are taken over, and kine's revision goes on. Kine has one key for a revision, so history \
      comes along from the last revision on that changed several. The database appears when it is whole. See docs/kine.md.
      """)

  @Option(help: ArgumentHelp("Where the data is.", valueName: "dir"))
  var dataDir: String

  @Argument(help: "The database to make.")
  var file: String

  func run() async throws {
    let directory = DataDirectory(path: dataDir)
    let summary = try withKineProgress { progress throws(KineError) in
      try KineExport.run(from: directory.database, into: file, progress: progress)
    }
    FileContent.print(Self.text(summary))
  }

  static func text(_ summary: KineExportSummary) -> String {
    var lines = [
      """
      exported \(Figures.count(summary.keyCount, "key")) at revision \(summary.revision), compacted to \
      \(summary.compactedRevision), \(Figures.count(summary.historyRevisionCount, "revision")) of history
      """
    ]
    if summary.leasedKeyCount > 0 {
      lines.append("\(Figures.count(summary.leasedKeyCount, "key")) with a time to live, counted from kine's start on")
    }
    if summary.leftOutChangeCount > 0 {
      lines.append("left out: \(Figures.count(summary.leftOutChangeCount, "older change"))")
    }
    if !summary.movedKeys.isEmpty {
      lines.append("moved to a revision of their own, beyond the store's: \(list(summary.movedKeys))")
    }
    if !summary.reservedKeys.isEmpty {
      lines.append("left out, because kine has rows of such names itself: \(list(summary.reservedKeys))")
    }
    return lines.joined(separator: "\n")
  }

  private static func list(_ keys: [StoreKey]) -> String {
    let shown = keys.prefix(10).map(\.description).joined(separator: ", ")
    return keys.count > 10 ? "\(shown) and \(keys.count - 10) more" : shown
  }
}
#endif
