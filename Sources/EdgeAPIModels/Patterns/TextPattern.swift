/// A regular expression in RE2's syntax, as OpenAPI schemas of Kubernetes use it.
///
/// Only the question "does it match?" is answered, so groups capture nothing and lazy repetition means the same as greedy
/// repetition. A set of program steps is carried along the text, one scalar at a time (K. Thompson's construction): time
/// is bounded by the length of the text times the size of the program, whatever the pattern, and there is no
/// backtracking. Long texts take a step for each scalar once the sets they lead to are known. Letters beyond ASCII take
/// part in `(?i)` by their simple case mappings.
///
/// Left out: scripts in `\p{...}` (general categories are known), `\C`; RE2 itself has neither back references nor
/// look-around.
public struct TextPattern: Sendable {
  /// As it was written.
  public let source: String
  let program: PatternProgram

  /// - Throws: ``PatternError``; also for patterns whose program would be too large.
  public init(parsing source: String) throws(PatternError) {
    var parser = PatternParser(source)
    program = try PatternProgram(parser.parse())
    self.source = source
  }

  /// Whether the pattern matches anywhere in the text; `^` and `$` pin it to the ends.
  public func matches(_ text: String) -> Bool { program.matches(text) }
}
