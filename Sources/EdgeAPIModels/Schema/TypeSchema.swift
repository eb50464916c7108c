import EdgeJSON

/// One type of the API as data: its members with their names, numbers and types.
///
/// All built-in types of Kubernetes 1.32 (also alpha and beta versions), and those of KubeEdge, OpenYurt and Sedna are
/// known by name; a type costs nothing until it is asked for.
public struct TypeSchema: Sendable, Hashable {
  // Sound: see `Shared`.
  private let shared: Shared
  var layout: LayoutPointer { shared.pointer }

  init(layout: LayoutPointer) { shared = Shared(pointer: layout) }

  /// - Parameter name: `core/v1.PodSpec`, `devices.kubeedge.io/v1beta1.Device`
  public init?(named name: String) {
    guard let layout = SchemaRegistry.shared.layout(named: name) else { return nil }
    self.init(layout: layout)
  }

  /// The type of a kind.
  public init?(_ gvk: GroupVersionKind) {
    guard let layout = SchemaRegistry.shared.layout(of: gvk) else { return nil }
    self.init(layout: layout)
  }

  /// The type of a model that was generated from the same schema files.
  package init(generated name: StaticString) {
    guard let layout = SchemaRegistry.shared.layout(named: "\(name)") else {
      preconditionFailure("\(name) is not in the schema files: `make models` was not run after they changed")
    }
    self.init(layout: layout)
  }

  public static var allKinds: [GroupVersionKind] { SchemaRegistry.shared.kinds }

  public var name: String { layout.pointee.name }
  /// nil for a part of an object.
  public var gvk: GroupVersionKind? { layout.pointee.gvk }
  /// In the order of their protobuf numbers, then those that only JSON has.
  public var fields: [FieldSchema] { layout.pointee.members.map(\.field) }

  /// The member of a JSON object of this type.
  public func field(named name: String) -> FieldSchema? {
    layout.pointee.index(of: name).map { layout.pointee.members[$0].field }
  }

  /// The type of a member, or of its elements, or of its map's values; nil where that is no object.
  public func type(of name: String) -> TypeSchema? {
    guard let index = layout.pointee.index(of: name) else { return nil }
    var member = layout.pointee.members[index]
    while let element = member.element { member = element.pointee }
    return member.object.map { TypeSchema(layout: $0) }
  }

  public static func == (left: TypeSchema, right: TypeSchema) -> Bool { left.layout == right.layout }
  public func hash(into hasher: inout Hasher) { hasher.combine(layout) }
}

/// Where the members of types lie in a ``Record``, for the generator: the same order that layouts have.
package struct MemberOrder {
  private let registry: SchemaRegistry

  /// - Parameter schemas: the text of all schema files, which may be newer than those in this program.
  package init(schemas: String) { registry = SchemaRegistry(Array(schemas.utf8)) }

  package func places(in type: String) -> [String: Int] {
    let names = registry.memberNames(of: type) ?? []
    return Dictionary(names.enumerated().map { ($0.element, $0.offset) }) { first, _ in first }
  }
}
