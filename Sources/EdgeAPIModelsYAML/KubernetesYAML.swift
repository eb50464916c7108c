import EdgeAPIModels
import EdgeJSON

/// One object of a manifest file.
public struct ManifestDocument: Sendable {
  public let source: String
  /// Where the object begins, counted from 1.
  public let line: Int
  public let object: UnstructuredObject
}

/// YAML as Kubernetes reads and writes it.
///
/// Reading follows `sigs.k8s.io/yaml`: YAML 1.1 scalars (`yes`, `on`, `0644` are no strings), keys become strings, `<<`
/// merges. What JSON cannot say (`.inf`, `.nan`) is refused, and so are duplicate keys. Input is bounded in size, depth and
/// in what its aliases expand to. Two things differ from Go, so that nothing is lost: a number that is written as JSON
/// writes numbers keeps its literal (`1.50`, `1e3`, integers beyond 64 bits; Go makes 1.5, 1000 and a rounded double of
/// them), and what a mapping says itself wins over what it merges wherever the `<<` stands.
///
/// Documents are read in pure Swift as far as manifests go. With the trait `YAML` the others (anchors and aliases, tags,
/// complex keys, directives) are read by libyaml, which also words the errors of syntax; without it they end in an error.
public enum KubernetesYAML {
  /// Bytes of one text.
  public static let maximumBytes = 8 << 20

  /// The objects of a manifest file: one or more YAML documents or JSON texts. Empty documents are skipped, lists
  /// (`kind: List`) are replaced by their items.
  ///
  /// - Parameters:
  ///   - source: the name that errors show, usually the path of the file.
  /// - Throws: ``ManifestError`` for the first thing that is wrong; nothing is returned then.
  public static func manifests(in text: String, source: String) throws(ManifestError) -> [ManifestDocument] {
    try manifests(inUTF8: Array(text.utf8), source: source)
  }

  /// The same for the bytes of a file, which are an error unless they are valid UTF-8.
  public static func manifests(in bytes: [UInt8], source: String) throws(ManifestError) -> [ManifestDocument] {
    try requireUTF8(bytes, source: source)
    return try manifests(inUTF8: bytes, source: source)
  }

  /// The value of a text that holds one YAML document or one JSON text; null when it is empty.
  public static func value(parsing text: String) throws(ManifestError) -> JSONValue {
    try value(parsingUTF8: Array(text.utf8))
  }

  /// The same for bytes, which are an error unless they are valid UTF-8.
  public static func value(parsing bytes: [UInt8]) throws(ManifestError) -> JSONValue {
    try requireUTF8(bytes, source: "input")
    return try value(parsingUTF8: bytes)
  }

  private static func manifests(inUTF8 text: [UInt8], source: String) throws(ManifestError) -> [ManifestDocument] {
    var documents: [ManifestDocument] = []
    for document in try YAMLDocument.split(text, source: source) {
      guard let root = try document.root() else { continue }
      try append(root.value, line: root.line, source: source, prefix: "", itemLines: root.itemLines, to: &documents)
    }
    return documents
  }

  private static func value(parsingUTF8 text: [UInt8]) throws(ManifestError) -> JSONValue {
    var value: JSONValue?
    for document in try YAMLDocument.split(text, source: "input") {
      guard let root = try document.root() else { continue }
      if value != nil {
        throw ManifestError(source: "input", line: root.line, message: "a second document where one is expected")
      }
      value = root.value
    }
    return value ?? .null
  }

  private static func requireUTF8(_ bytes: [UInt8], source: String) throws(ManifestError) {
    if bytes.count > maximumBytes || String(validating: bytes, as: UTF8.self) != nil { return }
    var rest = bytes.makeIterator()
    var parser = UTF8.ForwardParser()
    var line = 1
    while case .valid(let scalar) = parser.parseScalar(from: &rest) { if scalar.first == 0x0A { line += 1 } }
    throw ManifestError(source: source, line: line, message: "invalid UTF-8")
  }

  private static func append(
    _ value: JSONValue, line: Int, source: String, prefix: String, itemLines: [Int],
    to documents: inout [ManifestDocument]
  ) throws(ManifestError) {
    guard case .object(let content) = value else {
      throw ManifestError(
        source: source, line: line, field: prefix.isEmpty ? nil : prefix, message: "an object is expected here")
    }
    if content["kind"]?.stringValue?.hasSuffix("List") == true, prefix.isEmpty, content["items"] != nil {
      guard let items = content["items"]?.arrayValue else {
        throw ManifestError(source: source, line: line, field: "items", message: "must be an array")
      }
      for (index, item) in items.enumerated() {
        let itemLine = itemLines.indices.contains(index) ? itemLines[index] : line
        try append(
          item, line: itemLine, source: source, prefix: "items[\(index)]", itemLines: [], to: &documents)
      }
      return
    }
    do {
      let object = try UnstructuredObject(content: content)
      documents.append(ManifestDocument(source: source, line: line, object: object))
    } catch {
      let field = [prefix, error.field ?? ""].filter { !$0.isEmpty }.joined(separator: ".")
      throw ManifestError(source: source, line: line, field: field.isEmpty ? nil : field, message: error.message)
    }
  }
}
