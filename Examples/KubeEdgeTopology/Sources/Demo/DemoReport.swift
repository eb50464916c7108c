#if Networking && SQLite && YAML
import EdgeAPIModels

/// What the demo expected and what it saw, printed as it goes and once more as a table.
final class DemoReport {
  private struct Row {
    let step: String
    let expectation: String
    let isMet: Bool
    let observed: String
    let seconds: Double
  }

  private var rows: [Row] = []
  private let start = ContinuousClock.now

  var isGood: Bool { !rows.isEmpty && rows.allSatisfy(\.isMet) }

  func step(_ title: String) { Terminal.print("\n== \(title)") }
  func note(_ text: String) { for line in text.split(separator: "\n") { Terminal.print("   \(line)") } }

  /// Records one observation.
  func observe(_ step: String, _ expectation: String, _ isMet: Bool, _ observed: String) {
    let seconds =
      Double((ContinuousClock.now - start).components.attoseconds) * 1e-18
      + Double((ContinuousClock.now - start).components.seconds)
    rows.append(Row(step: step, expectation: expectation, isMet: isMet, observed: observed, seconds: seconds))
    Terminal.print("   [\(isMet ? "ok" : "FAILED")] \(expectation): \(observed)")
  }

  func printSummary(memory: [(name: String, megabytes: Double?)]) {
    Terminal.print("\n== Summary")
    var table = [["", "STEP", "EXPECTED", "AT"]]
    for row in rows {
      table.append([row.isMet ? "ok" : "FAILED", row.step, row.expectation, "\(Self.decimal(row.seconds)) s"])
    }
    Terminal.print(AlignedText.text(of: table))
    Terminal.print("")
    var memoryTable = [["PROCESS", "RESIDENT"]]
    for (name, megabytes) in memory {
      memoryTable.append([name, megabytes.map { "\(Self.decimal($0)) MiB" } ?? "not running"])
    }
    Terminal.print(AlignedText.text(of: memoryTable))
    let failed = rows.count { !$0.isMet }
    Terminal.print("\n\(rows.count - failed) observations held, \(failed) failed")
  }

  static func decimal(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
#endif
