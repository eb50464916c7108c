#if YAML
import EdgeJSON
import EdgeTestKit
import Testing

@testable import EdgeAPIModelsYAML

/// The scanner against the complete reader: where it answers, the other gives the same value at the same lines; what it
/// calls malformed, the other refuses.
@Suite("YAML: two readers")
struct YAMLDifferentialTests {
  @Test("both readers agree on every manifest, and hardly any needs the complete one")
  func manifests() throws {
    let directory = try #require(VectorFolder.directory(environment: "EDGE_MANIFESTS", fixtures: fixtures))
    var tally = Tally()
    for file in VectorFolder.files(in: directory, suffix: ".yaml") {
      let text = try VectorFolder.bytes(of: file)
      if let disagreement = tally.compare(text) { Issue.record("\(file): \(disagreement)") }
    }
    print("YAML readers over manifests: \(tally)")
    #expect(tally.agreed > 0)
  }

  @Test(
    "both readers agree on what once divided them",
    arguments: [
      "k:\n>1-\n\n [a, b]\n\nx: y\n", "k:\n|\n  a\n", "-\n|\n a\n", "a: b\n...\n    \t\n", "\"a\"#b\n", "[a]#b\n",
      "a: \"b\"#c\n",
      "yes: 1\n", "!!str yes: 1\n", "1: a\n\"1\": b\n", "0x1: a\n1: b\n", "a: [b\n%c]\n", "a: [b\n, c]\n", "[a\n: b]\n",
      "{a\n: b}\n",
      "# a\n\n---\nb: 1\n", "--- # a\nb: 1\n", "--- a\n", "---\n...\n", "...\n", "a: |\n   \n  b\n", "a: |\n\tb\n",
      "a: |\n b", "a: |",
      "a: 'b\n--- c'\n", "a: \"b\\\n\n  c\"\n", "a: b\n# c\n  d\n", "a: b # c\n  d\n", "a:\n- b\n-\n- c\n",
      "- a\n-\nb: c\n", "{a:, b: }\n",
      "{a:?}\n", "[-, -a]\n", "[- a]\n", "-: a\n", "a: b: c\n", "a: - b\n", "a:\n  b\n  c: d\n", "a:\n  'b'\n  c: d\n",
      " a: 1\nb: 2\n",
    ])
  func onceDivided(text: String) {
    var tally = Tally()
    #expect(tally.compare(Array(text.utf8)) == nil)
  }

  @Test("both readers agree on damaged manifests")
  func damagedManifests() throws {
    let directory = try #require(VectorFolder.directory(environment: "EDGE_MANIFESTS", fixtures: fixtures))
    let files = VectorFolder.files(in: directory, suffix: ".yaml")
    var random = Damage(seed: seed("damaged manifests"))
    var tally = Tally()
    for _ in 0..<rounds(of: 4_000) {
      // Cut to some lines, so that many damages are seen at little cost.
      var text = random.lines(of: try VectorFolder.bytes(of: files[random.below(files.count)]), upTo: 40)
      for _ in 0...random.below(4) { random.damage(&text) }
      if let disagreement = tally.compare(text) {
        Issue.record("seed \(random.seed): \(disagreement)\n\(String(decoding: text, as: UTF8.self))")
        return
      }
    }
    print("YAML readers over damaged manifests: \(tally)")
    #expect(tally.agreed > 0 && tally.refused > 0)
  }

  @Test("both readers agree on random arrangements of all that YAML has")
  func randomDocuments() {
    var random = Damage(seed: seed("random documents"))
    var tally = Tally()
    for _ in 0..<rounds(of: 20_000) {
      let text = Array((0...random.below(16)).map { _ in random.piece() }.joined().utf8)
      if let disagreement = tally.compare(text) {
        Issue.record("seed \(random.seed): \(disagreement)\n\(String(decoding: text, as: UTF8.self))")
        return
      }
    }
    print("YAML readers over random documents: \(tally)")
    #expect(tally.agreed > 0 && tally.refused > 0)
  }

  @Test(
    "without libyaml the scanner says itself what it does not read, and where",
    arguments: [
      ("a: 1\n b: 2\n", "f:2: mapping values are not allowed in this context", 3),
      ("a: é: c\n", "f:1: mapping values are not allowed in this context", 5),
      ("a: 1\r\nb: 2\r\n- c\r\n", "f:3: did not find expected key", 1),
      ("x: 1\n---\nb: [1,\n  ,]\n", "f:4: did not find expected node content", 3),
      ("a: 'b\n", "f:2: found unexpected end of stream", 1),
      ("a: &b 1\n", "f:1: an anchor or an alias: only read with the trait YAML", 4),
      ("a: 1\nb: !!str 2\n", "f:2: a tag: only read with the trait YAML", 4),
      ("%YAML 1.1\n---\na: 1\n", "f:1: a directive: only read with the trait YAML", 1),
      ("? a\n: b\n", "f:1: a complex key: only read with the trait YAML", 1),
      ("a:\n\tb: 1\n", "f:2: a tab where a line begins: only read with the trait YAML", 1),
      ("a: .inf\n", "f:1: no number that JSON can hold", 4),
      ("b: 1\na: 1\nb: 2\n", "f:3: duplicate key \"b\"", 1),
      ("- {a: 1, yes: 2, 'true': 3}\n", "f:1: duplicate key \"true\"", 18),
      ("a: 1\n~: 2\n", "f:2: a key must not be null", 1),
    ])
  func ownErrors(text: String, expected: String, column: Int) throws {
    let document = try #require(try YAMLDocument.split(Array(text.utf8), source: "f").last)
    guard case .failure(let refusal) = document.scanned() else {
      Issue.record("read")
      return
    }
    #expect(document.error(of: refusal).description == expected)
    #expect(document.error(of: refusal).column == column)
  }

  private var fixtures: String { "Fixtures/manifests" }

  /// `$EDGE_FUZZ_ROUNDS` multiplies the rounds.
  private func rounds(of count: Int) -> Int {
    count * (VectorFolder.environment("EDGE_FUZZ_ROUNDS").flatMap(Int.init) ?? 1)
  }

  private func seed(_ name: String) -> UInt64 {
    let seed = VectorFolder.environment("EDGE_SEED").flatMap(UInt64.init) ?? UInt64.random(in: 0...UInt64.max)
    print("YAML \(name): seed \(seed) (replay with EDGE_SEED)")
    return seed
  }
}

/// What both readers said of the documents of some texts.
private struct Tally: CustomStringConvertible {
  var agreed = 0
  var refused = 0
  var leftToOther = 0

  var description: String {
    "\(agreed) read by both, \(refused) refused by both, \(leftToOther) left to the complete one"
  }

  /// - Returns: how the readers disagree.
  mutating func compare(_ text: [UInt8]) -> String? {
    // Both want valid UTF-8.
    guard String(validating: text, as: UTF8.self) != nil,
      let documents = try? YAMLDocument.split(text, source: "t")
    else { return nil }
    for document in documents {
      let complete: Result<YAMLDocument.Root?, any Error> = Result { try document.completeRoot() }
      switch (document.scanned(), complete) {
      case (.success(let ours), .success(let theirs)):
        agreed += 1
        if ours?.value != theirs?.value {
          return "\(ours?.value.text ?? "nothing") where the other reads \(theirs?.value.text ?? "nothing")"
        }
        if ours?.line != theirs?.line { return "line \(ours?.line ?? 0) where the other has \(theirs?.line ?? 0)" }
        if ours?.itemLines != theirs?.itemLines {
          return "items at \(ours?.itemLines ?? []) where the other has \(theirs?.itemLines ?? [])"
        }
      case (.success(let ours), .failure(let error)):
        return "\(ours?.value.text ?? "nothing") where the other refuses: \(error)"
      case (.failure(let refusal), .success(let theirs)) where refusal.kind != .unsupported:
        return "refused (\(refusal.reason)) where the other reads \(theirs?.value.text ?? "nothing")"
      case (.failure(let refusal), _) where refusal.kind == .unsupported: leftToOther += 1
      case (.failure, _): refused += 1
      }
    }
    return nil
  }
}

private struct Damage {
  let seed: UInt64
  private var state: UInt64

  private static let pieces = [
    "a", "b:", "c: ", "- ", "-", ":", ": ", " ", "  ", "\n", "\n  ", "\n    ", "\n- ", "\n  - ", "\n\n", "\n ", "\nk: ",
    "\n  k: ", "\nk:\n", "\"", "'", "\"q\"", "'q'", "''", "\\", "\\n", "\\\n", "{", "}", "[", "]", ",", ", ", "{a: b}",
    "[a, b]", "{\"a\":1}", "#", " #c", "\n#c", "|", ">", "|\n", ">\n", "|-\n  x\n", ">+\n  x\n\n", "|2\n", ">1-\n",
    "---", "---\n", "\n---\n", "...", "\n...\n", "%YAML 1.1\n", "&a ", "*a", "!", "!!str ", "? ", "?", "\t", "\t\n",
    "\r\n", "\r", "yes", "null", "~", "12", "0x1F", "-1.5e3", "1e400", ".inf", "<<: ", "<<", "@", "`", "%", "é",
    "\u{FEFF}", "\u{85}", "\u{2028}", "=", "items:", "\n- x\n- y", "items:\n- a: 1\n-\n- [b]\n", "items: [a, {b: c}]\n",
  ]

  init(seed: UInt64) {
    self.seed = seed
    state = seed
  }

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) % UInt64(bound))
  }

  mutating func piece() -> String { Self.pieces[below(Self.pieces.count)] }

  /// Some successive lines of a text.
  mutating func lines(of text: [UInt8], upTo count: Int) -> [UInt8] {
    let lines = text.split(separator: 0x0A, omittingEmptySubsequences: false)
    let first = below(lines.count)
    return Array(lines[first..<min(lines.count, first + 1 + below(count))].joined(separator: [0x0A]))
  }

  mutating func damage(_ text: inout [UInt8]) {
    let place = below(text.count + 1)
    switch below(5) {
    case 0: text.removeSubrange(place..<min(text.count, place + 1 + below(4)))
    case 1: if place < text.count { text[place] = Array("\n :-#'\"{}[],|>&*!%@\t?".utf8)[below(21)] }
    case 2:
      let source = below(text.count + 1)
      text.insert(contentsOf: Array(text[source..<min(text.count, source + below(20))]), at: place)
    default: text.insert(contentsOf: piece().utf8, at: place)
    }
  }
}
#endif
