import EdgeJSON

/// Whether a schema is structural, in the words of `apiextensions-apiserver`.
enum StructuralityCheck {
  enum Level {
    case root, item, field

    var missingType: String {
      switch self {
      case .root: "must not be empty at the root"
      case .item: "must not be empty for specified array items"
      case .field: "must not be empty for specified object fields"
      }
    }
  }

  static func check(_ node: SchemaNode, at path: FieldPath, report: inout FieldReport) {
    shape(node, .root, path, &report)
    completeness(of: node, at: path, &report)
  }

  /// The invariants of a node that gives shape, and of those below it.
  private static func shape(_ node: SchemaNode, _ level: Level, _ path: FieldPath, _ report: inout FieldReport) {
    if node.type == "array", node.items == nil { report.add(.required(path.child("items"), "must be specified")) }
    if let items = node.items { shape(items, .item, path.child("items"), &report) }
    for (name, child) in node.properties { shape(child, .field, path.child("properties").key(name), &report) }
    additional(node, level, path, &report)
    type(node, level, path, &report)
    extensions(node, path, &report)
    lists(node, path, &report)
    let (skipsAnyOf, skipsFirstAllOf) = intOrStringForms(node)
    restrictions(node, path, skipsAnyOf: skipsAnyOf, skipsFirstAllOf: skipsFirstAllOf, &report)
    if level == .root || node.isEmbeddedResource { metadata(node, level, path, &report) }
  }

  private static func additional(
    _ node: SchemaNode, _ level: Level, _ path: FieldPath, _ report: inout FieldReport
  ) {
    guard let additional = node.additionalProperties else { return }
    let place = path.child("additionalProperties")
    if level == .root { report.add(.forbidden(place, "must not be used at the root")) }
    if node.isEmbeddedResource {
      report.add(.forbidden(place, "must not be used if x-kubernetes-embedded-resource is set"))
    }
    switch additional {
    case .allowed: break
    case .forbidden: report.add(.forbidden(place, "additionalProperties cannot be set to false"))
    case .schema(let child): shape(child, .field, place, &report)
    }
    if !node.properties.isEmpty {
      report.add(.forbidden(place, "additionalProperties and properties are mutual exclusive"))
    }
  }

  private static func type(_ node: SchemaNode, _ level: Level, _ path: FieldPath, _ report: inout FieldReport) {
    let place = path.child("type")
    if node.isEmbeddedResource, node.type != "object" {
      let detail = "must be object if x-kubernetes-embedded-resource is true"
      report.add(node.type.map { .invalid(place, .string($0), detail) } ?? .required(place, detail))
    } else if node.type == nil, !node.isIntOrString, !node.preservesUnknownFields {
      report.add(.required(place, level.missingType))
    }
    if level == .root {
      if let type = node.type, type != "object" {
        report.add(.invalid(place, .string(type), "must be object at the root"))
      }
      if node.isNullable { report.add(.forbidden(path.child("nullable"), "nullable cannot be true at the root")) }
    }
    if node.isEmbeddedResource, !node.preservesUnknownFields, node.properties.isEmpty {
      report.add(
        .required(
          path.child("properties"),
          "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"))
    }
  }

  private static func extensions(_ node: SchemaNode, _ path: FieldPath, _ report: inout FieldReport) {
    guard node.isIntOrString else { return }
    let detail = "must be false if x-kubernetes-int-or-string is true"
    if node.preservesUnknownFields {
      report.add(.invalid(path.child("x-kubernetes-preserve-unknown-fields"), true, detail))
    }
    if node.isEmbeddedResource { report.add(.invalid(path.child("x-kubernetes-embedded-resource"), true, detail)) }
    if let type = node.type {
      report.add(.invalid(path.child("type"), .string(type), "must be empty if x-kubernetes-int-or-string is true"))
    }
  }

  private static func metadata(
    _ node: SchemaNode, _ level: Level, _ path: FieldPath, _ report: inout FieldReport
  ) {
    for name in ["kind", "apiVersion"] {
      guard let child = node.property(name), child.type != "string" else { continue }
      let place = path.child("properties").key(name).child("type")
      report.add(.invalid(place, .string(child.type ?? ""), "must be string"))
    }
    guard let metadata = node.property("metadata") else { return }
    let place = path.child("properties").key("metadata")
    if metadata.type != "object" {
      report.add(.invalid(place.child("type"), .string(metadata.type ?? ""), "must be object"))
    }
    let isRestricted = metadata.properties.allSatisfy { ["name", "generateName"].contains($0.name) }
    if level == .root, !isRestricted || metadata.additionalProperties != nil || !metadata.required.isEmpty {
      report.add(
        .forbidden(
          place,
          "must not specify anything other than name and generateName, but metadata is implicitly specified"))
    }
  }

  /// The two ways in which a schema of int-or-string may name the types below a junctor.
  private static func intOrStringForms(_ node: SchemaNode) -> (anyOf: Bool, firstAllOf: Bool) {
    func isForm(_ list: [SchemaNode]) -> Bool {
      list.count == 2 && list[0].isBare("integer") && list[1].isBare("string")
    }
    return (isForm(node.anyOf), node.allOf.first.map { isForm($0.anyOf) } ?? false)
  }

  private static func restrictions(
    _ node: SchemaNode, _ path: FieldPath, skipsAnyOf: Bool, skipsFirstAllOf: Bool, _ report: inout FieldReport
  ) {
    if !skipsAnyOf {
      for (index, child) in node.anyOf.enumerated() { restriction(child, path.child("anyOf").index(index), &report) }
    }
    for (index, child) in node.allOf.enumerated() {
      restriction(child, path.child("allOf").index(index), skipsAnyOf: skipsFirstAllOf && index == 0, &report)
    }
    for (index, child) in node.oneOf.enumerated() { restriction(child, path.child("oneOf").index(index), &report) }
    if let child = node.not { restriction(child, path.child("not"), &report) }
  }

  /// A node below a junctor, which must not give shape.
  private static func restriction(
    _ node: SchemaNode, _ path: FieldPath, skipsAnyOf: Bool = false, _ report: inout FieldReport
  ) {
    restrictions(node, path, skipsAnyOf: skipsAnyOf, skipsFirstAllOf: false, &report)
    if let items = node.items { restriction(items, path.child("items"), &report) }
    for (name, child) in node.properties { restriction(child, path.child("properties").key(name), &report) }
    let facts: [(Bool, String, String)] = [
      (node.type != nil, "type", "empty"), (node.additionalProperties != nil, "additionalProperties", "undefined"),
      (node.defaultValue != nil, "default", "undefined"), (node.title?.isEmpty == false, "title", "empty"),
      (node.description?.isEmpty == false, "description", "empty"), (node.isNullable, "nullable", "false"),
      (node.preservesUnknownFields, "x-kubernetes-preserve-unknown-fields", "false"),
      (node.isEmbeddedResource, "x-kubernetes-embedded-resource", "false"),
      (node.isIntOrString, "x-kubernetes-int-or-string", "false"),
      (!node.listMapKeys.isEmpty, "x-kubernetes-list-map-keys", "empty"),
      (node.listType != nil, "x-kubernetes-list-type", "undefined"),
      (node.mapType != nil, "x-kubernetes-map-type", "undefined"),
      (node.hasRules, "x-kubernetes-validations", "empty"),
    ]
    for (isViolated, name, wanted) in facts where isViolated {
      report.add(.forbidden(path.child(name), "must be \(wanted) to be structural"))
    }
    if node.property("metadata") != nil {
      report.add(
        .forbidden(path.child("properties").key("metadata"), "must not be specified in a nested context"))
    }
  }
}

extension SchemaNode {
  /// Whether this node says nothing but its type.
  fileprivate func isBare(_ type: String) -> Bool {
    self.type == type && properties.isEmpty && items == nil && enumeration.isEmpty && pattern == nil
      && minimum == nil && maximum == nil && allOf.isEmpty && anyOf.isEmpty && oneOf.isEmpty && not == nil
  }
}
