import EdgeJSON

/// The type and metadata of objects inside of an object (`x-kubernetes-embedded-resource`).
enum EmbeddedResourceCheck {
  static func check(_ value: JSONValue, _ node: SchemaNode, at path: FieldPath, _ problems: inout SchemaProblems) {
    switch value {
    case .object(let object):
      if node.isEmbeddedResource { resource(object, path, &problems) }
      for (key, member) in object {
        if let property = node.property(key) {
          check(member, property, at: path.child(key), &problems)
        } else if case .schema(let child)? = node.additionalProperties {
          check(member, child, at: path.key(key), &problems)
        }
      }
    case .array(let elements):
      guard let items = node.items else { return }
      for (index, element) in elements.enumerated() { check(element, items, at: path.index(index), &problems) }
    default: break
    }
  }

  private static func resource(_ object: JSONObject, _ path: FieldPath, _ problems: inout SchemaProblems) {
    for name in ["apiVersion", "kind"] {
      let place = path.child(name)
      switch object[name] {
      case nil: problems.add(.required(place))
      case "": problems.add(.invalid(place, "", "must not be empty"))
      case .string(let text): typeName(text, isKind: name == "kind", place, &problems)
      case .some(let value): problems.add(.invalid(place, value, "must be a string"))
      }
    }
    guard let metadata = object["metadata"] else { return }
    var report = FieldReport()
    let field = Field(path: path.child("metadata"), value: metadata)
    if metadata["name"] == nil || metadata["name"] == "" {
      // The name of an embedded object may be left out.
      var named = metadata
      if metadata.objectValue != nil { named["name"] = "name" }
      report.metadata(Field(path: field.path, value: named), nameRule: .pathSegment, isNamespaced: nil)
    } else {
      report.metadata(field, nameRule: .pathSegment, isNamespaced: nil)
    }
    for error in report.errors { problems.add(error) }
  }

  private static func typeName(
    _ text: String, isKind: Bool, _ place: FieldPath, _ problems: inout SchemaProblems
  ) {
    if isKind {
      let found = NameRule.dnsLabelStartingWithLetter.problems(in: text.lowercased())
      if !found.isEmpty {
        let words = found.joined(separator: ",")
        problems.add(
          .invalid(place, .string(text), "may have mixed case, but should otherwise match: \(words)"))
      }
    } else if GroupVersionKind(apiVersion: text, kind: "x") == nil {
      problems.add(.invalid(place, .string(text), "unexpected GroupVersion string: \(text)"))
    }
  }
}
