/// Why a text is not a regular expression that this package runs.
public struct PatternError: Error, Hashable, Sendable, CustomStringConvertible {
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }

    /// The text breaks the grammar.
    public static let syntax = Code(rawValue: "syntax")
    /// RE2 has no such construct (look-around, back references), or this package does not know it (`\C`, scripts).
    public static let unsupported = Code(rawValue: "unsupported")
    /// A repetition of more than 1000 times, nesting deeper than 200, or a program of more than 20 000 steps.
    public static let tooLarge = Code(rawValue: "tooLarge")
  }

  public let code: Code
  public let message: String
  /// Unicode scalars from the beginning of the pattern.
  public let offset: Int

  public init(code: Code, message: String, offset: Int) {
    self.code = code
    self.message = message
    self.offset = offset
  }

  public var description: String { "\(message) at \(offset)" }
}
