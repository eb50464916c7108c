import EdgeAPIModels

/// The Swift text of one type.
struct TypeSource {
  private let name: String
  private let kind: SchemaText.Kind?
  private let package: SchemaText.Package
  private let fields: [SwiftField]

  /// - Parameter order: the places of the members in a record, by their names.
  init(
    name: String, kind: SchemaText.Kind?, package: SchemaText.Package, model: TypedModel, order: [String: Int]
  ) throws {
    self.name = name
    self.kind = kind
    self.package = package
    var names: Set<String> = []
    fields = try model.members(of: "\(package.id).\(name)").map { field in
      guard names.insert(field.name).inserted, let index = order[field.name] else {
        throw GeneratorError("\(package.id).\(name) says \(field.name) twice")
      }
      return try SwiftField(
        field, index: index, model: model, isMetadataOfKind: kind != nil && field.name == "metadata")
    }
  }

  var text: String {
    var text = """
      extension \(package.namespace) {
        /// \(summary)
        public struct \(name): \(kind == nil ? "APIStruct" : conformance) {
          public static let schema = TypeSchema(generated: "\(package.id).\(name)")

      """
    if let kind = kindMembers { text += kind }
    text += """
          public var record: Record

          public init(record: Record) { self.record = record }

      """
    if !fields.isEmpty {
      text += "\n    public init(\(parameters)) {\n      record = Record()\n"
      for field in fields { text += "      self.\(field.identifier) = \(field.identifier)\n" }
      text += "    }\n"
    }
    for field in fields { text += "\n" + field.declaration }
    return text + "  }\n}\n"
  }

  private var summary: String {
    kind == nil ? "`\(name)` of `\(package.id)`." : "The kind `\(name)` of `\(package.apiVersion ?? package.id)`."
  }

  private var conformance: String {
    switch fields.first(where: { $0.field.name == "metadata" })?.type {
    case "MetaV1.ObjectMeta": "APIObject"
    case "MetaV1.ListMeta" where name.hasSuffix("List"): "APIList"
    default: "APIKind"
    }
  }

  private var kindMembers: String? {
    guard kind != nil, let gvk = GroupVersionKind(apiVersion: package.apiVersion ?? "", kind: name) else { return nil }
    return """
          public static let gvk = EdgeAPIModels.GroupVersionKind(\n      group: "\(gvk.group)", version: "\(gvk.version)", kind: "\(gvk.kind)")

      """
  }

  private var parameters: String {
    let line = fields.map(\.parameter).joined(separator: ", ")
    if line.count < 90 { return line }
    return "\n" + fields.map { "      \($0.parameter)" }.joined(separator: ",\n") + "\n    "
  }
}
