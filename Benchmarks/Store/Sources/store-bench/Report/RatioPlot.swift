import Foundation

/// A picture of a report: one bar for each case, as long as the times that edge-store is better, on a logarithmic axis.
struct RatioPlot {
  let report: StoreReport

  private let rowHeight = 24.0
  private let labelWidth = 250.0
  private let plotWidth = 430.0
  private let valueWidth = 250.0
  private let top = 92.0

  private static let reached = "#3b8a5a"
  private static let missed = "#c0603a"
  private static let plain = "#6f86a8"

  private var rows: [Row] { report.rows.filter { $0.ratio != nil } }
  private var width: Double { labelWidth + plotWidth + valueWidth }
  private var bottom: Double { top + Double(rows.count) * rowHeight }

  /// The powers of two that the axis reaches.
  private var exponents: ClosedRange<Int> {
    let ratios = rows.compactMap(\.ratio).map { log2($0) }
    let least = Int(min(ratios.min() ?? 0, 0).rounded(.down))
    let most = Int(max(ratios.max() ?? 0, 1).rounded(.up))
    return max(least, -6)...min(most, 9)
  }

  private func x(_ ratio: Double) -> Double {
    let range = exponents
    let place = (log2(ratio) - Double(range.lowerBound)) / Double(range.count - 1)
    return labelWidth + plotWidth * min(max(place, 0), 1)
  }

  var svg: String {
    var parts = [
      """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(short(width))" height="\(short(bottom + 58))" \
      viewBox="0 0 \(short(width)) \(short(bottom + 58))" font-family="Helvetica, Arial, sans-serif" font-size="12">
      <rect width="100%" height="100%" fill="#ffffff"/>
      """,
      text(16, 26, "edge-store against \(report.versions[.etcd] ?? "etcd")", size: 17, weight: "bold"),
      text(16, 46, "times better (rate, or inverse of time or size); 1 is even; mark: the aim", fill: "#555555"),
    ]
    for (index, (colour, meaning)) in [
      (Self.reached, "aim reached"), (Self.missed, "not reached"), (Self.plain, "no aim"),
    ]
    .enumerated() {
      let left = labelWidth + plotWidth - 60 + Double(index) * 105
      parts.append(
        "<rect x=\"\(short(left))\" y=\"37\" width=\"10\" height=\"10\" rx=\"2\" fill=\"\(colour)\"/>")
      parts.append(text(left + 15, 46, meaning, fill: "#555555"))
    }
    for exponent in exponents {
      let ratio = exponent >= 0 ? Double(1 << exponent) : 1 / Double(1 << -exponent)
      let label = exponent >= 0 ? "\(1 << exponent)" : "1/\(1 << -exponent)"
      parts.append(line(x(ratio), top - 8, x(ratio), bottom + 4, exponent == 0 ? "#333333" : "#dddddd"))
      parts.append(text(x(ratio), top - 14, label, fill: "#555555", anchor: "middle"))
    }
    for (index, row) in rows.enumerated() { parts += bar(row, top + Double(index) * rowHeight) }
    for (index, condition) in report.conditions.prefix(3).enumerated() {
      parts.append(text(16, bottom + 22 + Double(index) * 14, condition, size: 10, fill: "#777777"))
    }
    return (parts + ["</svg>", ""]).joined(separator: "\n")
  }

  private func bar(_ row: Row, _ y: Double) -> [String] {
    guard let ratio = row.ratio else { return [] }
    let (from, to) = (min(x(1), x(ratio)), max(x(1), x(ratio)))
    let fill =
      switch row.isReached {
      case true?: Self.reached
      case false?: Self.missed
      case nil: Self.plain
      }
    var parts = [
      text(labelWidth - 10, y + 14, row.name, anchor: "end"),
      """
      <rect x="\(short(from))" y="\(short(y + 3))" width="\(short(max(to - from, 1)))" height="15" rx="2" fill="\(fill)"/>
      """,
    ]
    if case .ratio(let aim)? = row.target {
      parts.append(line(x(aim), y, x(aim), y + 21, "#111111", width: 2))
    }
    let right = labelWidth + plotWidth + 16
    parts.append(text(right + 48, y + 14.5, "\(short((ratio * 100).rounded() / 100)) x", weight: "bold", anchor: "end"))
    let values = "\(row.text(row.values[.edgeStore])) to \(row.text(row.values[.etcd]))"
    parts.append(text(right + 62, y + 14, values, fill: "#555555"))
    return parts
  }

  private func text(
    _ x: Double, _ y: Double, _ content: String, size: Int = 12, fill: String = "#222222", weight: String = "normal",
    anchor: String = "start"
  ) -> String {
    let escaped = content.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
    return "<text x=\"\(short(x))\" y=\"\(short(y))\" font-size=\"\(size)\" fill=\"\(fill)\" font-weight=\"\(weight)\" "
      + "text-anchor=\"\(anchor)\">\(escaped)</text>"
  }

  private func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ stroke: String, width: Int = 1
  ) -> String {
    "<line x1=\"\(short(x1))\" y1=\"\(short(y1))\" x2=\"\(short(x2))\" y2=\"\(short(y2))\" stroke=\"\(stroke)\" "
      + "stroke-width=\"\(width)\"/>"
  }
}
