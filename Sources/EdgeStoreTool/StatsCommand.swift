#if Networking && SQLite
import ArgumentParser
import EdgeStore
import EdgeStoreSQLite

struct StatsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Say what a store holds and where its bytes are.",
    discussion: "Nothing is changed; a server may be running on the directory. The whole file is read.")

  @Option(help: ArgumentHelp("Where the data is.", valueName: "dir"))
  var dataDir: String

  @Option(help: ArgumentHelp("How many of the largest keys to name.", valueName: "count"))
  var top = 10

  @Flag(help: "Print one JSON object instead of tables.")
  var json = false

  func validate() throws {
    if !(0...10_000).contains(top) { throw ValidationError("--top is between 0 and 10000") }
  }

  func run() async throws {
    let directory = DataDirectory(path: dataDir)
    let statistics = try await directory.withProgress { progress async throws(StoreError) in
      try SQLiteStore.statistics(path: directory.database, largestCount: top, progress: progress)
    }
    FileContent.print(json ? Self.document(statistics) : Self.tables(statistics))
  }

  private static let shownLeases = 20

  static func tables(_ statistics: StoreStatistics) -> String {
    var parts = [
      Figures.table([
        ["revision", "\(statistics.revision)"], ["compacted to", "\(statistics.compactedRevision)"],
        ["keys", "\(statistics.keyCount)"], ["keys and values", Figures.bytes(Int64(statistics.currentBytes))],
        ["history rows", "\(statistics.historyRowCount)"],
        ["history", Figures.bytes(Int64(statistics.historyBytes))],
        ["database file", Figures.bytes(statistics.databaseBytes)], ["log file", Figures.bytes(statistics.logBytes)],
        ["leases", "\(statistics.leases.count)"],
      ])
    ]
    if !statistics.usage.isEmpty {
      parts.append(
        Figures.table(
          [["PREFIX", "KEYS", "BYTES"]]
            + statistics.usage.map { [$0.prefix.description, "\($0.keyCount)", Figures.bytes(Int64($0.bytes))] }))
    }
    if !statistics.largestKeys.isEmpty {
      parts.append(
        Figures.table(
          [["LARGEST KEYS", "REVISION", "BYTES"]]
            + statistics.largestKeys.map {
              [$0.key.description, "\($0.modRevision)", Figures.bytes(Int64($0.valueBytes))]
            }))
    }
    if !statistics.leases.isEmpty {
      let shown = statistics.leases.sorted { ($1.keyCount, $0.lease.id) < ($0.keyCount, $1.lease.id) }
        .prefix(shownLeases)
      parts.append(
        Figures.table(
          [["LEASE", "SECONDS", "KEYS"]]
            + shown.map { ["\($0.lease.id)", "\($0.lease.timeToLive.components.seconds)", "\($0.keyCount)"] }))
    }
    return parts.joined(separator: "\n\n")
  }

  static func document(_ statistics: StoreStatistics) -> String {
    let usage = statistics.usage.map {
      "{\"prefix\":\(Figures.json($0.prefix.description)),\"keys\":\($0.keyCount),\"bytes\":\($0.bytes)}"
    }
    let largest = statistics.largestKeys.map {
      """
      {"key":\(Figures.json($0.key.description)),"modRevision":\($0.modRevision),"valueBytes":\($0.valueBytes)}
      """
    }
    let leases = statistics.leases.map {
      """
      {"id":"\($0.lease.id)","ttlSeconds":\($0.lease.timeToLive.components.seconds),"keys":\($0.keyCount)}
      """
    }
    return """
      {"revision":\(statistics.revision),"compactedRevision":\(statistics.compactedRevision),\
      "keys":\(statistics.keyCount),"currentBytes":\(statistics.currentBytes),\
      "historyRows":\(statistics.historyRowCount),"historyBytes":\(statistics.historyBytes),\
      "databaseBytes":\(statistics.databaseBytes),"logBytes":\(statistics.logBytes),\
      "prefixes":[\(usage.joined(separator: ","))],"largestKeys":[\(largest.joined(separator: ","))],\
      "leases":[\(leases.joined(separator: ","))]}
      """
  }
}
#endif
