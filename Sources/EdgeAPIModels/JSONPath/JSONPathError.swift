/// Why a JSONPath template cannot be read, or does not fit a value.
public struct JSONPathError: Error, Hashable, Sendable, CustomStringConvertible {
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }

    /// The template is not in the grammar.
    public static let syntax = Code(rawValue: "syntax")
    /// No value has the field, and missing keys are refused.
    public static let missingKey = Code(rawValue: "missingKey")
    /// An index, a slice or a filter on what is no array.
    public static let notAnArray = Code(rawValue: "notAnArray")
    /// An index or a slice beyond the ends of an array.
    public static let indexOutOfBounds = Code(rawValue: "indexOutOfBounds")
    /// A filter compares values of different types, or objects, arrays or null.
    public static let notComparable = Code(rawValue: "notComparable")
    /// More values visited or bytes printed than ``JSONPath/Limits`` allow, or a template too long or nested too deep.
    public static let limitExceeded = Code(rawValue: "limitExceeded")
  }

  public let code: Code
  public let message: String
  /// Bytes from the beginning of the template; nil for errors that arise on a value.
  public let offset: Int?

  public init(_ code: Code, _ message: String, offset: Int? = nil) {
    self.code = code
    self.message = message
    self.offset = offset
  }

  public var description: String { offset.map { "offset \($0): \(message)" } ?? message }
}
