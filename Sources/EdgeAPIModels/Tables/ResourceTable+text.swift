import EdgeJSON

extension ResourceTable {
  public enum View: Sendable {
    /// Only columns of priority 0.
    case narrow
    case wide
  }

  /// The table as lines of text, in kubectl's form: titles in capitals, columns padded to their widest cell, a cell's
  /// first line only. The namespace comes first when it is asked for.
  public func text(_ view: View = .narrow, showsNamespace: Bool = false) -> String {
    let shown = columns.indices.filter { view == .wide || columns[$0].priority == 0 }
    var lines = [(showsNamespace ? ["NAMESPACE"] : []) + shown.map { columns[$0].name.uppercased() }]
    for row in rows {
      let cells = shown.map { row.cells.indices.contains($0) ? Self.text(of: row.cells[$0]) : "" }
      lines.append((showsNamespace ? [row.namespace ?? ""] : []) + cells)
    }
    return AlignedText.text(of: lines)
  }

  private static func text(of cell: JSONValue) -> String {
    switch cell {
    case .null: ""
    case .string(let text): text.split(separator: "\n", omittingEmptySubsequences: false).first.map(String.init) ?? ""
    default: cell.text
    }
  }
}

/// Rows of texts in columns.
public enum AlignedText {
  /// Every cell but the last of its row is padded to the widest one of its column, and three blanks more.
  public static func text(of rows: [[String]]) -> String {
    var widths: [Int] = []
    for row in rows {
      for (index, cell) in row.enumerated() {
        if index == widths.count { widths.append(0) }
        widths[index] = max(widths[index], cell.count)
      }
    }
    return rows.map { row in
      row.enumerated().map { index, cell in
        index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count + 3)
      }.joined()
    }.joined(separator: "\n")
  }
}
