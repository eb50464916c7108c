/// The results of one run, as a table for people and as JSON for machines.
public struct Report: Sendable {
  public let measurements: [BenchmarkResult]

  public init(_ measurements: [BenchmarkResult]) { self.measurements = measurements }

  /// How many times less CPU an operation takes than its baseline in this run.
  public func ratio(of measurement: BenchmarkResult) -> Double? {
    guard let baseline = measurements.first(where: { $0.name == measurement.baseline }) else { return nil }
    return baseline.cpuNanoseconds / measurement.cpuNanoseconds
  }

  public var table: String {
    let header = ["benchmark", "cpu ns/op", "wall p50", "wall p99", "allocs/op", "alloc B/op", "B/op", "x baseline"]
    let rows = measurements.map { measurement in
      [
        measurement.name, fixed(measurement.cpuNanoseconds, 0), fixed(measurement.wallP50Nanoseconds, 0),
        fixed(measurement.wallP99Nanoseconds, 0), fixed(measurement.allocations, 2),
        fixed(measurement.allocatedBytes, 0), "\(measurement.bytesPerOperation)",
        ratio(of: measurement).map { fixed($0, 1) } ?? "-",
      ]
    }
    let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
    return ([header] + rows).map { row in
      row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + padding : padding + cell
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  public var json: String {
    let rows = measurements.map { measurement in
      let ratio = ratio(of: measurement).map { fixed($0, 2) } ?? "null"
      return "  {\"name\": \"\(measurement.name)\", \"cpuNanoseconds\": \(fixed(measurement.cpuNanoseconds, 1)), "
        + "\"wallP50Nanoseconds\": \(fixed(measurement.wallP50Nanoseconds, 1)), "
        + "\"wallP99Nanoseconds\": \(fixed(measurement.wallP99Nanoseconds, 1)), "
        + "\"allocations\": \(fixed(measurement.allocations, 3)), "
        + "\"allocatedBytes\": \(fixed(measurement.allocatedBytes, 1)), "
        + "\"bytesPerOperation\": \(measurement.bytesPerOperation), "
        + "\"operations\": \(measurement.operations), \"ratioToBaseline\": \(ratio)}"
    }
    return "[\n" + rows.joined(separator: ",\n") + "\n]\n"
  }

  private func fixed(_ value: Double, _ digits: Int) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int((value * Double(scale)).rounded())
    if digits == 0 { return "\(scaled)" }
    let fraction = "\(scaled % scale)"
    return "\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}
