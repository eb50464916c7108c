#if YAML
import EdgeAPIModelsYAML
import EdgeJSON
import Testing

@Suite("YAML: hostile input")
struct YAMLHostileInputTests {
  @Test("what is broken or too much ends in a typed error", .timeLimit(.minutes(5)), arguments: Bomb.all)
  func bombs(bomb: Bomb) {
    let start = ContinuousClock.now
    let error = #expect(throws: ManifestError.self) { try KubernetesYAML.value(parsing: bomb.bytes) }
    if let reason = bomb.reason { #expect(error?.message.contains(reason) == true, "\(String(describing: error))") }
    // Two megabytes in a debug build; what is not linear takes hours.
    #expect(ContinuousClock.now - start < .seconds(60))
  }

  @Test("what is large but sound is read", .timeLimit(.minutes(5)))
  func largeTexts() throws {
    let megabytes = 2 << 20
    let text = String(repeating: "x", count: megabytes)
    for form in ["\(text)", "'\(text)'", "\"\(text)\"", "|\n  \(text)", ">\n  \(text)"] {
      #expect(try KubernetesYAML.value(parsing: "a: \(form)\n")["a"]?.stringValue?.utf8.count ?? 0 >= megabytes)
    }
    let margin = String(repeating: " ", count: megabytes)
    #expect(try KubernetesYAML.value(parsing: "a:\n\(margin)b: c\n") == ["a": ["b": "c"]])
    let lines = String(repeating: "\n", count: megabytes)
    #expect(try KubernetesYAML.value(parsing: "a:\(lines)b: c\n") == ["a": .null, "b": "c"])
    #expect(try KubernetesYAML.value(parsing: "a: x\(lines)  y\n")["a"]?.stringValue?.utf8.count == megabytes + 1)
    let keys = (0..<100_000).map { "k\($0): v\n" }.joined()
    #expect(try KubernetesYAML.value(parsing: keys).objectValue?.count == 100_000)
    let nested = String(repeating: "[", count: 512) + String(repeating: "]", count: 512)
    #expect(throws: Never.self) { try KubernetesYAML.value(parsing: nested) }
  }
}

struct Bomb: Sendable, CustomTestStringConvertible {
  let name: String
  let bytes: [UInt8]
  /// A part of the message that is expected.
  let reason: String?

  var testDescription: String { name }

  private init(_ name: String, _ text: String, reason: String? = nil) {
    self.init(name, Array(text.utf8), reason: reason)
  }

  private init(_ name: String, _ bytes: [UInt8], reason: String? = nil) {
    self.name = name
    self.bytes = bytes
    self.reason = reason
  }

  static let all: [Bomb] = {
    func times(_ count: Int, _ text: String) -> String { String(repeating: text, count: count) }
    let much = 2 << 20
    let steps = (0..<3_000).map { times($0, " ") + "a:\n" }.joined()
    return [
      Bomb("flow lists in one another", times(much, "["), reason: "512 nested"),
      Bomb("flow mappings in one another", times(much / 4, "{a: "), reason: "512 nested"),
      Bomb("lists in one another", times(much / 2, "- "), reason: "512 nested"),
      Bomb("mappings in one another", steps, reason: "512 nested"),
      Bomb("513 levels", times(513, "[") + "1" + times(513, "]"), reason: "512 nested"),
      Bomb("too many values", "[" + times(2_000_001, "a,") + "]", reason: "2000000 values"),
      Bomb("too many bytes", times(8 << 20, " ") + "a", reason: "more than the limit"),
      Bomb("an open quote", "a: '" + times(much, "x"), reason: "unexpected end of stream"),
      Bomb("an open double quote", "a: \"" + times(much / 2, "\\n"), reason: "unexpected end of stream"),
      Bomb("open quotes, line by line", times(much / 5, "a: '\n")),
      Bomb("an open list", "a: [" + times(much / 3, "b, ")),
      Bomb("a list of commas", "[" + times(much, ",") + "]"),
      Bomb("keys without colon", times(much / 2, "a\n") + "b: c"),
      Bomb("colons", times(much / 2, ": ")),
      Bomb("a key of a megabyte", times(1 << 20, "k") + ": v"),
      Bomb("an undefined alias", "a: *b", reason: "undefined alias"),
      Bomb("unknown escapes", "a: \"\\q\"", reason: "escape"),
      Bomb("half of a surrogate pair", "a: \"\\ud800\"", reason: "Unicode"),
      Bomb("a zero", "a: b\u{0}c\n", reason: "control characters"),
      Bomb("a zero behind the text", "a: b\n\u{0}", reason: "control characters"),
      Bomb("a zero in quotes", "a: \"\u{0}\"\n", reason: "control characters"),
      Bomb("a bell", "a: \u{7}\n", reason: "control characters"),
      Bomb("bytes that begin no character", [0x61, 0x3A, 0x20, 0xFF, 0x0A], reason: "invalid UTF-8"),
      Bomb("a character cut off", [0x61, 0x3A, 0x20, 0xE2, 0x82], reason: "invalid UTF-8"),
      Bomb("an overlong zero", [0x61, 0x3A, 0x20, 0xC0, 0x80], reason: "invalid UTF-8"),
      Bomb("an infinite number", "a: .inf", reason: "no number that JSON can hold"),
      Bomb("a tab as indentation", "a:\n\tb: c\n", reason: "cannot start any token"),
      Bomb("two roots", "a: 1\n---\nb: 2\n", reason: "second document"),
    ]
  }()
}
#endif
