import EdgePrimitives
import Testing

@testable import EdgeAPIModels

@Suite("Patterns")
struct TextPatternTests {
  @Test(
    "patterns match as RE2 matches them",
    arguments: [
      ("abc", "xabcx", true), ("^abc$", "xabc", false), ("", "", true), ("a|b", "c", false),
      ("^(a|bc)*$", "abcbca", true),
      ("^a{2,3}$", "aaaa", false), ("^a{2,}$", "aaaa", true), ("^a{2}$", "aa", true), ("a{,2}", "a{,2}", true),
      ("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "edge-1", true), ("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "-edge", false),
      ("^[^abc]+$", "xyz", true), ("^[^abc]+$", "xyb", false), (#"^\d+\.\d*$"#, "12.", true),
      (#"^\w+\s\W$"#, "ab !", true),
      (#"\bword\b"#, "a word.", true), (#"\bword\b"#, "swords", false), (#"\Bord"#, "word", true),
      (#"\Aab\z"#, "ab", true),
      ("(?i)straße", "STRASSE", false), ("(?i)^äB$", "ÄB", true), ("(?i:a)b", "Ab", true), ("(?i:a)b", "AB", false),
      ("(?m)^b$", "a\nb\nc", true), ("^b$", "a\nb\nc", false), ("a.c", "a\nc", false), ("(?s)a.c", "a\nc", true),
      ("^[[:alpha:]]+$", "abZ", true), ("^[[:^digit:]]+$", "a1", false), (#"^\p{Lu}\pL+$"#, "Édge", true),
      (#"^\P{L}$"#, "1", true), (#"^[\d\-x]+$"#, "1-x", true), (#"^[^\d]$"#, "5", false), (#"^[\D]$"#, "5", false),
      (#"^\x41\x{1F600}\101?$"#, "A😀A", true), (#"^\x41\x{1F600}$"#, "A😀", true), ("^(?P<n>a)(?<m>b)$", "ab", true),
      (#"^\Qa.b*\E$"#, "a.b*", true), ("^a*?b+?c??$", "aab", true), ("x{1001", "x{1001", true), ("^[]a]+$", "]a", true),
      ("^[a-]+$", "a-", true), (#"^\/\.\_$"#, "/._", true), ("^.$", "é", true), ("a||b", "", true), ("()*", "x", true),
    ] as [(String, String, Bool)])
  func matching(source: String, text: String, expected: Bool) throws {
    #expect(try TextPattern(parsing: source).matches(text) == expected)
  }

  @Test(
    "what RE2 does not have, or what is too large, is an error of its own code",
    arguments: [
      ("(", .syntax), (")", .syntax), ("a**", .syntax), ("*a", .syntax), ("[z-a]", .syntax), ("[a", .syntax),
      ("\\", .syntax),
      ("a{3,2}", .syntax), ("(?z)", .syntax), ("[[:nope:]]", .syntax), ("\\y", .syntax), ("(?=a)", .unsupported),
      ("(?<!a)", .unsupported), (#"(a)\1"#, .unsupported), (#"\C"#, .unsupported), (#"\p{Greek}"#, .unsupported),
      ("a{1001}", .tooLarge), ("(a{100}){100}", .tooLarge), ("a{2}{3}", .syntax), ("((a{100}){100}){100}", .tooLarge),
      (String(repeating: "(", count: 5000), .tooLarge),
      ("(((((){1000}){1000}){1000}|){1000}){1000}", .tooLarge),
    ] as [(String, PatternError.Code)])
  func errors(source: String, code: PatternError.Code) {
    do {
      _ = try TextPattern(parsing: source)
      Issue.record("\(source) was accepted")
    } catch {
      #expect(error.code == code, "\(error)")
    }
  }

  @Test("patterns that make a backtracking engine explode take linear time")
  func linear() throws {
    let text = String(repeating: "a", count: 20_000)
    #expect(try TextPattern(parsing: "^(a+)+$").matches(text + "b") == false)
    #expect(try TextPattern(parsing: "^(a|aa)*c$").matches(text) == false)
    #expect(try TextPattern(parsing: "(a*)*(a*)*b").matches(text) == false)
  }

  @Test("no text over the alphabet of patterns makes the parser trap")
  func fuzz() {
    let seed = UInt64.random(in: 0...(.max))
    let entropy = SeededEntropy(seed: seed)
    func below(_ bound: Int) -> Int { Int(entropy.next() % UInt64(bound)) }
    let alphabet = Array("ab01()[]{}|*+?.^$\\,-:^dDsSwWbBpPLxQEiI?<>=!é")
    var accepted = 0
    for _ in 0..<20_000 {
      let length = below(13)
      let source = String((0..<length).map { _ in alphabet[below(alphabet.count)] })
      guard let pattern = try? TextPattern(parsing: source) else { continue }
      _ = pattern.matches("ab01-é\n")
      accepted += 1
    }
    #expect(accepted > 1000, "seed \(seed)")
  }

  @Test("the automaton for long texts answers as the plain machine does")
  func automaton() {
    let seed = UInt64.random(in: 0...(.max))
    let entropy = SeededEntropy(seed: seed)
    func below(_ bound: Int) -> Int { Int(entropy.next() % UInt64(bound)) }
    let pieces = ["a", "b", ".", "^", "$", "(a|b)", "[^a]", "*", "+", "?", "{0,3}", "|", "(", ")", "é", "[a-é]", "c"]
    let letters = Array("abcé")
    var compared = 0
    var matched = 0
    for _ in 0..<4000 {
      let source = (0..<(1 + below(7))).map { _ in pieces[below(pieces.count)] }.joined()
      guard let pattern = try? TextPattern(parsing: source) else { continue }
      for _ in 0..<4 {
        let text = String((0..<below(12)).map { _ in letters[below(letters.count)] })
        let expected = pattern.program.matches(text, automatonFrom: .max)
        let found = pattern.program.matches(text, automatonFrom: 0)
        #expect(found == expected, "seed \(seed): \(source) against \(text)")
        compared += 1
        if expected { matched += 1 }
      }
    }
    #expect(compared > 1000 && matched > 100)
  }

  @Test("an automaton that outgrows its bounds starts again and answers the same")
  func forgetfulAutomaton() throws {
    let entropy = SeededEntropy(seed: 7)
    let text = String((0..<6000).map { _ in entropy.next() & 1 == 0 ? "a" : "b" } as [Character])
    let pattern = try TextPattern(parsing: "a(a|b){30}c|c(a|b){13}$")
    #expect(!pattern.matches(text))
    #expect(pattern.matches(text + "c" + String(repeating: "a", count: 13)))
    #expect(!pattern.matches(text + "c" + String(repeating: "a", count: 14)))
  }
}
