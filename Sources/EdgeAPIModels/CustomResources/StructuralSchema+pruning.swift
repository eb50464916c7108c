import EdgeJSON

extension StructuralSchema {
  /// Drops the members that the schema does not know.
  ///
  /// `apiVersion`, `kind` and `metadata` stay, at the root and in embedded resources. Below
  /// `x-kubernetes-preserve-unknown-fields` everything stays, but what the schema describes there is pruned again.
  ///
  /// - Returns: the paths of the dropped members (`spec.extra`, `spec.list[2].extra`), sorted.
  @discardableResult
  public func prune(_ object: inout JSONObject) -> [String] {
    var pruner = Pruner()
    var value = JSONValue.object(object)
    pruner.prune(&value, root, at: FieldPath(), isResource: true)
    if case .object(let pruned) = value { object = pruned }
    return pruner.pruned.sorted()
  }
}

struct Pruner {
  private(set) var pruned: [String] = []

  private static func isTypeOrMetadata(_ key: String) -> Bool { ["apiVersion", "kind", "metadata"].contains(key) }

  /// - Parameters:
  ///   - node: nil where nothing is known about the value: all its members go.
  ///   - isPreserved: whether the list around the value preserves unknown fields; its elements do so, too.
  mutating func prune(
    _ value: inout JSONValue, _ node: SchemaNode?, at path: FieldPath, isResource: Bool = false,
    isPreserved: Bool = false
  ) {
    let preserves = isPreserved || node?.preservesUnknownFields == true
    switch value {
    case .object(var object):
      let keepsMetadata = isResource || node?.isEmbeddedResource == true
      for (key, member) in object where !(keepsMetadata && Self.isTypeOrMetadata(key)) {
        var member = member
        if let child = node?.property(key) {
          prune(&member, child, at: path.child(key))
        } else if let additional = node?.additionalProperties {
          // Only a schema says anything about the members of an additional property; `true` alone lets them go.
          var child: SchemaNode?
          if case .schema(let schema) = additional { child = schema }
          prune(&member, child, at: path.child(key))
        } else if preserves {
          continue
        } else {
          pruned.append(path.child(key).description)
          object[key] = nil
          continue
        }
        object[key] = member
      }
      value = .object(object)
    case .array(var elements):
      if preserves, node?.items == nil { return }
      for index in elements.indices {
        prune(&elements[index], node?.items, at: path.index(index), isPreserved: preserves)
      }
      value = .array(elements)
    default: break
    }
  }
}
