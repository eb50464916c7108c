import Synchronization

/// The types of Kubernetes, KubeEdge, OpenYurt and Sedna, as data.
///
/// The schema files are part of the program. Finding a type's text takes a table of all names, made at the first use;
/// a type's layout is made when somebody needs it, together with the types that it refers to.
final class SchemaRegistry: Sendable {
  static let shared = SchemaRegistry(SchemaData.all)

  private struct Entry {
    let package: String
    let lines: Range<Int>
    let gvk: GroupVersionKind?
    let isUnion: Bool
  }

  private struct State: ~Copyable {
    var layouts: [String: UnsafeMutablePointer<TypeLayout>] = [:]
  }

  private let text: [UInt8]
  private let entries: [String: Entry]
  private let names: [GroupVersionKind: String]
  /// The resources that the schema files name, in their order.
  let resources: [ResourceType]
  private let state = Mutex(State())

  convenience init(_ files: [StaticString]) {
    var text: [UInt8] = []
    for file in files {
      text.append(contentsOf: UnsafeBufferPointer(start: file.utf8Start, count: file.utf8CodeUnitCount))
      text.append(0x0A)
    }
    self.init(text)
  }

  init(_ text: [UInt8]) {
    var index = SchemaIndex(text)
    index.read()
    self.text = text
    var entries: [String: Entry] = [:]
    for type in index.types {
      let name = "\(type.package).\(type.name)"
      let gvk = index.gvks[name]
      entries[name] = Entry(package: type.package, lines: type.lines, gvk: gvk, isUnion: type.isUnion)
    }
    self.entries = entries
    names = Dictionary(index.gvks.map { ($0.value, $0.key) }) { first, _ in first }
    resources = index.resources
  }

  /// - Parameter name: `core/v1.PodSpec`
  func layout(named name: String) -> LayoutPointer? {
    let shared: Shared? = state.withLock { state in
      // The pointers go in and out of the lock; what they point to is never changed once it is made.
      if let known = state.layouts[name] { return Shared(pointer: LayoutPointer(known)) }
      var builder = LayoutBuilder(layouts: state.layouts) { [self] in fields(of: $0) }
      let layout = builder.layout(name)
      state.layouts = builder.layouts
      return layout.map { Shared(pointer: $0) }
    }
    return shared?.pointer
  }

  func layout(of gvk: GroupVersionKind) -> LayoutPointer? { names[gvk].flatMap { layout(named: $0) } }

  /// The names of a type's members in the order of their indices.
  func memberNames(of name: String) -> [String]? {
    LayoutBuilder(layouts: [:]) { [self] in fields(of: $0) }.memberNames(of: name)
  }

  var kinds: [GroupVersionKind] { Array(names.keys) }

  private func fields(of name: String) -> (fields: [FieldSchema], gvk: GroupVersionKind?, isUnion: Bool)? {
    guard let entry = entries[name] else { return nil }
    let lines = text[entry.lines].split(separator: UInt8(ascii: "\n"))
    let fields = lines.compactMap {
      FieldSchema(line: Substring(String(decoding: $0, as: UTF8.self)), package: entry.package)
    }
    return (fields, entry.gvk, entry.isUnion)
  }
}

/// Lets a pointer to memory that is never changed cross a boundary.
struct Shared: @unchecked Sendable {
  // Sound: layouts are complete before their pointer leaves the lock, never written afterwards and never freed.
  let pointer: LayoutPointer
}

/// Where in the schema text each type begins and ends.
private struct SchemaIndex {
  private let text: [UInt8]
  private(set) var types: [(package: String, name: String, lines: Range<Int>, isUnion: Bool)] = []
  private(set) var gvks: [String: GroupVersionKind] = [:]
  private(set) var resources: [ResourceType] = []

  init(_ text: [UInt8]) { self.text = text }

  mutating func read() {
    var package = ""
    var apiVersion = ""
    var position = 0
    while position < text.count {
      var end = position
      while end < text.count, text[end] != 0x0A { end += 1 }
      // Only these lines begin with a letter; fields begin with a digit or a dash.
      if text[position] >= UInt8(ascii: "a") {
        let words = text[position..<end].split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
        switch words[0] {
        case "package":
          package = words[1]
          apiVersion = words[3]
        case "kind":
          if let gvk = GroupVersionKind(apiVersion: apiVersion, kind: words[1]) {
            gvks["\(package).\(words[1])"] = gvk
            if let kind = SchemaText.Kind(words: words.map { $0[...] }), let plural = kind.plural {
              resources.append(
                ResourceType(
                  gvk, plural: plural, shortNames: kind.shortNames, isNamespaced: kind.isNamespaced,
                  hasStatusSubresource: kind.hasStatus))
            }
          }
        default:
          closeType(at: position)
          types.append((package, words[1], end..<text.count, words[0] == "union"))
        }
        if words[0] != "type", words[0] != "union" { closeType(at: position) }
      }
      position = end + 1
    }
  }

  private mutating func closeType(at position: Int) {
    guard let last = types.last, last.lines.upperBound == text.count else { return }
    types[types.count - 1].lines = last.lines.lowerBound..<max(last.lines.lowerBound, position)
  }
}
