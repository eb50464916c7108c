import EdgeJSON

/// The schema of a custom resource: validation, pruning and defaulting as the API server of Kubernetes does them.
///
/// An OpenAPI v3 schema is structural when the shape of every value (its type, properties, items) stands outside of
/// `allOf`, `anyOf`, `oneOf` and `not`; those only restrict. Only such schemas say what may be pruned and what a default
/// belongs to.
///
/// A request goes through ``prune(_:)``, ``removeNulls(_:)``, ``applyDefaults(to:)`` and ``validate(_:)``, in this order;
/// ``admit(_:)`` does the four.
///
/// `x-kubernetes-validations` (rules in the language CEL) is left out whole: rules are neither compiled nor run, the rest
/// of their schema counts. ``hasRules`` tells. Formats that are not among those of Kubernetes are ignored, as there.
public struct StructuralSchema: Sendable {
  let root: SchemaNode
  /// Whether the schema holds CEL rules, which nobody here evaluates.
  public let hasRules: Bool

  /// Compiles `spec.versions[].schema.openAPIV3Schema`.
  ///
  /// - Parameter path: where the schema stands; the errors begin with it.
  /// - Throws: ``InvalidSchema`` with every violation when the schema is malformed, has an expression that is not run
  ///   here (``TextPattern``), or is not structural.
  public init(
    _ schema: JSONValue, path: FieldPath = FieldPath("openAPIV3Schema")
  ) throws(InvalidSchema) {
    var report = FieldReport()
    let field = Field(path: path, value: schema)
    root = SchemaNode(field, report: &report)
    if !field.isPresent { report.add(.required(path)) }
    if report.errors.isEmpty {
      StructuralityCheck.check(root, at: path, report: &report)
      DefaultsCheck.check(root, at: path, report: &report)
    }
    if !report.errors.isEmpty { throw InvalidSchema(errors: report.errors) }
    hasRules = root.anyNode { $0.hasRules }
  }

  /// What becomes of an object that is written: it is pruned and defaulted, then checked.
  ///
  /// - Returns: the paths of the fields that were dropped, and what is wrong with the object that remains.
  public func admit(_ object: inout JSONObject) -> (pruned: [String], errors: [FieldError]) {
    let pruned = prune(&object)
    removeNulls(&object)
    applyDefaults(to: &object)
    return (pruned, validate(object))
  }
}

/// A schema that cannot be used, with everything that is wrong with it.
public struct InvalidSchema: Error, Hashable, Sendable, CustomStringConvertible {
  public let errors: [FieldError]

  public var description: String { errors.map(\.description).joined(separator: "; ") }
}

extension SchemaNode {
  func anyNode(_ condition: (SchemaNode) -> Bool) -> Bool {
    if condition(self) { return true }
    if properties.contains(where: { $0.node.anyNode(condition) }) || items?.anyNode(condition) == true { return true }
    if case .schema(let node)? = additionalProperties, node.anyNode(condition) { return true }
    return (allOf + anyOf + oneOf + (not.map { [$0] } ?? [])).contains { $0.anyNode(condition) }
  }
}
