import EdgeAPIModels

/// What the emitter must know of all typed packages at once: sizes, namespaces, and which type inlines which.
struct TypedModel {
  struct Member {
    let field: FieldSchema
    /// The numbers of the inlined messages around the field, then its own; nil when protobuf does not have it.
    let protobufPath: [Int]?
    let package: String
  }

  private let types: [String: [FieldSchema]]
  private let namespaces: [String: String]
  private var sizes: [String: Int] = [:]
  private var inlined: Set<String> = []
  private var named: Set<String> = []

  init(packages: [SchemaText.Package]) {
    var types: [String: [FieldSchema]] = [:]
    var namespaces: [String: String] = [:]
    for package in packages {
      namespaces[package.id] = package.namespace
      for type in package.types { types["\(package.id).\(type.name)"] = type.fields }
    }
    self.types = types
    self.namespaces = namespaces
    for package in packages {
      named.formUnion(package.kinds.map { "\(package.id).\($0.name)" })
      for field in package.types.flatMap(\.fields) {
        guard let name = field.type.objectName else { continue }
        if field.isInline { inlined.insert(name) } else { named.insert(name) }
      }
    }
    for name in types.keys { _ = size(of: name, visiting: []) }
  }

  /// Such a type has no values of its own: its members are those of others.
  func isOnlyInlined(_ name: String) -> Bool { inlined.contains(name) && !named.contains(name) }

  func fields(of name: String) -> [FieldSchema]? { types[name] }

  /// The members as JSON has them: those of inlined types stand among the type's own.
  func members(of name: String, path: [Int]? = []) throws -> [Member] {
    guard let fields = types[name] else { throw GeneratorError("\(name) is not among the typed packages") }
    var members: [Member] = []
    for field in fields {
      let own = field.number.flatMap { number in path.map { $0 + [number] } }
      if field.isInline {
        guard let inlined = field.type.objectName else { throw GeneratorError("\(name) inlines a scalar") }
        members += try self.members(of: inlined, path: own)
      } else {
        members.append(Member(field: field, protobufPath: own, package: TypeName(name).package))
      }
    }
    return members
  }

  /// `MetaV1.ObjectMeta`
  func swiftName(of name: String) throws -> String {
    let parts = TypeName(name)
    guard let namespace = namespaces[parts.package] else {
      throw GeneratorError("\(name) is not among the typed packages")
    }
    return "\(namespace).\(parts.name)"
  }

  /// Larger values live in a box, so that moving an object around does not mean moving all of its parts.
  func isBoxed(_ field: FieldSchema) -> Bool {
    guard case .object(let name) = field.type, let size = sizes[name] else {
      if case .object = field.type { return true }
      return false
    }
    return size > (field.isPointer ? 24 : 64)
  }

  private mutating func size(of name: String, visiting: Set<String>) -> Int {
    if let size = sizes[name] { return size }
    guard let fields = types[name], !visiting.contains(name) else { return 1_000 }
    var total = 8
    for field in fields {
      switch field.type {
      case .object(let inner):
        let size = size(of: inner, visiting: visiting.union([name]))
        total += field.isInline ? size - 8 : size > (field.isPointer ? 24 : 64) ? 8 : size
      case .string, .quantity: total += field.type == .string ? 16 : 24
      case .bool: total += 1
      case .int32, .uint32: total += 8
      case .int64, .double, .duration, .time, .microTime: total += 16
      case .intOrString: total += 17
      default: total += 8
      }
    }
    sizes[name] = total
    return total
  }
}

/// `core/v1.PodSpec` in its two parts. The package may have dots (`kubeedge.devices/v1beta1`), the name has none.
struct TypeName {
  let package: String
  let name: String

  init(_ text: String) {
    let dot = text.lastIndex(of: ".") ?? text.startIndex
    package = String(text[..<dot])
    name = String(text[text.index(after: dot)...])
  }
}
