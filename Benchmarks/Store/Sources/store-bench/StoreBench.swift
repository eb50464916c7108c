import Foundation

/// Measures edge-store against etcd: both started here, both with fsync on one disk, by turns, with one client.
@main
enum StoreBench {
  static func main() async {
    do {
      let options = try Options(
        Array(CommandLine.arguments.dropFirst()), environment: ProcessInfo.processInfo.environment)
      try await run(options)
    } catch let misuse as Options.Misuse {
      complain("store-bench: \(misuse)\n\(Options.usage)")
      exit(64)
    } catch {
      complain("store-bench: \(error)")
      exit(1)
    }
  }

  private static func run(_ options: Options) async throws {
    let directory = "\(options.directory)/store-bench-\(ProcessInfo.processInfo.processIdentifier)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let machine = try Machine(directory: directory)
    let program: any LoadProgram =
      options.etcdload.map { EtcdloadProgram(options: options, program: $0) } ?? OwnLoad(options: options)

    var rows: [Row] = []
    let groups = options.groups
    if groups.contains(.start) {
      rows.append(await StartCase(options: options, directory: directory).row())
    }
    if groups.contains(.local) {
      rows += await InProcessCase(options: options, directory: directory + "/local").rows()
    }
    if !groups.isDisjoint(with: [.load, .watch, .compaction, .idle, .memory]) {
      var peers: [PeerProcess] = []
      for peer in Peer.allCases {
        peers.append(try await PeerProcess(peer, directory: "\(directory)/\(peer.rawValue)", options: options))
      }
      rows += try await serverRows(options, Turns(options: options, peers: peers), program)
      for peer in peers { peer.stop() }
    }
    let report = StoreReport(
      machine: machine, options: options, client: program.description, versions: versions(options), rows: rows,
      loadAfter: Machine.load, date: today)
    print(report.table)
    if let file = options.jsonFile { try report.json().write(to: URL(filePath: file)) }
    if let file = options.markdownFile { try Data(report.markdown.utf8).write(to: URL(filePath: file)) }
    if let file = options.svgFile { try Data(RatioPlot(report: report).svg.utf8).write(to: URL(filePath: file)) }
  }

  private static func serverRows(
    _ options: Options, _ turns: Turns, _ program: any LoadProgram
  ) async throws -> [Row] {
    let cases = LoadCases(turns: turns, program: program)
    var rows: [Row] = []
    if options.groups.contains(.load) {
      for peer in turns.peers { try await program.prepare(port: peer.port) }
      rows += await cases.operations()
    }
    if options.groups.contains(.watch) { rows += await cases.watches() }
    if options.groups.contains(.memory) { rows += cases.memory() }
    if options.groups.contains(.compaction) { rows += await CompactionCase(turns: turns).rows() }
    if options.groups.contains(.idle) { rows += await IdleCase(turns: turns).rows() }
    return rows
  }

  private static func versions(_ options: Options) -> [Peer: String] {
    [.edgeStore: "edge-store", .etcd: "etcd " + (version(options.etcd) ?? "of unknown version")]
  }

  /// `etcd Version: 3.5.30`
  private static func version(_ program: String) -> String? {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = ["--version"]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text.split(separator: "\n").first.flatMap { $0.split(separator: " ").last }.map { String($0) }
  }

  private static var today: String {
    var now = time(nil)
    var parts = tm()
    gmtime_r(&now, &parts)
    let (month, day) = (parts.tm_mon + 1, parts.tm_mday)
    return "\(parts.tm_year + 1900)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
  }
}
