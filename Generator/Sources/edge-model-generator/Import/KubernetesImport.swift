import EdgeAPIModels
import EdgeJSON

/// Turns the reflection dump of client-go's scheme (`smp-schema.json`) into schema text.
///
/// The dump has the types; what is known of resources (plural, scope, short names) comes from a table of tab-separated
/// lines made from the API server's discovery documents.
struct KubernetesImport {
  private let types: JSONObject
  private let kinds: [(group: String, version: String, kind: String, type: String)]
  private let resources: [String: [Substring]]

  init(dump: JSONValue, resources: String) throws(GeneratorError) {
    guard let types = dump["types"]?.objectValue, let cases = dump["cases"]?.arrayValue else {
      throw GeneratorError("the dump has no \"types\" and \"cases\"")
    }
    self.types = types
    kinds = cases.map { kind in
      func text(_ key: String) -> String { kind[key]?.stringValue ?? "" }
      return (text("group"), text("version"), text("kind"), text("type"))
    }
    var table: [String: [Substring]] = [:]
    for line in resources.split(separator: "\n") where !line.hasPrefix("#") {
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
      if columns.count >= 6 { table["\(columns[0] == "-" ? "" : columns[0])/\(columns[1])/\(columns[2])"] = columns }
    }
    self.resources = table
  }

  /// One text for each API group, by the group's name in Go (`core`, `apps`, `meta`).
  func files() throws(GeneratorError) -> [(name: String, text: String)] {
    var packages: [String: [String]] = [:]
    for name in types.keys where Self.wellKnown[name] == nil && !name.hasSuffix(".TypeMeta") {
      let (package, type) = try Self.split(name)
      packages[package, default: []].append(type)
    }
    var groups: [String: [String]] = [:]
    for package in packages.keys.sorted() { groups[String(package.prefix { $0 != "/" }), default: []].append(package) }
    var files: [(name: String, text: String)] = []
    for (group, members) in groups.sorted(by: { $0.key < $1.key }) {
      var text = "# Made from the reflection dump of client-go's scheme, Kubernetes 1.32. `make models` reads it.\n"
      for package in members.sorted() { text += try self.text(of: package, types: packages[package] ?? []) }
      files.append((group, text))
    }
    return files
  }

  private func text(of package: String, types names: [String]) throws(GeneratorError) -> String {
    let parts = package.split(separator: "/").map(String.init)
    let kinds = kinds.filter { $0.type.hasSuffix("/\(package).\($0.kind)") }
    let apiVersion = kinds.first.map { $0.group.isEmpty ? $0.version : "\($0.group)/\($0.version)" } ?? "-"
    let namespace = parts.map { Self.capitalized($0) }.joined()
    var text = "\npackage \(package) \(namespace) \(package == "meta/v1" ? "v1" : apiVersion)\n"
    for kind in kinds.sorted(by: { $0.kind < $1.kind }) {
      text += "kind \(kind.kind)\(resource(kind.group, kind.version, kind.kind))\n"
    }
    for name in names.sorted() {
      text += "type \(name)\n"
      for field in types["k8s.io/api/\(package).\(name)"]?["fields"]?.arrayValue
        ?? types["k8s.io/apimachinery/pkg/apis/\(package).\(name)"]?["fields"]?.arrayValue ?? []
      {
        if let line = try Self.line(field, package: package) { text += line + "\n" }
      }
    }
    return text
  }

  private func resource(_ group: String, _ version: String, _ kind: String) -> String {
    guard let row = resources["\(group)/\(version)/\(kind)"] else { return " -" }
    var text = " \(row[3])"
    if row[5] == "Namespaced" { text += " namespaced" }
    if row.count > 8, row[8] == "yes" { text += " status" }
    if row.count > 6, !row[6].isEmpty, row[6] != "-" { text += " short=\(row[6])" }
    if row.count > 7, !row[7].isEmpty, row[7] != "-" { text += " categories=\(row[7])" }
    return text
  }

  private static func line(_ field: JSONValue, package: String) throws(GeneratorError) -> String? {
    guard let type = field["type"]?.stringValue, let name = field["json"]?.stringValue else {
      throw GeneratorError("a field of \(package) has no type")
    }
    if type.hasSuffix(".TypeMeta") { return nil }
    let isInline = field["inline"]?.boolValue == true
    let omits = field["omitempty"]?.boolValue == true ? "?" : ""
    var line = "\(number(field["protobuf"]?.stringValue)) \(isInline ? "~" : name + omits)"
    line += " \(try short(type, package: package))"
    let strategies = field["patchStrategy"]?.arrayValue?.compactMap(\.stringValue) ?? []
    let key = field["patchMergeKey"]?.stringValue
    if !strategies.isEmpty { line += " \(strategies.joined(separator: ","))\(key.map { "=\($0)" } ?? "")" }
    return line
  }

  /// The number in `bytes,6,rep,name=ports`; `-` where the tag has none.
  private static func number(_ tag: String?) -> String {
    let parts = tag?.split(separator: ",") ?? []
    return parts.count > 1 && Int(parts[1]) != nil ? String(parts[1]) : "-"
  }

  private static let wellKnown = [
    "k8s.io/apimachinery/pkg/api/resource.Quantity": "Quantity", "k8s.io/apimachinery/pkg/apis/meta/v1.Time": "Time",
    "k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime": "MicroTime",
    "k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1": "FieldsV1",
    "k8s.io/apimachinery/pkg/util/intstr.IntOrString": "IntOrString",
    "k8s.io/apimachinery/pkg/runtime.RawExtension": "Raw",
  ]

  private static func short(_ type: String, package: String) throws(GeneratorError) -> String {
    if type.hasPrefix("*") { return "*" + (try short(String(type.dropFirst()), package: package)) }
    if type == "[]uint8" { return "bytes" }
    if type.hasPrefix("[]") { return "[\(try short(String(type.dropFirst(2)), package: package))]" }
    if type.hasPrefix("map["), let end = type.firstIndex(of: "]") {
      return "{\(try short(String(type[type.index(after: end)...]), package: package))}"
    }
    if ["string", "bool", "int32", "int64"].contains(type) { return type }
    if type == "float64" { return "double" }
    if let word = wellKnown[type] { return word }
    if type.hasSuffix(")"), let open = type.lastIndex(of: "(") {
      return try short(String(type[type.index(after: open)...].dropLast()), package: package)
    }
    let (home, name) = try split(type)
    return home == package ? name : "\(home).\(name)"
  }

  private static func split(_ type: String) throws(GeneratorError) -> (package: String, name: String) {
    for prefix in ["k8s.io/api/", "k8s.io/apimachinery/pkg/apis/"] where type.hasPrefix(prefix) {
      let rest = type.dropFirst(prefix.count)
      if let dot = rest.lastIndex(of: ".") { return (String(rest[..<dot]), String(rest[rest.index(after: dot)...])) }
    }
    throw GeneratorError("no package is known for the type \(type)")
  }

  /// `v1beta1` -> `V1Beta1`, `admissionregistration` -> `AdmissionRegistration` where the parts are known.
  private static func capitalized(_ part: String) -> String {
    let known = [
      "admissionregistration": "AdmissionRegistration", "apiserverinternal": "APIServerInternal",
      "flowcontrol": "FlowControl", "storagemigration": "StorageMigration", "rbac": "RBAC",
    ]
    if let word = known[part] { return word }
    if part.hasPrefix("v"), part.dropFirst().first?.isNumber == true {
      return "V" + part.dropFirst().replacing("alpha", with: "Alpha").replacing("beta", with: "Beta")
    }
    return part.prefix(1).uppercased() + part.dropFirst()
  }
}
