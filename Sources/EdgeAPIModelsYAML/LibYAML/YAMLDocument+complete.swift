#if YAML
import EdgeJSON
import Yams

extension YAMLDocument {
  /// Leaves plain scalars without a tag. Yams resolves the tags of keys when it compares them; with its basic resolver
  /// `yes` as a key could not be told from `!!str yes`.
  private static let untagged = (try? Resolver.basic.appending(.implicit, "^")) ?? .basic

  /// The value of the document as libyaml reads it, with everything that YAML 1.1 has.
  ///
  /// One fault of Yams shows here: a text that begins with an escaped byte order mark (`"\uFEFF"`) loses it.
  func completeRoot() throws(ManifestError) -> Root? {
    let text = String(decoding: bytes, as: UTF8.self)
    try AliasBudget.check(self)
    let node: Node?
    do {
      node = try Parser(yaml: text, resolver: Self.untagged, encoding: .utf8).singleRoot()
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

  private func line(of node: Node) -> Int { linesBefore + (node.mark?.line ?? 1) }

  private func manifestError(_ error: any Error) -> ManifestError {
    func at(_ mark: Mark, _ message: String) -> ManifestError {
      ManifestError(source: source, line: linesBefore + mark.line, column: mark.column, message: message)
    }
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return at(mark, problem)
    case .duplicatedKeysInMapping(let keys, let context):
      return at(context.mark, "duplicate key \(keys.map { "\"\($0)\"" }.joined(separator: ", "))")
    case .reader(let problem, let offset, _, _):
      let line = offset.map { linesBefore + 1 + bytes.prefix($0).count { $0 == 0x0A } }
      return ManifestError(source: source, line: line, message: problem)
    default: return ManifestError(source: source, line: linesBefore + 1, message: "\(error)")
    }
  }
}
#endif
