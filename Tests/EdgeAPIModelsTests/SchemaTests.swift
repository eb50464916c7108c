import EdgeAPIModels
import EdgeJSON
import EdgeTestKit
import Testing

@Suite("Schema")
struct SchemaTests {
  @Test("every built-in kind has the fields that client-go's scheme has, with their numbers, defaults and strategies")
  func agreesWithTheScheme() throws {
    let runner = try VectorRunner("smp-schema")
    let types = try #require(runner.table.header["types"]?.objectValue)
    let summary = runner.run { vector in
      func text(_ key: String) -> String { vector[key].stringValue ?? "" }
      let gvk = GroupVersionKind(group: text("group"), version: text("version"), kind: text("kind"))
      guard let schema = TypeSchema(gvk) else { throw VectorError("no type of \(gvk)") }
      var seen: Set<String> = []
      try compare(schema, with: text("type"), in: types, path: gvk.kind, seen: &seen)
    }
    #expect(summary.failures.isEmpty, "\(summary)")
    #expect(summary.passed >= 275)
  }

  private func compare(
    _ schema: TypeSchema, with name: String, in types: JSONObject, path: String, seen: inout Set<String>
  ) throws {
    guard seen.insert(name).inserted else { return }
    for field in types[name]?["fields"]?.arrayValue ?? [] {
      let type = field["type"]?.stringValue ?? ""
      let json = field["json"]?.stringValue ?? ""
      if type.hasSuffix(".TypeMeta") || json == "-" || json.isEmpty { continue }
      guard let own = schema.field(named: json) else { throw VectorError("\(path).\(json) is missing") }
      let number = field["protobuf"]?.stringValue?.split(separator: ",").dropFirst().first.flatMap { Int($0) }
      if own.number != number { throw VectorError("\(path).\(json): number \(String(describing: own.number))") }
      if own.omitsEmpty != (field["omitempty"] == true) { throw VectorError("\(path).\(json): omitempty") }
      if own.isPointer != type.hasPrefix("*") { throw VectorError("\(path).\(json): pointer") }
      if own.mergeKey != (field["patchMergeKey"]?.stringValue ?? "") { throw VectorError("\(path).\(json): merge key") }
      let strategy = PatchStrategy(names: (field["patchStrategy"]?.arrayValue ?? []).compactMap(\.stringValue))
      if own.patchStrategy != strategy { throw VectorError("\(path).\(json): patch strategy") }
      let inner = String(type.drop { $0 == "*" || $0 == "[" || $0 == "]" })
      if let object = schema.type(of: json), types[inner] != nil {
        try compare(object, with: inner, in: types, path: "\(path).\(json)", seen: &seen)
      }
    }
  }

  @Test("types refer to one another in circles without end")
  func circles() throws {
    let schema = try #require(TypeSchema(named: "apiextensions/v1.JSONSchemaProps"))
    #expect(schema.type(of: "properties") == schema)
    #expect(schema.type(of: "not")?.type(of: "allOf") == schema)
  }

  @Test("members of inlined types stand among the type's own")
  func inlined() throws {
    let volume = try #require(TypeSchema(named: "core/v1.Volume"))
    #expect(volume.field(named: "hostPath")?.number == 1)
    #expect(volume.field(named: "name")?.number == 1)
    #expect(volume.fields.first?.name == "name")
    let term = try #require(TypeSchema(named: "core/v1.Probe"))
    #expect(term.fields.first?.name == "exec")
  }

  @Test("a type that nobody declared is none")
  func unknown() {
    #expect(TypeSchema(named: "core/v1.Nothing") == nil)
    #expect(TypeSchema(GroupVersionKind(group: "example.com", version: "v1", kind: "Pod")) == nil)
  }

  @Test("layouts may be asked for by many at once")
  func concurrently() async {
    await withTaskGroup(of: Bool.self) { group in
      for name in TypeSchema.allKinds.prefix(200) { group.addTask { TypeSchema(name)?.fields.isEmpty != nil } }
      for await isThere in group { #expect(isThere) }
    }
  }
}
