import EdgeJSON

/// A kind of objects that a user adds to the API: what `apiextensions.k8s.io/v1` says about it.
///
/// Conversion between versions is `None`, the server changing nothing but `apiVersion`; of a definition that asks for a
/// webhook, only ``usesConversionWebhook`` remains.
public struct CustomResourceDefinition: Sendable {
  public struct Version: Sendable {
    public let name: String
    public let isServed: Bool
    public let isStorage: Bool
    public let schema: StructuralSchema
    /// Empty when the definition gives none; the API server then shows the age.
    public let printerColumns: [PrinterColumn]
    public let hasStatusSubresource: Bool
    public let scale: ScaleSubresource?
    public let deprecationWarning: String?
  }

  /// Where a kind that can be scaled keeps its numbers; dotted paths such as `.spec.replicas`.
  public struct ScaleSubresource: Hashable, Sendable {
    public let specReplicasPath: String
    public let statusReplicasPath: String
    public let labelSelectorPath: String?
  }

  public let group: String
  public let kind: String
  public let listKind: String
  public let plural: String
  public let singular: String
  public let shortNames: [String]
  public let categories: [String]
  public let isNamespaced: Bool
  /// In the order of the definition.
  public let versions: [Version]
  public let usesConversionWebhook: Bool

  /// Reads a definition and compiles its schemas.
  ///
  /// - Throws: ``InvalidSchema`` with everything that is wrong with the definition.
  public init(_ object: UnstructuredObject) throws(InvalidSchema) {
    var reader = DefinitionReader()
    let definition = reader.read(Field(path: FieldPath(), value: .object(object.content)))
    guard let definition, reader.report.errors.isEmpty else { throw InvalidSchema(errors: reader.report.errors) }
    self = definition
  }

  init(
    group: String, names: DefinitionReader.Names, isNamespaced: Bool, versions: [Version], usesConversionWebhook: Bool
  ) {
    self.group = group
    kind = names.kind
    listKind = names.listKind
    plural = names.plural
    singular = names.singular
    shortNames = names.shortNames
    categories = names.categories
    self.isNamespaced = isNamespaced
    self.versions = versions
    self.usesConversionWebhook = usesConversionWebhook
  }

  public func version(_ name: String) -> Version? { versions.first { $0.name == name } }

  /// The kind as the catalogue knows it; nil for a definition that serves no version.
  public var resourceType: ResourceType? {
    let served = versions.filter(\.isServed)
    guard let first = served.first(where: \.isStorage) ?? served.first else { return nil }
    return ResourceType(
      GroupVersionKind(group: group, version: first.name, kind: kind), plural: plural, shortNames: shortNames,
      isNamespaced: isNamespaced, alsoServed: served.map(\.name).filter { $0 != first.name },
      hasStatusSubresource: first.hasStatusSubresource)
  }
}

/// A column that a definition adds to the table of its objects.
public struct PrinterColumn: Hashable, Sendable {
  public let name: String
  /// `integer`, `number`, `boolean`, `string` or `date`.
  public let type: String
  public let format: String
  public let description: String
  /// 0 is always shown, more than 0 only in a wide view.
  public let priority: Int64
  /// A simple JSONPath that begins with a dot.
  public let jsonPath: String

  public init(
    name: String, type: String, format: String = "", description: String = "", priority: Int64 = 0, jsonPath: String
  ) {
    self.name = name
    self.type = type
    self.format = format
    self.description = description
    self.priority = priority
    self.jsonPath = jsonPath
  }
}
