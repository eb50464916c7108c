#if YAML
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
/// in what its aliases expand to.
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
    var documents: [ManifestDocument] = []
    for document in try YAMLDocument.split(text, source: source) {
      guard let root = try document.root() else { continue }
      try append(root.value, line: root.line, source: source, prefix: "", itemLines: root.itemLines, to: &documents)
    }
    return documents
  }

  /// The value of a text that holds one YAML document or one JSON text; null when it is empty.
  public static func value(parsing text: String) throws(ManifestError) -> JSONValue {
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
#endif
