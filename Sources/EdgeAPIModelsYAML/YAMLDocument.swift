#if YAML
import EdgeJSON
import Yams

/// The text of one document inside a file.
///
/// A file is cut at its `---` lines before the YAML parser sees it. That is what YAML says (at the beginning of a line
/// the marker ends even a block of text) and what kubectl does; and it keeps the anchors of one document out of the others.
struct YAMLDocument {
  let source: String
  let text: String
  /// Lines of the file before this text.
  let linesBefore: Int

  struct Root {
    let value: JSONValue
    let line: Int
    /// Where the elements of the member `items` begin.
    let itemLines: [Int]
  }

  static func split(_ text: String, source: String) throws(ManifestError) -> [YAMLDocument] {
    if text.utf8.count > KubernetesYAML.maximumBytes {
      throw ManifestError(
        source: source, message: "\(text.utf8.count) bytes, more than the limit of \(KubernetesYAML.maximumBytes)")
    }
    var documents: [YAMLDocument] = []
    var current = ""
    var start = 0
    var isDirectivesOnly = true
    // A byte order mark is no part of the text.
    let body = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    let lines = body.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      let isMarker =
        line.starts(with: "---".utf8)
        && (line.count == 3 || [0x20, 0x09, 0x0D].contains(line[line.index(line.startIndex, offsetBy: 3)]))
      if isMarker, !isDirectivesOnly || documents.isEmpty && current.isEmpty {
        documents.append(YAMLDocument(source: source, text: current, linesBefore: start))
        current = ""
        start = number
        isDirectivesOnly = false
      } else if isMarker {
        isDirectivesOnly = false
      } else if let first = line.first, first != UInt8(ascii: "%"), first != UInt8(ascii: "#"), first != 0x0D {
        isDirectivesOnly = false
      }
      current += String(Substring(line))
      // The last piece is what stands behind the last line feed; a block of text may count its line feeds.
      if number < lines.count - 1 { current += "\n" }
    }
    return documents + [YAMLDocument(source: source, text: current, linesBefore: start)]
  }

  /// The value of the document; nil when there is nothing in it.
  func root() throws(ManifestError) -> Root? {
    if let json = try jsonRoot() { return json }
    try AliasBudget.check(self)
    let node: Node?
    do {
      node = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
    } catch {
      throw manifestError(error)
    }
    guard let node else { return nil }
    var reader = YAMLReader(source: source, linesBefore: linesBefore)
    let value = try reader.value(of: node)
    if value.isNull { return nil }
    let items = node.mapping?["items"]?.sequence.map { Array($0) } ?? []
    return Root(value: value, line: line(of: node), itemLines: items.map(line(of:)))
  }

  /// JSON is read by the JSON parser where it applies: YAML's escapes know no surrogate pairs.
  private func jsonRoot() throws(ManifestError) -> Root? {
    let bytes = Array(text.utf8)
    guard let start = bytes.firstIndex(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }),
      bytes[start] == UInt8(ascii: "{"),
      let value = try? JSONValue(parsing: bytes)
    else { return nil }
    let line = linesBefore + 1 + bytes[..<start].count { $0 == 0x0A }
    return Root(value: value, line: line, itemLines: [])
  }

  private func line(of node: Node) -> Int { linesBefore + (node.mark?.line ?? 1) }

  private func manifestError(_ error: any Error) -> ManifestError {
    func at(_ mark: Mark, _ message: String) -> ManifestError {
      ManifestError(source: source, line: linesBefore + mark.line, message: message)
    }
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return at(mark, problem)
    case .duplicatedKeysInMapping(let keys, let context):
      return at(context.mark, "duplicate key \(keys.map { "\"\($0)\"" }.joined(separator: ", "))")
    case .reader(let problem, let offset, _, _):
      let line = offset.map { linesBefore + 1 + text.utf8.prefix($0).count { $0 == 0x0A } }
      return ManifestError(source: source, line: line, message: problem)
    default: return ManifestError(source: source, line: linesBefore + 1, message: "\(error)")
    }
  }
}
#endif
