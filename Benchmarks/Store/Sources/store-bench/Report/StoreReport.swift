import Foundation

/// The rows of one run with what they were taken on.
struct StoreReport: Sendable {
  let machine: Machine
  let options: Options
  let client: String
  let versions: [Peer: String]
  let rows: [Row]
  /// The load of the machine when the run was over.
  let loadAfter: String
  let date: String

  /// What a reader must know to judge the figures.
  var conditions: [String] {
    [
      "\(date), \(machine.processor), \(machine.cores) cores, Linux \(machine.kernel), \(machine.fileSystem), "
        + "fsync of 4 KiB \(short(machine.fsyncMilliseconds)) ms",
      "load average before \(machine.loadBefore), after \(loadAfter) (with this run); both servers and the client share the "
        + "cores",
      "\(versions[.edgeStore] ?? "") against \(versions[.etcd] ?? ""), both with fsync on the same disk; client: \(client)",
      "values of \(options.valueBytes) bytes; medians of \(options.rounds) turns of "
        + "\(short(options.duration.inSeconds)) s, the peers by turns",
    ]
  }

  var missed: [Row] { rows.filter { $0.isReached == false } }
  var unmeasured: [Row] { rows.filter { $0.target != nil && $0.isReached == nil } }

  private static let header = ["case", "edge-store", "etcd", "ratio", "p99", "p99 etcd", "aim", "reached"]

  private func cells(_ row: Row) -> [String] {
    let p99 = Peer.allCases.map { peer in row.p99[peer].map { "\(short($0)) ms" } ?? "" }
    return [
      row.note.isEmpty ? row.name : "\(row.name) (\(row.note))", row.text(row.values[.edgeStore]),
      row.text(row.values[.etcd]), row.ratio.map { "\(short($0)) x" } ?? "-", p99[0], p99[1], row.targetText,
      row.isReached.map { $0 ? "yes" : "no" } ?? "",
    ]
  }

  /// For a terminal.
  var table: String {
    let lines = [Self.header] + rows.map(cells)
    let widths = Self.header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    let text = lines.map { cells in
      cells.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 || column > 5 ? cell + padding : padding + cell
      }.joined(separator: "  ")
    }
    return (conditions + [""] + text + ["", verdict]).joined(separator: "\n")
  }

  var verdict: String {
    let asked = rows.filter { $0.target != nil }
    var text = "\(asked.count - missed.count - unmeasured.count) of \(asked.count) aims reached"
    if !missed.isEmpty { text += "; not reached: " + missed.map(\.name).joined(separator: ", ") }
    if !unmeasured.isEmpty { text += "; not measured: " + unmeasured.map(\.name).joined(separator: ", ") }
    return text
  }

  var markdown: String {
    let lines = [Self.header, Self.header.map { _ in "---" }] + rows.map(cells)
    let table = lines.map { "| " + $0.joined(separator: " | ") + " |" }
    return (conditions.map { "- \($0)" } + [""] + table + ["", verdict + ".", ""]).joined(separator: "\n")
  }

  func json() throws -> Data {
    struct Output: Encodable {
      struct Line: Encodable {
        let name: String
        let note: String
        let unit: String
        let edgeStore: Double?
        let etcd: Double?
        let ratio: Double?
        let p99EdgeStore: Double?
        let p99Etcd: Double?
        let aim: String
        let reached: Bool?
      }
      let conditions: [String]
      let rows: [Line]
    }
    func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
    let output = Output(
      conditions: conditions,
      rows: rows.map { row in
        Output.Line(
          name: row.name, note: row.note, unit: "\(row.unit)", edgeStore: finite(row.values[.edgeStore]),
          etcd: finite(row.values[.etcd]), ratio: row.ratio, p99EdgeStore: finite(row.p99[.edgeStore]),
          p99Etcd: finite(row.p99[.etcd]), aim: row.targetText, reached: row.isReached)
      })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return try encoder.encode(output)
  }
}
