#if YAML
import EdgeJSON
import Yams

/// Turns the node tree of one document into a JSON value.
struct YAMLReader {
  static let maximumDepth = ManifestScanner.maximumDepth
  /// Nodes after aliases are expanded.
  static let maximumNodes = ManifestScanner.maximumValues
  /// Bytes of scalars after aliases are expanded.
  static let maximumScalarBytes = 64 << 20

  private static let typed: Set<String> = [
    "tag:yaml.org,2002:null", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float",
  ]

  let source: String
  let linesBefore: Int
  private var nodes = 0
  private var scalarBytes = 0

  init(source: String, linesBefore: Int) {
    self.source = source
    self.linesBefore = linesBefore
  }

  mutating func value(of node: Node, path: String = "", depth: Int = 0) throws(ManifestError) -> JSONValue {
    nodes += 1
    if nodes > Self.maximumNodes {
      throw error(node, path, "more than \(Self.maximumNodes) values after expanding aliases")
    }
    if depth > Self.maximumDepth { throw error(node, path, "more than \(Self.maximumDepth) nested values") }
    switch node {
    case .scalar(let scalar): return try self.scalar(scalar, node, path)
    case .sequence(let sequence):
      try requireTag(sequence.tag, "seq", node, path)
      var elements: [JSONValue] = []
      elements.reserveCapacity(sequence.count)
      for (index, element) in sequence.enumerated() {
        elements.append(try value(of: element, path: "\(path)[\(index)]", depth: depth + 1))
      }
      return .array(elements)
    case .mapping(let mapping):
      try requireTag(mapping.tag, "map", node, path)
      return .object(try object(mapping, path: path, depth: depth))
    case .alias: throw error(node, path, "unresolved alias")
    }
  }

  private mutating func object(_ mapping: Node.Mapping, path: String, depth: Int) throws(ManifestError) -> JSONObject {
    var object = JSONObject()
    var merged: [Node] = []
    for (key, member) in mapping {
      if case .scalar(let scalar) = key, scalar.style == .plain, scalar.string == "<<" {
        merged.append(member)
        continue
      }
      let name = try self.name(of: key, path: path)
      let memberPath = path.isEmpty ? name : "\(path).\(name)"
      let value = try self.value(of: member, path: memberPath, depth: depth + 1)
      if !object.insert(name, value) {
        // Different spellings of one key. Told as Yams tells of equal ones: where the key stands first.
        for other in mapping.keys where try self.name(of: other, path: path).utf8.elementsEqual(name.utf8) {
          throw error(other, "", "duplicate key \"\(name)\"")
        }
      }
    }
    // What the mapping says itself wins over what it merges, and earlier merges win over later ones.
    for node in merged { try merge(node, into: &object, path: path, depth: depth + 1) }
    return object
  }

  private mutating func merge(
    _ node: Node, into object: inout JSONObject, path: String, depth: Int
  ) throws(ManifestError) {
    switch node {
    case .mapping:
      guard case .object(let members) = try value(of: node, path: path, depth: depth) else { return }
      for (key, value) in members { _ = object.insert(key, value) }
    case .sequence(let sequence):
      for element in sequence {
        guard case .mapping = element else { throw error(element, path, "only mappings can be merged with <<") }
        try merge(element, into: &object, path: path, depth: depth + 1)
      }
    default: throw error(node, path, "only mappings can be merged with <<")
    }
  }

  private mutating func name(of key: Node, path: String) throws(ManifestError) -> String {
    guard case .scalar(let scalar) = key else { throw error(key, path, "a key must be a scalar") }
    if scalar.tag.description.isEmpty {
      guard let name = YAMLScalar.key(ofPlain: scalar.string) else { throw error(key, path, "a key must not be null") }
      return name
    }
    switch try self.scalar(scalar, key, path) {
    case .string(let name): return name
    case .null: throw error(key, path, "a key must not be null")
    case let value: return YAMLScalar.key(ofPlain: value.text) ?? value.text
    }
  }

  private mutating func scalar(_ scalar: Node.Scalar, _ node: Node, _ path: String) throws(ManifestError) -> JSONValue {
    scalarBytes += scalar.string.utf8.count
    if scalarBytes > Self.maximumScalarBytes {
      throw error(node, path, "more than \(Self.maximumScalarBytes) bytes after expanding aliases")
    }
    let text = scalar.string
    switch scalar.tag.description {
    case "tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp", "!": return .string(text)
    case "":
      guard let value = YAMLScalar.value(ofPlain: text) else {
        throw error(node, path, "\(text) is no number that JSON can hold")
      }
      return value
    case let tag where Self.typed.contains(tag):
      if let value = YAMLScalar.value(of: text, tag: tag) { return value }
      throw error(node, path, "\"\(text.prefix(80))\" is not what its tag says")
    case let tag: throw error(node, path, "unsupported tag \(tag)")
    }
  }

  private func requireTag(_ tag: Tag, _ name: String, _ node: Node, _ path: String) throws(ManifestError) {
    if ["", "!", "tag:yaml.org,2002:\(name)"].contains(tag.description) { return }
    throw error(node, path, "unsupported tag \(tag.description)")
  }

  private func error(_ node: Node, _ path: String, _ message: String) -> ManifestError {
    ManifestError(
      source: source, line: node.mark.map { linesBefore + $0.line }, column: node.mark?.column,
      field: path.isEmpty ? nil : path, message: message)
  }
}
#endif
