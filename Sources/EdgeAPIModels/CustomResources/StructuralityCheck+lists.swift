import EdgeJSON

/// `x-kubernetes-list-type`, its keys, and `x-kubernetes-map-type`.
extension StructuralityCheck {
  static func lists(_ node: SchemaNode, _ path: FieldPath, _ report: inout FieldReport) {
    if node.listType != nil, node.type != "array" {
      let detail = "must be array if x-kubernetes-list-type is specified"
      let place = path.child("type")
      report.add(node.type.map { .invalid(place, .string($0), detail) } ?? .required(place, detail))
    }
    if node.mapType != nil, node.type != "object" {
      let detail = "must be object if x-kubernetes-map-type is specified"
      let place = path.child("type")
      report.add(node.type.map { .invalid(place, .string($0), detail) } ?? .required(place, detail))
    }
    if node.listType == .set, let items = node.items { setItems(items, path.child("items"), &report) }
    if node.listType == .set || node.listType == .map, node.items?.isNullable == true {
      report.add(
        .forbidden(
          path.child("items").child("nullable"),
          "cannot be nullable when x-kubernetes-list-type is \(node.listType?.rawValue ?? "")"))
    }
    let keysPath = path.child("x-kubernetes-list-map-keys")
    if node.listType != .map {
      if !node.listMapKeys.isEmpty {
        let detail = "must be map if x-kubernetes-list-map-keys is non-empty"
        let place = path.child("x-kubernetes-list-type")
        report.add(node.listType.map { .invalid(place, .string($0.rawValue), detail) } ?? .required(place, detail))
      }
      return
    }
    if node.listMapKeys.isEmpty {
      report.add(.required(keysPath, "must not be empty if x-kubernetes-list-type is map"))
    }
    guard let items = node.items else { return }
    if items.type != "object" {
      report.add(
        .invalid(
          path.child("items").child("type"), .string(items.type ?? ""),
          "must be object if parent array's x-kubernetes-list-type is map"))
    }
    mapKeys(node, items, path, keysPath, &report)
  }

  /// The elements of a set are compared whole, so no part of one has an owner of its own.
  private static func setItems(_ items: SchemaNode, _ path: FieldPath, _ report: inout FieldReport) {
    let detail = "must be atomic as item of a list with x-kubernetes-list-type=set"
    if items.type == "object", items.mapType != "atomic" {
      report.add(.invalid(path.child("x-kubernetes-map-type"), .string(items.mapType ?? ""), detail))
    }
    if items.type == "array", let type = items.listType, type != .atomic {
      report.add(.invalid(path.child("x-kubernetes-list-type"), .string(type.rawValue), detail))
    }
  }

  private static func mapKeys(
    _ node: SchemaNode, _ items: SchemaNode, _ path: FieldPath, _ keysPath: FieldPath, _ report: inout FieldReport
  ) {
    let keys = JSONValue.array(node.listMapKeys.map { .string($0) })
    var seen: Set<String> = []
    for key in node.listMapKeys {
      if !seen.insert(key).inserted { report.add(.invalid(keysPath, keys, "must not contain duplicate entries")) }
      guard let property = items.property(key) else {
        report.add(.invalid(keysPath, keys, "entries must all be names of item properties"))
        continue
      }
      let place = path.child("items").child("properties").key(key)
      if property.type == "array" || property.type == "object" {
        report.add(
          .invalid(
            place.child("type"), .string(property.type ?? ""),
            "must be a scalar type if parent array's x-kubernetes-list-type is map"))
      }
      if property.defaultValue == nil, !items.required.contains(key) {
        report.add(
          .required(
            place.child("default"),
            "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"))
      }
      if property.isNullable {
        report.add(
          .forbidden(
            place.child("nullable"), "this property is in x-kubernetes-list-map-keys, so it cannot be nullable"))
      }
    }
  }
}
