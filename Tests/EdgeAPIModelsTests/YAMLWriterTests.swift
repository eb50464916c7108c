#if YAML
import EdgeJSON
import EdgeTestKit
import Testing

@testable import EdgeAPIModelsYAML

@Suite("YAML writer")
struct YAMLWriterTests {
  @Test(
    "texts that some reader takes for something else, or that quotes must hold together, are quoted",
    arguments: [
      "", " a", "a ", "a: b", "a:", "a #b", "#a", "- a", "-", "---", "--- a", "...", "? a", "?a", ":a", ", a", "[a",
      "{a",
      "]", "}", "&a", "*a", "!a", "|", ">", "'a", "\"a", "%a", "@a", "`a", "=", "<<", "~", "+1", "yes", "No", "on",
      "OFF",
      "y", "N", "true", "FALSE", "null", "Null", "1", "-1", "0777", "0o17", "0x1F", "0b11", "1e3", "1e400", ".5", ".5_",
      "1_000", "1.", ".inf", "-.Inf", ".NaN", "2026-11-23", "2026-11-23T01:02:03Z", "12:30", "12:30:45", "-1:30",
      "a\tb",
      "\ta", "\n", "\na", " a\nb", "a\rb", "a\u{0}b", "\u{85}", "\u{2028}", "\u{FEFF}", "\u{7F}", "\u{9F}", "\u{FFFE}",
    ])
  func quoted(text: String) throws {
    let written = KubernetesYAML.encode(["v": .string(text)])
    #expect(written.hasPrefix("v: \"") && written.hasSuffix("\"\n"), "\(written)")
    try check(["v": .string(text)])
    try check([text: .string(text)])
  }

  @Test(
    "harmless texts are written as they are",
    arguments: [
      "a", "a b", "a:b", "a#b", "http://h:80/p?q=[1]&r={2}", "/bin/sh", "--flag=x", "-v", ".spec.a", "./a", "100m",
      "64Mi",
      "1.2.3", "10.0.0.1", "v1", "yEs", "12e0x", "0x", "a'b", "a\"b", "50%", "a, b", "é 😀", "nulls", "(x)", "$(A)",
      "^a$",
    ])
  func plain(text: String) throws {
    #expect(KubernetesYAML.encode(["v": .string(text)]) == "v: \(text)\n")
    try check([text: .string(text)])
  }

  @Test(
    "texts of several lines are blocks that keep every line feed and blank",
    arguments: [
      ("a\nb", "v: |-\n  a\n  b\n"), ("a\nb\n", "v: |\n  a\n  b\n"), ("a\n\n", "v: |+\n  a\n\n"),
      ("a\n  b\n \n", "v: |\n  a\n    b\n   \n"), ("a\n\tb", "v: |-\n  a\n  \tb\n"), ("#\n---\n", "v: |\n  #\n  ---\n"),
    ])
  func blocks(text: String, expected: String) throws {
    #expect(KubernetesYAML.encode(["v": .string(text)]) == expected)
    try check(["v": .string(text)])
    try check([["a", .string(text)], .string(text)])
    try check(.string(text))
  }

  @Test("numbers that no double holds stay numbers, and long keys are marked as keys")
  func tagsAndLongKeys() throws {
    let large = try #require(JSONNumber(literal: "1E400"))
    #expect(KubernetesYAML.encode(["v": .number(large)]) == "v: !!float 1E400\n")
    #expect(try KubernetesYAML.value(parsing: "v: !!float 1E400") == ["v": .number(large)])
    let key = String(repeating: "k", count: 5_000)
    try check([key: ["a": [key: 1]], "b": [[key: [1, 2]]], "c": [key: "x\ny\n"]])
  }

  @Test("what is written reads back through both readers")
  func roundTrip() throws {
    let seed = VectorFolder.environment("EDGE_SEED").flatMap(UInt64.init) ?? UInt64.random(in: 0...UInt64.max)
    print("YAML writer: seed \(seed) (replay with EDGE_SEED)")
    var random = RandomYAML(seed: seed)
    for _ in 0..<1_500 {
      let value = random.value()
      do { try check(value) } catch {
        Issue.record("seed \(seed): \(error)\n\(value)\n\(KubernetesYAML.encode(value))")
        return
      }
    }
  }

  /// Both readers give the value back, whichever of them would be asked.
  private func check(_ value: JSONValue) throws {
    let written = KubernetesYAML.encode(value)
    let document = try #require(try YAMLDocument.split(Array(written.utf8), source: "w").first)
    try requireEqual(try KubernetesYAML.value(parsing: written), value, written)
    // Yams drops a byte order mark at the beginning of a text.
    if !written.contains("\\ufeff") {
      try requireEqual(try document.completeRoot()?.value ?? .null, value, written)
    }
    if case .failure(let refusal) = document.scanned() {
      #expect(refusal.kind == .unsupported, "\(written)")
    }
  }

  private func requireEqual(_ back: JSONValue, _ value: JSONValue, _ written: String) throws {
    if back != value { throw VectorError("\(back) instead of \(value)\n\(written)") }
  }
}

/// Random values whose strings are hard for YAML.
private struct RandomYAML {
  private var state: UInt64
  private static let pieces = [
    "a", "yes", "no", "null", "~", "1", "0x1", "1e5", ".5", "-", "--", "---", ":", ": ", " #", "#", "'", "\"", "\n",
    "\n\n", " ", "  ", "\t",
    "[", "]", "{", "}", ",", "&a", "*a", "!", "|", ">", "%", "@", "`", "?", "? ", "=", "<<", "é", "😀", "\u{85}",
    "\u{2028}", "\u{0}", "x\u{FEFF}", "_", ".", "inf", "e", "+", "0b1", "\u{FFFF}",
    "\r", "\\", "2026-01-01", "12:30", "...", "\u{7F}", "y", "on",
  ]

  init(seed: UInt64) { state = seed }

  private mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) % UInt64(bound))
  }

  private mutating func string() -> String {
    (0..<below(5)).map { _ in Self.pieces[below(Self.pieces.count)] }.joined()
  }

  mutating func value(depth: Int = 0) -> JSONValue {
    switch below(depth > 3 ? 5 : 8) {
    case 0: return [.null, true, false, .integer(Int64(below(1 << 40)) - 5), .integer(.min)][below(5)]
    case 1:
      return JSONNumber(literal: ["1.50", "-0", "1E400", "-2.5e-3", "99999999999999999999"][below(5)]).map {
        .number($0)
      } ?? .null
    case 2, 3, 4: return .string(string())
    case 5: return .array((0..<below(4)).map { _ in value(depth: depth + 1) })
    default: return .object(JSONObject((0..<below(5)).map { _ in (string(), value(depth: depth + 1)) }))
    }
  }
}
#endif
