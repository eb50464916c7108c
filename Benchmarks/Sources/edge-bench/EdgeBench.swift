import BenchmarkHarness
import Foundation

@main
enum EdgeBench {
  private struct Options {
    var filter: String?
    var jsonFile: String?
    var duration = Duration.seconds(2)
  }

  static func main() throws {
    let options = parse(Array(CommandLine.arguments.dropFirst()))
    let all = try MessageBenchmarks.all() + ModelBenchmarks.all()
    let chosen = all.filter { options.filter.map($0.name.contains) ?? true }
    // A ratio without its baseline says nothing, so baselines come along.
    let needed = Set(chosen.map(\.name) + chosen.compactMap(\.baseline))
    var measurements: [BenchmarkResult] = []
    for benchmark in all where needed.contains(benchmark.name) {
      measurements.append(try benchmark.measure(for: options.duration))
    }
    let report = Report(measurements)
    print(report.table)
    if let file = options.jsonFile { try Data(report.json.utf8).write(to: URL(filePath: file)) }
  }

  private static func parse(_ arguments: [String]) -> Options {
    var options = Options()
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--quick": options.duration = .milliseconds(200)
      case "--filter": options.filter = rest.popFirst()
      case "--json": options.jsonFile = rest.popFirst()
      case "--help":
        print(usage)
        exit(0)
      default:
        FileHandle.standardError.write(Data("unknown option \(argument)\n\(usage)\n".utf8))
        exit(64)
      }
    }
    return options
  }

  private static let usage = """
    usage: edge-bench [--filter TEXT] [--json FILE] [--quick]
      --filter TEXT  only benchmarks whose name holds TEXT, and their baselines
      --json FILE    also write the results there
      --quick        200 ms for each benchmark instead of 2 s
    """
}
