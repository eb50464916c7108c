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

  @Test(
    "formats are those of Kubernetes",
    arguments: [
      ("date-time", "2026-11-25T12:00:00Z", "2026-11-25"), ("date", "2026-02-28", "2026-02-30"),
      ("byte", "eA==", "e"), ("duration", "1h30m", "1 fortnight"), ("duration", "22 ns", "h"),
      ("uuid", "6BA7B810-9dad-11d1-80b4-00c04fd430c8", "6ba7b810"),
      ("uuid4", "f47ac10b-58cc-4372-a567-0e02b2c3d479", "f47ac10b-58cc-1372-a567-0e02b2c3d479"),
      ("ipv4", "10.0.0.1", "::1"), ("ipv6", "::1", "10.0.0.1"), ("cidr", "10.0.0.0/8", "10.0.0.0/33"),
      ("mac", "00:00:5e:00:53:01", "00:00:5e:00:53"), ("mac", "0000.5e00.5301", "0000.5e00"),
      ("uri", "https://example.com/a", "no spaces here"), ("email", "a@example.com", "a@@example.com"),
      ("hostname", "edge-1.example.com", "-edge"), ("isbn10", "0321751043", "0321751044"),
      ("isbn13", "978-0321751041", "978-0321751042"), ("creditcard", "4111 1111 1111 1111", "4111 1111 1111 1112"),
      ("ssn", "123-45-6789", "12-345-6789"), ("hexcolor", "#FFAA00", "#FFAA0"),
      ("rgbcolor", "rgb(1,2,255)", "rgb(1,2,256)"), ("bsonobjectid", "0123456789abcdef01234567", "0123"),
      ("k8s-short-name", "a-b", "a.b"), ("k8s-long-name", "a.b", "A"),
    ])
  func formats(format: String, good: String, bad: String) throws {
    let schema = try StructuralSchema([
      "type": "object", "properties": ["v": ["type": "string", "format": .string(format)]],
    ])
    #expect(schema.validate(["v": .string(good)]) == [])
    #expect(
      schema.validate(["v": .string(bad)]).map(\.description) == [
        "v: Invalid value: \"\(bad)\": v in body must be of type \(format): \"\(bad)\""
      ])
    #expect(
      schema.validate(["v": 5]).map(\.description) == [
        "v: Invalid value: \"int64\": v in body must be of type \(format): \"int64\""
      ])
  }

  @Test("a format that Kubernetes does not know, or of another type, is ignored")
  func unknownFormats() throws {
    let schema = try StructuralSchema([
      "type": "object",
      "properties": [
        "a": ["type": "string", "format": "poem"], "b": ["type": "integer", "format": "date"],
        "c": ["type": "integer", "format": "int64"],
      ],
    ])
    #expect(schema.validate(["a": "x", "b": 1, "c": .integer(.max)]) == [])
    #expect(schema.validate(["c": JSONNumber(literal: "1.5").map { .number($0) } ?? .null]).count == 1)
    #expect(schema.validate(["c": JSONNumber(literal: "2.0").map { .number($0) } ?? .null]) == [])
  }

  @Test("names that differ only in bytes are different properties")
  func canonicallyEqualNames() throws {
    let schema = try StructuralSchema([
      "type": "object", "properties": ["\u{E9}": ["type": "string"], "e\u{301}": ["type": "integer"]],
    ])
    #expect(schema.validate(["\u{E9}": "x", "e\u{301}": 1]) == [])
    #expect(schema.validate(["\u{E9}": 1, "e\u{301}": "x"]).count == 2)
  }

  /// Needs a folder of manifests with definitions of other projects, such as KubeEdge's and OpenYurt's.
  @Test(
    "every definition among the manifests compiles, and the objects of its kind are valid",
    .enabled(if: VectorFolder.environment("EDGE_MANIFESTS") != nil, "needs $EDGE_MANIFESTS"))
  func corpus() throws {
    let directory = try #require(VectorFolder.environment("EDGE_MANIFESTS"))
    var definitions = 0
    var versions = 0
    var schemas: [GroupVersionKind: StructuralSchema] = [:]
    var objects: [(file: String, object: UnstructuredObject)] = []
    for file in VectorFolder.files(in: directory, suffix: ".yaml") {
      let text = try VectorFolder.text(of: file)
      guard !text.contains("{{"), let documents = try? KubernetesYAML.manifests(in: text, source: file) else {
        continue
      }
      for document in documents {
        guard document.object.kind == "CustomResourceDefinition" else {
          objects.append((file, document.object))
          continue
        }
        do {
          let definition = try CustomResourceDefinition(document.object)
          definitions += 1
          versions += definition.versions.count
          for version in definition.versions {
            let gvk = GroupVersionKind(group: definition.group, version: version.name, kind: definition.kind)
            schemas[gvk] = version.schema
          }
        } catch {
          Issue.record("\(file): \(error)")
        }
      }
    }
    var checked = 0
    for (file, object) in objects {
      guard let schema = schemas[object.gvk] else { continue }
      var content = object.content
      let (pruned, errors) = schema.admit(&content)
      #expect(errors.map(\.description) == [], "\(file)")
      #expect(pruned == [], "\(file)")
      checked += 1
    }
    print("definitions: \(definitions) with \(versions) versions compile; \(checked) objects of their kinds are valid")
    #expect(definitions > 0)
    try knownDefinitions(schemas)
  }

  /// Objects of KubeEdge and OpenYurt against their own definitions, where these are among the manifests.
  private func knownDefinitions(_ schemas: [GroupVersionKind: StructuralSchema]) throws {
    let cases: [(String, String, JSONValue, [String], [String])] = [
      (
        "devices.kubeedge.io/v1beta1", "DeviceModel",
        ["spec": ["properties": [["name": "t", "type": "INT"], ["name": "u", "type": "x", "extra": 1]]]],
        ["spec.properties[1].extra"],
        [
          #"spec.properties[1].type: Unsupported value: "x": supported values: "INT", "FLOAT", "DOUBLE", "STRING", "BOOLEAN", "BYTES", "STREAM""#
        ]
      ),
      (
        "devices.kubeedge.io/v1beta1", "Device",
        [
          "spec": [
            "deviceModelRef": ["name": "m"], "protocol": ["protocolName": "p", "configData": ["any": ["thing": 1]]],
            "properties": [["name": "t", "collectCycle": "1s", "desired": [:]]],
          ]
        ], [],
        [
          #"spec.properties[0].collectCycle: Invalid value: "string": spec.properties[0].collectCycle in body must be of type integer: "string""#,
          "spec.properties[0].desired.value: Required value",
        ]
      ),
      (
        "rules.kubeedge.io/v1", "RuleEndpoint", ["spec": ["properties": ["a": 1]]], [],
        [
          #"spec.properties.a: Invalid value: "integer": spec.properties.a in body must be of type string: "integer""#,
          "spec.ruleEndpointType: Required value",
        ]
      ),
      ("apps.openyurt.io/v1beta2", "NodePool", ["spec": ["type": "Edge", "leaderReplicas": 1]], [], []),
      (
        "apps.openyurt.io/v1beta2", "NodePool", ["spec": ["taints": [["key": "k"]], "selector": [:]]],
        ["spec.selector"],
        ["spec.taints[0].effect: Required value"]
      ),
    ]
    for (apiVersion, kind, content, pruned, expected) in cases {
      guard let gvk = GroupVersionKind(apiVersion: apiVersion, kind: kind), let schema = schemas[gvk] else { continue }
      var object: JSONObject = [
        "apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": ["name": "x"],
      ]
      for (key, value) in content.objectValue ?? JSONObject() { object[key] = value }
      let admitted = schema.admit(&object)
      #expect(Set(admitted.errors.map(\.description)) == Set(expected))
      #expect(admitted.pruned == pruned)
    }
  }
}
#endif
