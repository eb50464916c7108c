import EdgeJSON

extension StructuralSchema {
  /// Sets the members that have a default and are absent, or null where null is not allowed; then those inside of what is
  /// there, also inside of defaults. A default of an absent object's member sets nothing: the object stays absent.
  public func applyDefaults(to object: inout JSONObject) {
    var value = JSONValue.object(object)
    root.applyDefaults(to: &value)
    if case .object(let defaulted) = value { object = defaulted }
  }

  /// Removes null members that may not be null and have no default. The API server does so with every object it reads.
  public func removeNulls(_ object: inout JSONObject) {
    var value = JSONValue.object(object)
    root.removeNulls(&value)
    if case .object(let cleaned) = value { object = cleaned }
  }
}

extension SchemaNode {
  fileprivate func applyDefaults(to value: inout JSONValue) {
    switch value {
    case .object(var object):
      for (name, node) in properties {
        guard let defaultValue = node.defaultValue else { continue }
        let member = object[name]
        if member == nil || member?.isNull == true && !node.isNullable { object[name] = defaultValue }
      }
      for (key, member) in object {
        var member = member
        if let node = property(key) {
          node.applyDefaults(to: &member)
        } else if case .schema(let node)? = additionalProperties {
          if member.isNull, !node.isNullable { member = node.defaultValue ?? .null }
          node.applyDefaults(to: &member)
        } else {
          continue
        }
        object[key] = member
      }
      value = .object(object)
    case .array(var elements):
      guard let items else { return }
      for index in elements.indices {
        if elements[index].isNull, !items.isNullable { elements[index] = items.defaultValue ?? .null }
        items.applyDefaults(to: &elements[index])
      }
      value = .array(elements)
    default: break
    }
  }

  fileprivate func removeNulls(_ value: inout JSONValue) {
    switch value {
    case .object(var object):
      for (key, member) in object {
        guard let node = self.member(key) else { continue }
        if member.isNull, !node.isNullable, node.defaultValue == nil {
          object[key] = nil
        } else {
          var member = member
          node.removeNulls(&member)
          object[key] = member
        }
      }
      value = .object(object)
    case .array(var elements):
      guard let items else { return }
      for index in elements.indices { items.removeNulls(&elements[index]) }
      value = .array(elements)
    default: break
    }
  }
}

/// Whether the defaults of a schema are values that the schema accepts.
enum DefaultsCheck {
  static func check(_ node: SchemaNode, at path: FieldPath, report: inout FieldReport) {
    if let value = node.defaultValue {
      var pruned = value
      var pruner = Pruner()
      pruner.prune(&pruned, node, at: FieldPath())
      let place = path.child("default")
      if pruned != value { report.add(.invalid(place, value, "must not have unknown fields")) }
      for error in SchemaCheck.check(value, node, path: "").errors {
        let isRoot = error.path == "<nil>"
        report.add(
          FieldError(
            path: isRoot ? place.description : "\(place).\(error.path)", kind: error.kind, badValue: error.badValue,
            detail: error.detail))
      }
    }
    for (name, child) in node.properties { check(child, at: path.child("properties").key(name), report: &report) }
    if let items = node.items { check(items, at: path.child("items"), report: &report) }
    if case .schema(let child)? = node.additionalProperties {
      check(child, at: path.child("additionalProperties"), report: &report)
    }
  }
}
