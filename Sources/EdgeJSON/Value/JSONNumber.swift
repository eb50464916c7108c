/// A number kept as it was written: fractions, exponents and integers beyond 64 bits lose no digit.
///
/// Equality is that of the literals: `1.0`, `1.00` and `1e0` are three different values.
public struct JSONNumber: Hashable, Sendable, CustomStringConvertible {
  public let literal: String

  /// The literal must have been checked against the grammar.
  init(checkedLiteral: String) { literal = checkedLiteral }

  /// - Returns: nil when the text is not a number of RFC 8259 (for instance `+1`, `.5`, `01` or `NaN`).
  public init?(literal: String) {
    var scanner = JSONScanner(Array(literal.utf8))
    guard (try? scanner.scanNumber()) != nil, scanner.position == scanner.end else { return nil }
    self.literal = literal
  }

  /// The shortest literal that reads back as the same double; nil for infinities and NaN, which JSON cannot say.
  public init?(_ value: Double) {
    guard value.isFinite else { return nil }
    literal = value.description
  }

  /// The nearest double; nil beyond the range of a double.
  public var doubleValue: Double? {
    guard let value = Double(literal), value.isFinite else { return nil }
    return value
  }

  public var description: String { literal }
}
