/// Why bytes are not the JSON that was asked for, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }

    /// A byte that the grammar does not allow here, or a value of another type than was asked for.
    public static let syntax = Code(rawValue: "syntax")
    /// The text ends inside a value.
    public static let unexpectedEnd = Code(rawValue: "unexpectedEnd")
    /// Something other than white space follows the value.
    public static let trailingData = Code(rawValue: "trailingData")
    /// A number outside the grammar, or outside 64 bits where an integer was asked for.
    public static let invalidNumber = Code(rawValue: "invalidNumber")
    /// An unknown escape, or half of a surrogate pair.
    public static let invalidEscape = Code(rawValue: "invalidEscape")
    public static let invalidUTF8 = Code(rawValue: "invalidUTF8")
    /// One object says a key twice.
    public static let duplicateKey = Code(rawValue: "duplicateKey")
    /// A value that is well-formed and not what was asked for, as a text that names another type than the expected one.
    public static let unexpectedType = Code(rawValue: "unexpectedType")
    /// More nested arrays and objects than ``JSONLimits/maximumDepth``.
    public static let depthExceeded = Code(rawValue: "depthExceeded")
    /// More bytes than ``JSONLimits/maximumBytes``.
    public static let sizeExceeded = Code(rawValue: "sizeExceeded")
  }

  public let code: Code
  public let message: String
  /// Bytes from the beginning of the text.
  public let offset: Int
  /// Counted from 1.
  public let line: Int
  /// Bytes from the beginning of the line, counted from 1.
  public let column: Int

  public init(code: Code, message: String, offset: Int, line: Int, column: Int) {
    self.code = code
    self.message = message
    self.offset = offset
    self.line = line
    self.column = column
  }

  public var description: String { "line \(line), column \(column): \(message)" }
}
