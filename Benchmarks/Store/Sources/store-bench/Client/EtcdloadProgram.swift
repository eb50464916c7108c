import Foundation

/// Loads a server with a program of another maker that prints JSON (`EDGE_ETCDLOAD`): what a Go client sees of both.
struct EtcdloadProgram: LoadProgram {
  let options: Options
  let program: String

  var description: String { "\(URL(filePath: program).lastPathComponent), a Go client" }

  func prepare(port: Int) async throws {}

  func run(_ operation: LoadOperation, clients: Int, port: Int, turn: Int) async throws -> LoadResult {
    let (group, name) =
      switch operation {
      case .put, .create, .update, .get: (operation.rawValue, operation.rawValue)
      case .list: ("list", "list-all")
      case .pages: ("list", "list-page500")
      case .count: ("list", "count")
      }
    return try await run(["-only", group, "-conc", "\(clients)"], port) { $0.name == name }
  }

  func watch(watchers: Int, port: Int, turn: Int) async throws -> LoadResult {
    try await run(["-only", "watch", "-watchers", "\(watchers)"], port) { $0.watchers == watchers }
  }

  private struct Output: Decodable {
    struct Result: Decodable {
      let name: String
      let watchers: Int?
      let errors: Int
      let rate: Double
      let p50: Double
      let p99: Double

      enum CodingKeys: String, CodingKey {
        case name, watchers, errors
        case rate = "per_sec"
        case p50 = "p50_ms"
        case p99 = "p99_ms"
      }
    }
    let results: [Result]
  }

  private func run(
    _ arguments: [String], _ port: Int, _ isWanted: (Output.Result) -> Bool
  ) async throws -> LoadResult {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments =
      [
        "-endpoint", "127.0.0.1:\(port)", "-duration", "\(Int(options.duration.milliseconds))ms", "-list",
        "\(options.listKeys)", "-value", "\(options.valueBytes)",
      ] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard let result = try JSONDecoder().decode(Output.self, from: text).results.first(where: isWanted) else {
      throw Options.Misuse(description: "\(program) did not measure \(arguments)")
    }
    if result.errors > 0 { throw Options.Misuse(description: "\(result.errors) operations failed") }
    return LoadResult(perSecond: result.rate, p50: result.p50, p99: result.p99)
  }
}
