import EdgeJSON

/// Reads a definition and says what is wrong with it, in the words of the API server.
struct DefinitionReader {
  struct Names {
    var kind = ""
    var listKind = ""
    var plural = ""
    var singular = ""
    var shortNames: [String] = []
    var categories: [String] = []
  }

  var report = FieldReport()

  mutating func read(_ root: Field) -> CustomResourceDefinition? {
    if let version = root["apiVersion"].value?.stringValue, version != "apiextensions.k8s.io/v1" {
      report.add(
        .notSupported(root["apiVersion"].path, .string(version), supported: ["apiextensions.k8s.io/v1"]))
      return nil
    }
    let spec = root["spec"]
    report.require(spec)
    guard report.isObject(spec) else { return nil }
    let group = self.group(spec["group"])
    let names = self.names(spec["names"])
    let scope = report.choice(spec["scope"], ["Cluster", "Namespaced"], isRequired: true)
    let versions = self.versions(spec["versions"])
    if spec["preserveUnknownFields"].value == true {
      report.add(
        .invalid(
          spec["preserveUnknownFields"].path, true,
          "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"))
    }
    let strategy = report.choice(spec["conversion"]["strategy"], ["None", "Webhook"])
    if let name = report.string(root["metadata"]["name"]), let group, name != "\(names.plural).\(group)" {
      report.add(
        .invalid(root["metadata"]["name"].path, .string(name), "must be spec.names.plural+\".\"+spec.group"))
    }
    guard let group, let scope else { return nil }
    return CustomResourceDefinition(
      group: group, names: names, isNamespaced: scope == "Namespaced", versions: versions,
      usesConversionWebhook: strategy == "Webhook")
  }

  private mutating func group(_ field: Field) -> String? {
    guard let group = report.requiredName(field, .dnsSubdomain) else { return nil }
    if !group.contains(".") {
      report.add(.invalid(field.path, .string(group), "should be a domain with at least one dot"))
    }
    return group
  }

  private mutating func names(_ field: Field) -> Names {
    var names = Names()
    guard report.isObject(field) else {
      report.add(.required(field.path))
      return names
    }
    names.plural = report.requiredName(field["plural"], .dnsLabelStartingWithLetter) ?? ""
    names.kind = mixedCase(field["kind"], isRequired: true) ?? ""
    names.singular = report.name(field["singular"], .dnsLabelStartingWithLetter) ?? names.kind.lowercased()
    names.listKind = mixedCase(field["listKind"], isRequired: false) ?? names.kind + "List"
    if names.kind == names.listKind, !names.kind.isEmpty {
      report.add(
        .invalid(field["listKind"].path, .string(names.listKind), "kind and listKind may not be the same"))
    }
    names.shortNames = report.items(field["shortNames"]).compactMap { report.name($0, .dnsLabelStartingWithLetter) }
    names.categories = report.items(field["categories"]).compactMap { report.name($0, .dnsLabelStartingWithLetter) }
    return names
  }

  private mutating func mixedCase(_ field: Field, isRequired: Bool) -> String? {
    guard let text = isRequired ? report.requiredString(field) : report.string(field), !text.isEmpty else { return nil }
    let problems = NameRule.dnsLabelStartingWithLetter.problems(in: text.lowercased())
    if !problems.isEmpty {
      let words = problems.joined(separator: ",")
      report.add(
        .invalid(field.path, .string(text), "may have mixed case, but should otherwise match: \(words)"))
    }
    return text
  }

  private mutating func versions(_ field: Field) -> [CustomResourceDefinition.Version] {
    var versions: [CustomResourceDefinition.Version] = []
    var seen: Set<String> = []
    var storageCount = 0
    for version in report.requiredItems(field) where report.isObject(version) {
      let name = report.requiredName(version["name"], .dnsLabelStartingWithLetter)
      if let name, !seen.insert(name).inserted {
        report.add(.invalid(field.path, field.value ?? .null, "must contain unique version names"))
      }
      let isStorage = report.bool(version["storage"]) ?? false
      if isStorage { storageCount += 1 }
      let schema = self.schema(version["schema"]["openAPIV3Schema"])
      let columns = report.items(version["additionalPrinterColumns"]).compactMap { column($0) }
      let subresources = version["subresources"]
      let scale = self.scale(subresources["scale"])
      guard let name, let schema else { continue }
      versions.append(
        CustomResourceDefinition.Version(
          name: name, isServed: report.bool(version["served"]) ?? false, isStorage: isStorage, schema: schema,
          printerColumns: columns, hasStatusSubresource: subresources["status"].isPresent, scale: scale,
          deprecationWarning: deprecationWarning(version)))
    }
    if storageCount != 1, field.isPresent {
      report.add(
        .invalid(field.path, field.value ?? .null, "must have exactly one version marked as storage version"))
    }
    return versions
  }

  private mutating func schema(_ field: Field) -> StructuralSchema? {
    guard let value = field.value else {
      report.add(.required(field.path, "schemas are required"))
      return nil
    }
    do {
      return try StructuralSchema(value, path: field.path)
    } catch {
      for problem in error.errors { report.add(problem) }
      return nil
    }
  }

  private mutating func deprecationWarning(_ version: Field) -> String? {
    let text = report.string(version["deprecationWarning"])
    return report.bool(version["deprecated"]) == true ? text ?? "" : nil
  }

  private mutating func scale(_ field: Field) -> CustomResourceDefinition.ScaleSubresource? {
    guard field.isPresent, report.isObject(field) else { return nil }
    let spec = report.requiredString(field["specReplicasPath"])
    if let spec, !spec.hasPrefix(".spec.") {
      report.add(.invalid(field["specReplicasPath"].path, .string(spec), "should be a json path under .spec"))
    }
    let status = report.requiredString(field["statusReplicasPath"])
    if let status, !status.hasPrefix(".status.") {
      report.add(.invalid(field["statusReplicasPath"].path, .string(status), "should be a json path under .status"))
    }
    let selector = report.string(field["labelSelectorPath"]).flatMap { $0.isEmpty ? nil : $0 }
    if let selector, !selector.hasPrefix(".spec."), !selector.hasPrefix(".status.") {
      report.add(
        .invalid(
          field["labelSelectorPath"].path, .string(selector), "should be a json path under either .spec or .status"))
    }
    guard let spec, let status else { return nil }
    return .init(specReplicasPath: spec, statusReplicasPath: status, labelSelectorPath: selector)
  }

  private mutating func column(_ field: Field) -> PrinterColumn? {
    guard report.isObject(field) else { return nil }
    let types = ["boolean", "date", "integer", "number", "string"]
    let name = report.requiredString(field["name"])
    let detail = "must be one of \(types.joined(separator: ","))"
    let type = report.requiredString(field["type"], detail)
    if let type, !types.contains(type) { report.add(.invalid(field["type"].path, .string(type), detail)) }
    let format = report.string(field["format"]) ?? ""
    let formats = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"]
    if !format.isEmpty, !formats.contains(format) {
      report.add(
        .invalid(field["format"].path, .string(format), "must be one of \(formats.joined(separator: ","))"))
    }
    let path = report.requiredString(field["jsonPath"])
    if let path, !path.hasPrefix(".") {
      report.add(.invalid(field["jsonPath"].path, .string(path), "must be a simple json path starting with ."))
    }
    guard let name, let type, let path else { return nil }
    return PrinterColumn(
      name: name, type: type, format: format, description: report.string(field["description"]) ?? "",
      priority: report.integer(field["priority"]) ?? 0, jsonPath: path)
  }
}
