import EdgeAPIModels
import EdgeJSON
import Testing

@Suite("JSONPath")
struct JSONPathTests {
  private static let fraction: JSONValue = JSONNumber(1.5).map { .number($0) } ?? .null

  static let devices: JSONValue = [
    "kind": "List",
    "items": [
      [
        "metadata": [
          "name": "pump", "labels": ["edge.example/site": "north", "tier": "a"], "annotations": ["note": "<b>&"],
        ],
        "spec": ["replicas": 2, "ratio": fraction, "enabled": true, "ports": [80, 81, 82, 83]],
        "status": [
          "phase": "Online",
          "twins": [
            ["name": "speed", "reported": ["value": "12", "metadata": ["type": "int"]]],
            ["name": "mode", "reported": ["value": "auto"]],
          ],
        ],
      ],
      [
        "metadata": ["name": "valve", "labels": ["edge.example/site": "south"]],
        "spec": ["replicas": 1, "ratio": 2, "enabled": false, "ports": []],
        "status": ["phase": "Offline", "twins": [["name": "open", "reported": ["value": "true"]]], "reason": .null],
      ],
      ["metadata": ["name": "bare"]],
    ],
  ]

  @Test(
    "a template prints what kubectl prints",
    arguments: [
      ("plain text, } and all", "plain text, } and all"),
      ("{.kind}", "List"),
      ("{$.kind}{@.kind}{ .kind }", "ListListList"),
      ("kind={.kind};", "kind=List;"),
      ("{.items[*].metadata.name}", "pump valve bare"),
      ("{.items[*].status.twins[*].reported.value}", "12 auto true"),
      ("{.items[0].spec}", #"{"enabled":true,"ports":[80,81,82,83],"ratio":1.5,"replicas":2}"#),
      ("{.items[0].metadata.annotations}", #"{"note":"\u003cb\u003e\u0026"}"#),
      ("{.items[0].metadata.annotations.note}", "<b>&"),
      ("{.items[0].spec.ratio} {.items[0].spec.enabled} {.items[1].status.reason}", "1.5 true null"),
      // Names with dots.
      (#"{.items[*].metadata.labels.edge\.example/site}"#, "north south"),
      (#"{.items[*].metadata.labels['edge\.example/site']}"#, "north south"),
      ("{.items[0]['metadata.name']}", "pump"),
      // Indices and slices.
      ("{.items[1].metadata.name}", "valve"),
      ("{.items[-1].metadata.name}", "bare"),
      ("{.items[0].spec.ports[1:3]}", "81 82"),
      ("{.items[0].spec.ports[:2]}", "80 81"),
      ("{.items[0].spec.ports[-2:]}", "82 83"),
      ("{.items[0].spec.ports[0:-1]}", "80 81 82"),
      ("{.items[0].spec.ports[::2]}", "80 82"),
      ("{.items[0].spec.ports[1:4:2]}", "81 83"),
      ("{.items[0].spec.ports[3:3]}", ""),
      ("{.items[0].spec.ports[]}", "80"),
      ("{.items[0:2].spec.ports[*]}", "80 81 82 83"),
      ("{.items[1::1].metadata.name}", "valve bare"),
      // Unions give the results of each part.
      ("{.items[0].spec.ports[0,2]}", "80 82"),
      ("{.items[*]['metadata.name', 'status.phase']}", "pump valve bare Online Offline"),
      ("{.items[0].spec['replicas','ratio']}", "2 1.5"),
      // Filters.
      (#"{.items[?(@.metadata.name=="valve")].status.phase}"#, "Offline"),
      ("{.items[?(@.metadata.name=='valve')].status.phase}", "Offline"),
      (#"{.items[?(@.metadata.name!="valve")].metadata.name}"#, "pump bare"),
      ("{.items[?(@.spec.replicas>1)].metadata.name}", "pump"),
      ("{.items[?(@.spec.replicas>=1)].metadata.name}", "pump valve"),
      ("{.items[?(@.spec.replicas<2)].metadata.name}", "valve"),
      ("{.items[?(@.spec.replicas<=2)].metadata.name}", "pump valve"),
      ("{.items[?(@.spec.ratio==2.0)].metadata.name}", "valve"),
      ("{.items[?(@.spec.enabled==true)].metadata.name}", "pump"),
      ("{.items[?(@.status)].metadata.name}", "pump valve"),
      ("{.items[?(.status.phase==\"Online\")].metadata.name}", "pump"),
      (#"{.items[?(@.metadata.labels.edge\.example/site=="south")].metadata.name}"#, "valve"),
      ("{.items[0].spec.ports[?(@>81)]}", "82 83"),
      (#"{.items[*].status.twins[?(@.reported.value==")")].name}"#, ""),
      ("{.items[?(@.metadata.name==@.metadata.name)].kind}", ""),
      // Any depth.
      ("{.items[0]..value}", "12 auto"),
      ("{..twins[*].name}", "speed mode open"),
      ("{...phase}", "Online Offline"),
      ("{.items[0].spec.*}", "2 1.5 true [80,81,82,83]"),
      // Ranges.
      (
        #"{range .items[*]}{.metadata.name}{"\t"}{.status.phase}{"\n"}{end}"#,
        "pump\tOnline\nvalve\tOffline\nbare\t\n"
      ),
      ("{range .items[0:2]}{.metadata.name}, {end}{.kind}", "pump, valve, List"),
      (
        #"{range .items[*]}{.metadata.name}{":"}{range @.status.twins[*]}{.name}{","}{end}{"+"}{end}"#,
        "pump:speed,mode,+valve:open,+bare:+"
      ),
      ("{range .none[*]}{.metadata.name}{end}.", "."),
      // Quoted text.
      (#"{"{"}{'}'}{"\u00e9\x41\101"}{'it\'s'}"#, "{}éAAit's"),
      ("{1}{-2.50}{true}", "1-2.5true"),
    ])
  func printing(template: String, expected: String) throws {
    #expect(try JSONPath(parsing: template).text(in: Self.devices) == expected)
  }

  @Test("results are the values themselves")
  func results() throws {
    let path = try JSONPath(parsing: "{.items[*].spec.ports}{'x'}")
    #expect(try path.results(in: Self.devices) == [[80, 81, 82, 83], [], "x"])
    #expect(try JSONPath(parsing: "{@}").results(in: 7) == [7])
  }

  @Test(
    "printer columns may leave braces and the first dot out",
    arguments: [
      "{.items[0].status.phase}", "{items[0].status.phase}", ".items[0].status.phase", "items[0].status.phase",
    ])
  func relaxed(expression: String) throws {
    #expect(try JSONPath(relaxed: expression).text(in: Self.devices) == "Online")
  }

  @Test("a printer column is one expression", arguments: ["", "{}", "a{b}", "{a", "{.a}{.b}"])
  func relaxedRefusals(expression: String) {
    #expect(throws: JSONPathError.self) { try JSONPath(relaxed: expression) }
  }

  @Test(
    "what is no template is refused with its place",
    arguments: [
      ("{.a", 3), ("{.a[1}", 3), ("{.a[x]}", 4), ("{.a[1:2:3:4]}", 4), ("{.a[?(@.b}", 3), ("{.a[?(@.b)}", 9),
      ("{.a[?(@.b<>1)]}", 9), ("{.a[?(@.b=1)]}", 9), ("{.a[?(@.b==)]}", 9), ("{end}", 0), ("{range .a[*]}{.b}", 17),
      ("{hello}", 1), ("{.a....b}", 5), (#"{"x}"#, 4), (#"{"\q"}"#, 1), ("{..*}", 3), ("{#}", 1), ("{.a\n}", 3),
      ("{.a[99999999999999999999]}", 4), ("{1.2.3}", 1), ("{range .a}{end}{end}", 15), ("{.a[-]}", 4),
    ])
  func syntaxErrors(template: String, offset: Int) {
    let error = #expect(throws: JSONPathError.self) { try JSONPath(parsing: template) }
    #expect(error?.code == .syntax)
    #expect(error?.offset == offset)
  }

  @Test(
    "what does not fit the value is a typed error",
    arguments: [
      ("{.items[3]}", JSONPathError.Code.indexOutOfBounds), ("{.items[-4]}", .indexOutOfBounds),
      ("{.items[2:1]}", .indexOutOfBounds), ("{.items[-1:0]}", .indexOutOfBounds), ("{.items[0:9]}", .indexOutOfBounds),
      ("{.items[0:2:0]}", .indexOutOfBounds), ("{.kind[0]}", .notAnArray), ("{.items[0].spec[*]}", .notAnArray),
      ("{.kind[?(@.x)]}", .notAnArray), (#"{.items[?(@.spec.replicas=="2")]}"#, .notComparable),
      ("{.items[?(@.spec==1)]}", .notComparable), ("{.items[?(@.spec.enabled<true)]}", .notComparable),
      ("{.items[?(@.spec.ports[0:2]==80)]}", .notComparable), ("{.items[?(@.status.reason==1)]}", .notComparable),
    ])
  func evaluationErrors(template: String, code: JSONPathError.Code) throws {
    let path = try JSONPath(parsing: template)
    let error = #expect(throws: JSONPathError.self) { try path.results(in: Self.devices) }
    #expect(error?.code == code)
  }

  @Test("missing keys give nothing, or an error for who asks")
  func missingKeys() throws {
    #expect(try JSONPath(parsing: "<{.none.there}>").text(in: Self.devices) == "<>")
    for template in ["{.none}", "{.items[*].status.none}", #"{.items[?(@.status.phase=="Online")]}"#] {
      let path = try JSONPath(parsing: template, missingKeys: .refused)
      let error = #expect(throws: JSONPathError.self) { try path.text(in: Self.devices) }
      #expect(error?.code == .missingKey)
    }
    // One value that has it is enough, and an existence filter takes the absence for an answer.
    let path = try JSONPath(
      parsing: "{.items[*].status.phase} {.items[?(@.status)].metadata.name}", missingKeys: .refused)
    #expect(try path.text(in: Self.devices) == "Online Offline pump valve")
  }

  @Test("an evaluation visits no more values and prints no more text than allowed")
  func limits() throws {
    var tree = JSONValue.array([])
    for _ in 0..<300 { tree = [tree, 1] }
    let bomb = try JSONPath(parsing: "{..[*]..[*]..[*]..[*]..[*]..[*]}", limits: .init(maximumValues: 100_000))
    #expect(throws: JSONPathError.self) { try bomb.results(in: tree) }
    let nested = String(repeating: "{range .[*]}", count: 16) + String(repeating: "{end}", count: 16)
    #expect(try JSONPath(parsing: nested).text(in: tree) == "")
    #expect(throws: JSONPathError.self) { try JSONPath(parsing: "{range .a}" + nested + "{end}") }
    #expect(throws: JSONPathError.self) { try JSONPath(parsing: String(repeating: "x", count: 70_000)) }
    let printed = try JSONPath(parsing: "{..}", limits: .init(maximumTextBytes: 10_000))
    let error = #expect(throws: JSONPathError.self) { try printed.text(in: tree) }
    #expect(error?.code == .limitExceeded)
  }

  @Test("any bytes are a template or an error, and any template a text or an error")
  func fuzzed() {
    let pieces = [
      "{", "}", "[", "]", "(", ")", "?", "@", "$", ".", "..", "*", "'", "\"", "\\", ",", ":", "-", "0", "7", "a",
      "items",
      "range ", "end", "==", "<", "!", " ", "\n", "é", "{.items", "[?(@.", ")]", "metadata", "name",
    ]
    for seed in UInt64(1)...3_000 {
      var random = SeededRandom(seed: seed)
      let template = (0..<random.below(24)).map { _ in pieces[random.below(pieces.count)] }.joined()
      guard let path = try? JSONPath(parsing: template) else { continue }
      #expect(path.description == template, "seed \(seed)")
      _ = try? path.text(in: Self.devices)
    }
  }
}
