#if YAML
import EdgeAPIModels
import EdgeAPIModelsYAML
import EdgeJSON
import EdgeTestKit
import Testing

@Suite("Structural schemas")
struct StructuralSchemaTests {
  private let definition: CustomResourceDefinition
  private let schema: StructuralSchema

  init() throws {
    let directory = try #require(VectorFolder.directory(environment: "", fixtures: "Fixtures/manifests/crds"))
    let path = "\(directory)/pumps.yaml"
    let manifest = try #require(try KubernetesYAML.manifests(in: VectorFolder.text(of: path), source: path).first)
    definition = try CustomResourceDefinition(manifest.object)
    schema = try #require(definition.version("v1")).schema
  }

  private let good: JSONObject = [
    "apiVersion": "plant.example.com/v1", "kind": "Pump", "metadata": ["name": "p"],
    "spec": ["site": "north", "flow": 2, "replicas": 2],
  ]

  private func errors(_ path: [String], _ value: JSONValue?) -> [String] {
    var object = good
    object[path: path] = value
    return schema.validate(object).map(\.description)
  }

  @Test("a definition gives its names, versions and what the catalogue needs")
  func reading() throws {
    #expect(definition.plural == "pumps" && definition.singular == "pump" && definition.listKind == "PumpList")
    #expect(definition.isNamespaced && !definition.usesConversionWebhook && definition.categories == ["plant"])
    let type = try #require(definition.resourceType)
    #expect(type.gvk == GroupVersionKind(group: "plant.example.com", version: "v1", kind: "Pump"))
    #expect(type.hasStatusSubresource && type.shortNames == ["pmp"])
    #expect(definition.version("v1")?.scale?.specReplicasPath == ".spec.replicas")
    #expect(definition.version("v1")?.printerColumns.map(\.name) == ["Flow", "Mode", "Since", "Site"])
    #expect(schema.hasRules)
  }

  @Test("a good object has no errors")
  func goodObject() { #expect(schema.validate(good) == []) }

  @Test("each check fails in the words of the API server")
  func words() {
    #expect(
      errors(["spec", "replicas"], "2") == [
        #"spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string""#
      ])
    #expect(errors(["spec", "site"], nil) == ["spec.site: Required value"])
    #expect(
      errors(["spec", "mode"], "x") == [#"spec.mode: Unsupported value: "x": supported values: "Eco", "Boost""#])
    #expect(errors(["spec", "tags"], ["a", "b", "c", "d"]) == ["spec.tags: Too many: 4: must have at most 3 items"])
    #expect(errors(["spec", "tags"], ["a", "b", "a"]) == [#"spec.tags[2]: Duplicate value: "a""#])
    #expect(
      errors(["spec", "valves"], [["name": "a"], ["name": "b"], ["name": "a"]]) == [
        #"spec.valves[2]: Duplicate value: {"name":"a"}"#
      ])
    #expect(
      errors(["spec", "valves"], []) == [
        "spec.valves: Invalid value: 0: spec.valves in body should have at least 1 items"
      ])
    #expect(errors(["spec", "site"], "northern-most") == ["spec.site: Too long: may not be more than 8 bytes"])
    #expect(
      errors(["spec", "site"], "n") == [
        #"spec.site: Invalid value: "n": spec.site in body should be at least 2 chars long"#
      ])
    #expect(
      errors(["spec", "site"], "N1") == [#"spec.site: Invalid value: "N1": spec.site in body should match '^[a-z]+$'"#])
    #expect(
      errors(["spec", "flow"], 0) == ["spec.flow: Invalid value: 0: spec.flow in body should be greater than 0"])
    #expect(
      errors(["spec", "flow"], 11) == [
        "spec.flow: Invalid value: 11: spec.flow in body should be less than or equal to 10.5"
      ])
    #expect(
      errors(["spec", "replicas"], 3) == [
        "spec.replicas: Invalid value: 3: spec.replicas in body should be a multiple of 2"
      ])
    #expect(
      errors(["spec", "replicas"], 4_294_967_296) == [
        #"<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.replicas"#
      ])
    #expect(
      errors(["spec", "installed"], "yesterday") == [
        #"spec.installed: Invalid value: "yesterday": spec.installed in body must be of type date-time: "yesterday""#
      ])
    #expect(
      errors(["spec", "key"], "?") == [
        #"spec.key: Invalid value: "?": spec.key in body must be of type byte: "?""#
      ])
    #expect(
      errors(["spec", "port"], true) == [
        #"spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean""#
      ])
    #expect(
      errors(["spec", "mode"], .null).first
        == #"spec.mode: Invalid value: "null": spec.mode in body must be of type string: "null""#)
    #expect(errors(["spec", "note"], .null) == [])
    #expect(
      errors(["spec", "limits"], ["a": 1, "b": 2, "c": "x"]) == [
        "spec.limits: Too many: 3: must have at most 2 items",
        #"spec.limits.c: Invalid value: "string": spec.limits.c in body must be of type integer: "string""#,
      ])
    #expect(
      errors(["spec", "limits"], [:]) == [
        "spec.limits: Invalid value: 0: spec.limits in body should have at least 1 properties"
      ])
  }

  @Test("junctors report the group and the alternative that came nearest")
  func junctors() {
    #expect(
      errors(["spec", "drive"], [:]) == [
        #"<nil>: Invalid value: "": "spec.drive" must validate one and only one schema (oneOf). Found none valid"#,
        "spec.drive.belt: Required value",
      ])
    #expect(
      errors(["spec", "drive"], ["belt": "a", "shaft": "b"]) == [
        #"<nil>: Invalid value: "": "spec.drive" must validate one and only one schema (oneOf). Found 2 valid alternatives"#
      ])
    #expect(
      errors(["spec", "drive"], ["belt": "none"]) == [
        #"<nil>: Invalid value: "": "spec.drive" must not validate the schema (not)"#
      ])
    #expect(errors(["spec", "drive"], ["belt": "a"]) == [])
  }

  @Test("embedded resources need a type and proper metadata")
  func embedded() {
    #expect(
      errors(["spec", "template"], ["metadata": ["labels": ["a b": "c"]]]).prefix(2) == [
        "spec.template.apiVersion: Required value", "spec.template.kind: Required value",
      ])
    #expect(errors(["spec", "template"], ["apiVersion": "v1", "kind": "Pod", "metadata": [:]]) == [])
    #expect(
      errors(["spec", "template"], ["apiVersion": "a/b/c", "kind": "Pod"]) == [
        #"spec.template.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c"#
      ])
  }

  @Test("unknown fields are pruned and named, type and metadata stay")
  func pruning() {
    var object = good
    object["extra"] = 1
    object[path: ["spec", "extra"]] = 1
    object[path: ["spec", "valves"]] = [["name": "a", "extra": [1]]]
    object[path: ["spec", "free"]] = ["x": ["y": 1], "known": ["a": "b", "c": "d"]]
    object[path: ["spec", "template"]] = ["apiVersion": "v1", "kind": "Pod", "metadata": ["x": 1], "spec": ["y": 1]]
    object[path: ["metadata", "anything"]] = 1
    let pruned = schema.prune(&object)
    #expect(pruned == ["extra", "spec.extra", "spec.free.known.c", "spec.valves[0].extra"])
    #expect(object[path: ["spec", "free"]] == ["x": ["y": 1], "known": ["a": "b"]])
    #expect(object[path: ["spec", "template", "spec", "y"]] == 1)
    #expect(object[path: ["metadata", "anything"]] == 1)
    #expect(schema.prune(&object) == [])
  }

  @Test("defaults fill what is absent or wrongly null, also inside of defaults, and change nothing a second time")
  func defaults() {
    var object = good
    object[path: ["spec", "replicas"]] = nil
    object[path: ["spec", "mode"]] = .null
    object[path: ["spec", "note"]] = .null
    object[path: ["spec", "site"]] = .null
    object[path: ["spec", "valves"]] = [["name": "a"], ["name": "b", "isOpen": true]]
    schema.removeNulls(&object)
    schema.applyDefaults(to: &object)
    #expect(
      object["spec"] == [
        "flow": 2, "mode": "Eco", "note": .null, "replicas": 2, "settings": ["speed": 3, "smooth": true],
        "valves": [["name": "a", "isOpen": false], ["name": "b", "isOpen": true]],
      ])
    let once = object
    schema.applyDefaults(to: &object)
    #expect(object == once)
  }

  @Test("an object is admitted in one go")
  func admission() {
    var object = good
    object[path: ["spec", "extra"]] = true
    object[path: ["spec", "settings"]] = ["speed": "fast"]
    let (pruned, errors) = schema.admit(&object)
    #expect(pruned == ["spec.extra"])
    #expect(errors.map(\.path) == ["spec.settings.speed"])
    #expect(object[path: ["spec", "settings", "smooth"]] == true)
  }

  @Test(
    "a schema that is not structural is refused field by field",
    arguments: [
      (["type": "string"], #"openAPIV3Schema.type: Invalid value: "string": must be object at the root"#),
      ([:], "openAPIV3Schema.type: Required value: must not be empty at the root"),
      (
        ["type": "object", "properties": ["a": [:]]],
        "openAPIV3Schema.properties[a].type: Required value: must not be empty for specified object fields"
      ),
      (
        ["type": "object", "properties": ["a": ["type": "array"]]],
        "openAPIV3Schema.properties[a].items: Required value: must be specified"
      ),
      (
        ["type": "object", "anyOf": [["type": "object"]]],
        "openAPIV3Schema.anyOf[0].type: Forbidden: must be empty to be structural"
      ),
      (
        ["type": "object", "allOf": [["properties": ["a": ["minimum": 1]]]]],
        "openAPIV3Schema.properties[a]: Required value: because it is defined in openAPIV3Schema.allOf[0].properties[a]"
      ),
      (
        ["type": "object", "properties": ["a": ["type": "string", "pattern": "("]]],
        #"openAPIV3Schema.properties[a].pattern: Invalid value: "(": must be a valid regular expression, but isn't: missing closing ) at 1"#
      ),
      (
        ["type": "object", "properties": ["a": ["type": "integer", "default": "x"]]],
        #"openAPIV3Schema.properties[a].default: Invalid value: "string":  in body must be of type integer: "string""#
      ),
      (
        ["type": "object", "properties": ["a": ["type": "object", "default": ["b": 1]]]],
        #"openAPIV3Schema.properties[a].default: Invalid value: {"b":1}: must not have unknown fields"#
      ),
      (["type": "object", "$ref": "x"], "openAPIV3Schema.$ref: Forbidden: $ref is not supported"),
      (
        [
          "type": "object",
          "properties": ["metadata": ["type": "object", "properties": ["labels": ["type": "object"]]]],
        ],
        "openAPIV3Schema.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified"
      ),
      (
        [
          "type": "object",
          "properties": ["a": ["type": "array", "items": ["type": "object"], "x-kubernetes-list-type": "map"]],
        ],
        "openAPIV3Schema.properties[a].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map"
      ),
    ] as [(JSONValue, String)])
  func structurality(schema: JSONValue, expected: String) throws {
    do {
      _ = try StructuralSchema(schema)
      Issue.record("accepted: \(schema)")
    } catch {
      #expect(error.errors.map(\.description).contains(expected), "\(error)")
    }
  }

  @Test("hostile schemas and objects end in errors")
  func hostile() throws {
    var deep: JSONValue = ["type": "object"]
    for _ in 0..<400 { deep = ["type": "object", "properties": ["a": deep]] }
    #expect(throws: InvalidSchema.self) { try StructuralSchema(deep) }
    for value in [JSONValue.null, 1, "x", [], ["properties": 1], ["type": 1, "items": []]] as [JSONValue] {
      #expect(throws: InvalidSchema.self) { try StructuralSchema(value) }
    }
    let many = JSONValue.array((0..<5000).map { .string("bad \($0)") })
    #expect(errors(["spec", "valves"], many).count == 100)
    #expect(errors(["spec", "tags"], many).count == 1)
  }

  @Test("definitions are refused for what the API server refuses")
  func definitions() throws {
    let object = try UnstructuredObject(content: [
      "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": ["name": "x"],
      "spec": [
        "group": "g", "names": ["kind": "Kind", "plural": "Kinds"], "scope": "Galaxy",
        "versions": [["name": "v1"], ["name": "v1", "schema": ["openAPIV3Schema": ["type": "object"]]]],
      ],
    ])
    do {
      _ = try CustomResourceDefinition(object)
      Issue.record("accepted")
    } catch {
      let found = error.errors.map(\.description)
      #expect(found.contains(#"spec.group: Invalid value: "g": should be a domain with at least one dot"#))
      #expect(found.contains(#"spec.scope: Unsupported value: "Galaxy": supported values: "Cluster", "Namespaced""#))
      #expect(found.contains("spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required"))
      #expect(found.contains { $0.hasSuffix("must contain unique version names") })
      #expect(found.contains { $0.hasSuffix("must have exactly one version marked as storage version") })
      #expect(found.contains { $0.hasPrefix(#"spec.names.plural: Invalid value: "Kinds": a DNS-1035 label"#) })
      #expect(found.contains { $0.hasPrefix(#"metadata.name: Invalid value: "x": must be spec.names.plural"#) })
    }
  }

  /// Needs a folder of manifests with definitions of other projects, such as KubeEdge's and OpenYurt's.
  @Test(
    "every definition among the manifests compiles",
    .enabled(if: VectorFolder.environment("EDGE_MANIFESTS") != nil, "needs $EDGE_MANIFESTS"))
  func corpus() throws {
    let directory = try #require(VectorFolder.environment("EDGE_MANIFESTS"))
    var definitions = 0
    var versions = 0
    for file in VectorFolder.files(in: directory, suffix: ".yaml") {
      let text = try VectorFolder.text(of: file)
      guard text.contains("kind: CustomResourceDefinition"), !text.contains("{{") else { continue }
      for document in try KubernetesYAML.manifests(in: text, source: file)
      where document.object.kind == "CustomResourceDefinition" {
        do {
          let definition = try CustomResourceDefinition(document.object)
          definitions += 1
          versions += definition.versions.count
        } catch {
          Issue.record("\(file): \(error)")
        }
      }
    }
    print("definitions: \(definitions) with \(versions) versions compile")
    #expect(definitions > 0)
  }
}
#endif
