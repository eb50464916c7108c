import EdgeJSON

extension FieldReport {
  mutating func metadata(_ metadata: Field, nameRule: NameRule, isNamespaced: Bool?) {
    guard isObject(metadata) else {
      add(.required(metadata.path.child("name"), "name or generateName is required"))
      return
    }
    let generateName = string(metadata["generateName"]) ?? ""
    if !generateName.isEmpty { name(metadata["generateName"], nameRule.acceptingPrefixes()) }
    switch string(metadata["name"]) ?? "" {
    case "": if generateName.isEmpty { add(.required(metadata.path.child("name"), "name or generateName is required")) }
    default: name(metadata["name"], nameRule)
    }
    if let namespace = string(metadata["namespace"]), !namespace.isEmpty {
      if isNamespaced == false {
        add(.forbidden(metadata.path.child("namespace"), "not allowed on this type"))
      } else {
        name(metadata["namespace"], .dnsLabel)
      }
    }
    labels(metadata["labels"])
    annotations(metadata["annotations"])
    for finalizer in items(metadata["finalizers"]) { name(finalizer, .qualifiedName) }
    ownerReferences(metadata["ownerReferences"])
  }

  private mutating func ownerReferences(_ references: Field) {
    var controllers = 0
    for reference in items(references) where isObject(reference) {
      for member in ["apiVersion", "kind", "name", "uid"] { _ = requiredString(reference[member]) }
      if bool(reference["controller"]) == true { controllers += 1 }
    }
    if controllers > 1 {
      add(.invalid(references.path, references.value ?? .null, "Only one reference can have Controller set to true."))
    }
  }
}
