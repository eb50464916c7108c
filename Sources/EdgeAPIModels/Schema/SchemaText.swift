/// The schema files as they are written: packages, their kinds and types.
///
/// ```
/// package apps/v1 AppsV1 apps/v1
/// kind Deployment deployments namespaced status short=deploy categories=all
/// type Deployment
/// 1 metadata? meta/v1.ObjectMeta
/// 2 spec? DeploymentSpec
/// ```
///
/// A line gives a field's protobuf number (or `-`), its JSON name (with `?` where Go omits the empty value, `~` where the
/// type is inlined), its type and, where it has one, its patch strategy.
public struct SchemaText: Sendable {
  public struct Package: Sendable {
    /// `core/v1`
    public let id: String
    /// The Swift namespace of the typed models, `CoreV1`.
    public let namespace: String
    /// `v1`, `apps/v1`; nil when the package has no kinds.
    public let apiVersion: String?
    public internal(set) var kinds: [Kind] = []
    public internal(set) var types: [(name: String, fields: [FieldSchema])] = []
  }

  public struct Kind: Hashable, Sendable {
    public let name: String
    /// nil for lists and options, which are no resources.
    public let plural: String?
    public let isNamespaced: Bool
    public let hasStatus: Bool
    public let shortNames: [String]
    public let categories: [String]
  }

  public private(set) var packages: [Package] = []

  /// A package that is named again is continued.
  ///
  /// - Throws: ``SchemaTextError`` with the number of the line that cannot be read.
  public init(parsing text: String) throws(SchemaTextError) {
    var places: [String: Int] = [:]
    var current: Int?
    var number = 0
    // Bytes, not characters: the tables are read at the start of programs.
    for bytes in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      let line = Substring(bytes)
      guard let first = bytes.first, first != UInt8(ascii: "#") else { continue }
      let words = line.split(separator: " ")
      if words.first == "package" {
        guard words.count == 4 else { throw SchemaTextError(line: number, text: String(line)) }
        let id = String(words[1])
        if places[id] == nil {
          places[id] = packages.count
          packages.append(
            Package(id: id, namespace: String(words[2]), apiVersion: words[3] == "-" ? nil : String(words[3])))
        }
        current = places[id]
        continue
      }
      guard let current else { throw SchemaTextError(line: number, text: String(line)) }
      switch words.first {
      case nil: continue
      case "kind":
        guard let kind = Kind(words: words) else { throw SchemaTextError(line: number, text: String(line)) }
        packages[current].kinds.append(kind)
      case "type":
        guard words.count == 2 else { throw SchemaTextError(line: number, text: String(line)) }
        packages[current].types.append((name: String(words[1]), fields: []))
      default:
        guard let field = FieldSchema(line: line, package: packages[current].id),
          !packages[current].types.isEmpty
        else { throw SchemaTextError(line: number, text: String(line)) }
        packages[current].types[packages[current].types.count - 1].fields.append(field)
      }
    }
  }
}

extension SchemaText.Kind {
  fileprivate init?(words: [Substring]) {
    guard words.count >= 3 else { return nil }
    name = String(words[1])
    plural = words[2] == "-" ? nil : String(words[2])
    var isNamespaced = false
    var hasStatus = false
    var shortNames: [String] = []
    var categories: [String] = []
    for word in words.dropFirst(3) {
      let pair = word.split(separator: "=", maxSplits: 1)
      switch pair[0] {
      case "namespaced": isNamespaced = true
      case "cluster": isNamespaced = false
      case "status": hasStatus = true
      case "short" where pair.count == 2: shortNames = pair[1].split(separator: ",").map(String.init)
      case "categories" where pair.count == 2: categories = pair[1].split(separator: ",").map(String.init)
      default: return nil
      }
    }
    self.isNamespaced = isNamespaced
    self.hasStatus = hasStatus
    self.shortNames = shortNames
    self.categories = categories
  }
}

/// A line of a schema file that cannot be read.
public struct SchemaTextError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Counted from 1.
  public let line: Int
  public let text: String

  public var description: String { "schema line \(line) cannot be read: \(text)" }
}
