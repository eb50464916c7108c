import EdgeJSON

extension StructuralityCheck {
  /// Everything that is restricted below a junctor must be given shape outside of it.
  static func completeness(of node: SchemaNode, at path: FieldPath, _ report: inout FieldReport) {
    junctors(of: node, against: node, shape: path, restriction: path, &report)
    if let items = node.items { completeness(of: items, at: path.child("items"), &report) }
    for (name, child) in node.properties {
      completeness(of: child, at: path.child("properties").key(name), &report)
    }
    if case .schema(let child)? = node.additionalProperties {
      completeness(of: child, at: path.child("additionalProperties"), &report)
    }
  }

  private static func junctors(
    of restriction: SchemaNode, against node: SchemaNode, shape: FieldPath, restriction path: FieldPath,
    _ report: inout FieldReport
  ) {
    if let not = restriction.not {
      nested(not, against: node, shape: shape, restriction: path.child("not"), &report)
    }
    for (name, list) in [("allOf", restriction.allOf), ("anyOf", restriction.anyOf), ("oneOf", restriction.oneOf)] {
      for (index, child) in list.enumerated() {
        nested(child, against: node, shape: shape, restriction: path.child(name).index(index), &report)
      }
    }
  }

  private static func nested(
    _ restriction: SchemaNode, against node: SchemaNode?, shape: FieldPath, restriction path: FieldPath,
    _ report: inout FieldReport
  ) {
    guard let node else {
      report.add(.required(shape, "because it is defined in \(path)"))
      return
    }
    junctors(of: restriction, against: node, shape: shape, restriction: path, &report)
    if let items = restriction.items {
      nested(
        items, against: node.items, shape: shape.child("items"), restriction: path.child("items"), &report)
    }
    for (name, child) in restriction.properties {
      nested(
        child, against: node.property(name), shape: shape.child("properties").key(name),
        restriction: path.child("properties").key(name), &report)
    }
  }
}
