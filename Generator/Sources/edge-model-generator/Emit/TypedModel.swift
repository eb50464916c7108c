import EdgeAPIModels

/// What the emitter must know of all typed packages at once: namespaces, and which type inlines which.
struct TypedModel {
  private let types: [String: [FieldSchema]]
  private let namespaces: [String: String]
  private let inlined: Set<String>
  private let named: Set<String>

  /// - Parameter all: also the packages that get no models, whose types may be inlined.
  init(packages: [SchemaText.Package], all: [SchemaText.Package]) {
    var types: [String: [FieldSchema]] = [:]
    var inlined: Set<String> = []
    var named: Set<String> = []
    for package in all {
      named.formUnion(package.kinds.map { "\(package.id).\($0.name)" })
      for type in package.types {
        types["\(package.id).\(type.name)"] = type.fields
        for field in type.fields {
          guard let name = field.type.objectName else { continue }
          if field.isInline { inlined.insert(name) } else { named.insert(name) }
        }
      }
    }
    self.types = types
    self.inlined = inlined
    self.named = named
    namespaces = Dictionary(packages.map { ($0.id, $0.namespace) }) { first, _ in first }
  }

  /// Such a type has no values of its own: its members are those of others.
  func isOnlyInlined(_ name: String) -> Bool { inlined.contains(name) && !named.contains(name) }

  func fields(of name: String) -> [FieldSchema]? { types[name] }

  /// The members as JSON has them, in the order of their declaration: those of inlined types stand among the type's own.
  func members(of name: String) throws -> [FieldSchema] {
    guard let fields = types[name] else { throw GeneratorError("there is no type \(name)") }
    return try fields.flatMap { field in
      guard field.isInline else { return [field] }
      guard let inner = field.type.objectName else { throw GeneratorError("\(name) inlines a scalar") }
      return try members(of: inner)
    }
  }

  /// `MetaV1.ObjectMeta`
  func swiftName(of name: String) throws -> String {
    let parts = TypeName(name)
    guard let namespace = namespaces[parts.package] else {
      throw GeneratorError("\(name) is not among the typed packages")
    }
    return "\(namespace).\(parts.name)"
  }
}

/// `core/v1.PodSpec` in its two parts. The package may have dots (`devices.kubeedge.io/v1beta1`), the name has none.
struct TypeName {
  let package: String
  let name: String

  init(_ text: String) {
    let dot = text.lastIndex(of: ".") ?? text.startIndex
    package = String(text[..<dot])
    name = String(text[text.index(after: dot)...])
  }
}
