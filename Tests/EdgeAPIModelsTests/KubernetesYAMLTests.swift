#if YAML
import EdgeAPIModels
import EdgeAPIModelsYAML
import EdgeJSON
import EdgeTestKit
import Testing

@Suite("YAML")
struct KubernetesYAMLTests {
  @Test(
    "plain scalars mean what Kubernetes takes them for",
    arguments: [
      ("yes", true), ("no", false), ("on", true), ("Off", false), ("TRUE", true), ("~", .null), ("null", .null),
      ("0644", 420),
      ("0o644", 420), ("0x1F", 31), ("0b11", 3), ("+5", 5), ("-5", -5), ("1_000", 1000), ("12e0x", "12e0x"),
      ("1.2.3", "1.2.3"),
      ("2026-11-23", "2026-11-23"), ("12:30:45", "12:30:45"), ("'yes'", "yes"), ("\"5\"", "5"), ("!!str 5", "5"),
      ("09", 9), ("1.", 1),
      ("a b", "a b"), ("-x", "-x"), ("[]", []), ("{a: 1, b: [x]}", ["a": 1, "b": ["x"]]),
    ] as [(String, JSONValue)])
  func scalars(text: String, expected: JSONValue) throws {
    #expect(try KubernetesYAML.value(parsing: "v: \(text)") == ["v": expected])
  }

  @Test(
    "floats keep their literal where JSON has it",
    arguments: [
      ("1.50", "1.50"), ("1e3", "1e3"), (".5", "0.5"), ("18446744073709551615", "18446744073709551615"),
    ])
  func floats(text: String, literal: String) throws {
    #expect(try KubernetesYAML.value(parsing: "v: \(text)")["v"] == JSONNumber(literal: literal).map { .number($0) })
  }

  @Test("keys become strings, merges fill in what is missing, aliases repeat")
  func keysAndMerges() throws {
    let text = """
      1: a
      true: b
      base: &base {p: 1, q: 2}
      derived:
        <<: *base
        q: 3
      both:
        <<: [*base, {p: 9, r: 9}]
      again: *base
      """
    #expect(
      try KubernetesYAML.value(parsing: text) == [
        "1": "a", "true": "b", "base": ["p": 1, "q": 2], "derived": ["q": 3, "p": 1], "both": ["p": 1, "q": 2, "r": 9],
        "again": ["p": 1, "q": 2],
      ])
  }

  @Test(
    "what is wrong names file and line",
    arguments: [
      ("a: 1\nb: .inf\n", "f.yaml:2: b: .inf is no number that JSON can hold"),
      ("a: 1\na: 2\n", "f.yaml:1: duplicate key \"a\""),
      ("x:\n- a\n- 1: b\n  \"1\": c\n", "f.yaml:3: duplicate key \"1\""),
      ("a: *b\n", "f.yaml:1: found undefined alias"),
      ("a: 1\n b: 2\n", "f.yaml:2: mapping values are not allowed in this context"),
      ("apiVersion: v1\nkind: A\n---\n\tb: 1\n", "f.yaml:4: found character that cannot start any token"),
      ("? [a]\n: b\n", "f.yaml:1: a key must be a scalar"),
      ("a: !!set {x}\n", "f.yaml:1: a: unsupported tag tag:yaml.org,2002:set"),
      ("kind: Pod\n", "f.yaml:1: apiVersion: Required value"),
      ("apiVersion: v1\nkind: A\n---\n- 1\n", "f.yaml:4: an object is expected here"),
      ("# c\n\napiVersion: v1\nkind: A\nmetadata: x\n", "f.yaml:3: metadata: must be an object"),
      (
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: A\n- kind: B\n",
        "f.yaml:6: items[1].apiVersion: Required value"
      ),
      ("{\"apiVersion\": \"v1\", \"kind\": 3}", "f.yaml:1: kind: must be a string"),
    ])
  func errors(text: String, expected: String) {
    let error = #expect(throws: ManifestError.self) { try KubernetesYAML.manifests(in: text, source: "f.yaml") }
    #expect(error?.description == expected)
  }

  @Test("documents, lists and JSON give their objects with their lines")
  func documents() throws {
    let text =
      "%YAML 1.1\n---\napiVersion: v1\nkind: A\n---\n# nothing\n---\n\napiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: B\n"
    let documents = try KubernetesYAML.manifests(in: text, source: "f")
    #expect(documents.map(\.object.kind) == ["A", "B"])
    #expect(documents.map(\.line) == [3, 12])
    let json = try KubernetesYAML.manifests(in: "\n{\"apiVersion\":\"v1\",\"kind\":\"\\ud83d\\ude00\"}", source: "f")
    #expect(json.map(\.object.kind) == ["😀"])
    #expect(json.first?.line == 2)
    #expect(try KubernetesYAML.manifests(in: "", source: "f").isEmpty)
    let ended =
      "# c\n\n---  # d\napiVersion: v1\nkind: A\n...\n...\n# e\n%YAML 1.1\n---\napiVersion: v1\nkind: B\n...\n"
    #expect(try KubernetesYAML.manifests(in: ended, source: "f").map(\.line) == [4, 11])
    #expect(try KubernetesYAML.manifests(in: "---\r\napiVersion: v1\r\nkind: A\r\n---\r\n", source: "f").count == 1)
  }

  @Test("billion laughs, deep nests and floods end in an error", .timeLimit(.minutes(5)))
  func bombs() {
    var laughs = "a0: &a0 [x, x]\n"
    for level in 1..<40 {
      laughs += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", "))]\n"
    }
    var keys = "a0: &a0 [x]\n"
    for level in 1..<30 { keys += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    keys += "? *a29\n: x\n"
    let single =
      "a: &a [" + String(repeating: "x,", count: 5_000) + "]\nb: [" + String(repeating: "*a,", count: 5_000) + "]\n"
    let text =
      "a: &a " + String(repeating: "x", count: 1_000_000) + "\nb: [" + String(repeating: "*a,", count: 100) + "]\n"
    let bombs = [
      laughs, keys, single, text, String(repeating: "[", count: 100_000), String(repeating: "- ", count: 50_000),
      String(repeating: "{a: ", count: 900) + String(repeating: "}", count: 900),
      String(repeating: " ", count: 9 << 20),
    ]
    for bomb in bombs {
      #expect(throws: ManifestError.self, "\(bomb.prefix(60))") { try KubernetesYAML.value(parsing: bomb) }
    }
  }

  @Test("shell patterns and ampersands are no aliases")
  func shellText() throws {
    let lines = (0..<100).map { "  rm *tmp\($0) & &tmp\($0)" }.joined(separator: "\n")
    #expect(try KubernetesYAML.value(parsing: "a: &anchor x\nscript: |\n\(lines)\n")["a"] == "x")
  }

  @Test("objects are printed as kubectl prints them")
  func printing() throws {
    let value: JSONValue = [
      "apiVersion": "v1", "metadata": ["labels": [:], "creationTimestamp": "2026-11-23T01:02:03Z", "name": "a"],
      "data": [
        "on": "yes", "text": "a\nb\n", "num": "5", "empty": "", "path": "/bin/sh", "flag": "--x", "colon": "a: b",
      ],
      "list": [["name": "x", "ports": [1, 2]], [], ["a"], [["b"]], .null],
    ]
    #expect(
      KubernetesYAML.encode(value) == """
        apiVersion: v1
        metadata:
          labels: {}
          creationTimestamp: "2026-11-23T01:02:03Z"
          name: a
        data:
          "on": "yes"
          text: |
            a
            b
          num: "5"
          empty: ""
          path: /bin/sh
          flag: --x
          colon: "a: b"
        list:
        - name: x
          ports:
          - 1
          - 2
        - []
        - - a
        - - - b
        - null

        """)
  }

  @Test("every manifest is read, its objects are valid, and they survive printing")
  func manifests() throws {
    let directory = try #require(VectorFolder.directory(environment: "EDGE_MANIFESTS", fixtures: "Fixtures/manifests"))
    let files = VectorFolder.files(in: directory, suffix: ".yaml")
    var objects = 0
    for file in files {
      // Templates of charts are no YAML, and settings of other programs no objects.
      let text = try VectorFolder.text(of: file)
      let isObject = ["\napiVersion:", "\nkind:"].allSatisfy { "\n\(text)".contains($0) }
      if text.contains("{{") || !isObject { continue }
      do {
        for document in try KubernetesYAML.manifests(in: text, source: file) {
          objects += 1
          let content = JSONValue.object(document.object.content)
          #expect(
            try KubernetesYAML.value(parsing: KubernetesYAML.encode(content)) == content, "\(file):\(document.line)")
          // Foreign folders hold parts of objects that are completed elsewhere.
          if VectorFolder.environment("EDGE_MANIFESTS") != nil { continue }
          #expect(ObjectValidation.validate(document.object).map(\.description) == [], "\(file):\(document.line)")
        }
      } catch {
        Issue.record("\(error)")
      }
    }
    print("manifests: \(objects) objects in \(files.count) files")
    #expect(objects > 0)
  }
}
#endif
