import EdgeAPIModels
import EdgeJSON
import Testing

@Suite("JSON patch")
struct JSONPatchTests {
  private func apply(
    _ patch: JSONValue, to document: JSONValue, _ rules: JSONPatch.Rules = .kubernetes
  ) throws -> JSONValue {
    try JSONPatch(patch, rules: rules).apply(to: document)
  }

  private func code(
    _ patch: JSONValue, on document: JSONValue, _ rules: JSONPatch.Rules = .kubernetes
  ) -> PatchError.Code? {
    do {
      _ = try apply(patch, to: document, rules)
      return nil
    } catch {
      return (error as? PatchError)?.code
    }
  }

  @Test("operations change what pointers name, in their order")
  func operations() throws {
    let result = try apply(
      [
        ["op": "test", "path": "/a~1b/~0", "value": 1],
        ["op": "add", "path": "/list/1", "value": "new"],
        ["op": "add", "path": "/list/-", "value": .null],
        ["op": "replace", "path": "/list/0", "value": ["x": 1]],
        ["op": "copy", "from": "/list/0", "path": "/copy"],
        ["op": "add", "path": "/copy/y", "value": 2],
        ["op": "move", "from": "/a~1b/~0", "path": "/moved"],
        ["op": "remove", "path": "/list/2"],
      ], to: ["a/b": ["~": 1], "list": [1, 2]])
    #expect(result == ["a/b": [:], "list": [["x": 1], "new", .null], "copy": ["x": 1, "y": 2], "moved": 1])
  }

  @Test("a failing operation says which, where and why")
  func errors() {
    let patch: JSONValue = [["op": "add", "path": "/a", "value": 1], ["op": "test", "path": "/a", "value": 2]]
    let error = #expect(throws: PatchError.self) { try apply(patch, to: [:]) }
    #expect(error?.description == "/a: operation 1 (test): another value is there")
    #expect(error?.code == .testFailed)
    #expect(code([["op": "remove", "path": "/a"]], on: [:]) == .missingPath)
    #expect(code([["op": "add", "path": "/a/b", "value": 1]], on: ["a": 1]) == .missingPath)
    #expect(code([["op": "add", "path": "/3", "value": 1]], on: [1, 2]) == .missingPath)
    #expect(code([["op": "move", "from": "/a", "path": "/a/b"]], on: ["a": [:]]) == .missingPath)
    #expect(code([["op": "jump", "path": "/a"]], on: [:]) == .malformedPatch)
    #expect(code([["op": "copy", "path": "/a"]], on: [:]) == .malformedPatch)
    #expect(code([["op": "remove", "path": 1]], on: [:]) == .malformedPatch)
    #expect(code(["op": "remove"], on: [:]) == .malformedPatch)
    #expect(code([1], on: [:]) == .malformedPatch)
    #expect(code([], on: "text") == .malformedDocument)
  }

  @Test("where Kubernetes deviates from the RFC, the rules decide")
  func deviations() throws {
    func differs(
      _ patch: JSONValue, _ document: JSONValue, kubernetes: JSONValue?, rfc: JSONValue?,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect((try? apply(patch, to: document)) == kubernetes, sourceLocation: sourceLocation)
      #expect((try? apply(patch, to: document, .rfc6902)) == rfc, sourceLocation: sourceLocation)
    }
    differs([["op": "add", "path": "/-1", "value": 3]], [1, 2], kubernetes: [1, 2, 3], rfc: nil)
    differs([["op": "remove", "path": "/-1"]], [1, 2], kubernetes: [1], rfc: nil)
    differs([["op": "remove", "path": "/+1"]], [1, 2], kubernetes: [1], rfc: nil)
    differs([["op": "remove", "path": "/01"]], [1, 2], kubernetes: [1], rfc: nil)
    differs([["op": "remove", "path": "x/a"]], ["a": 1], kubernetes: [:], rfc: nil)
    differs([["op": "add", "path": "/a"]], [:], kubernetes: ["a": .null], rfc: nil)
    differs([["op": "copy", "from": "/a", "path": "/b"]], [:], kubernetes: ["b": .null], rfc: nil)
    differs([["op": "test", "path": "/a", "value": .null]], [:], kubernetes: [:], rfc: nil)
    differs([["op": "replace", "path": "/a", "value": 1]], [:], kubernetes: ["a": 1], rfc: nil)
    differs([["op": "replace", "path": "", "value": [1]]], [:], kubernetes: [1], rfc: [1])
    differs([["op": "replace", "path": "", "value": 1]], [:], kubernetes: [:], rfc: 1)
    differs([["op": "add", "path": "", "value": [1]]], [:], kubernetes: nil, rfc: [1])
    differs([["op": "test", "path": "", "value": [:]]], [:], kubernetes: [:], rfc: [:])
    let number = try JSONValue(parsing: "1.0")
    differs([["op": "test", "path": "/a", "value": 1]], ["a": number], kubernetes: nil, rfc: ["a": number])
    differs(.null, ["a": 1], kubernetes: ["a": 1], rfc: nil)
  }

  @Test("operations, copied bytes and nesting are bounded")
  func limits() throws {
    let operation: JSONValue = ["op": "test", "path": "/a", "value": 1]
    #expect(code(.array(Array(repeating: operation, count: 10_000)), on: ["a": 1]) == nil)
    #expect(code(.array(Array(repeating: operation, count: 10_001)), on: ["a": 1]) == .limitExceeded)
    // Each copy doubles the document.
    let doubling: JSONValue = ["op": "copy", "from": "/a", "path": "/a/-"]
    #expect(code(.array(Array(repeating: doubling, count: 60)), on: ["a": ["x"]]) == .limitExceeded)
    let deepening: JSONValue = ["op": "move", "from": "/a", "path": "/b/a"]
    let swap: [JSONValue] = [
      ["op": "add", "path": "/b", "value": [:]], deepening, ["op": "move", "from": "/b", "path": "/a"],
    ]
    let nested = Array(repeating: swap, count: 2_000).flatMap(\.self)
    #expect(code(.array(nested), on: ["a": [:]]) == .limitExceeded)
    var deep = JSONValue.array([])
    for _ in 0..<900 { deep = [deep] }
    let path = JSONValue.string(String(repeating: "/0", count: 900))
    #expect(code([["op": "add", "path": path, "value": deep]], on: deep) == .limitExceeded)
    #expect(code([["op": "remove", "path": path]], on: deep) == nil)
  }
}
