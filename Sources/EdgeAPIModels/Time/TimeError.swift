/// Why something is no time or no duration.
public struct TimeError: Error, Hashable, Sendable, CustomStringConvertible {
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }

    /// The text does not have the form that is asked for.
    public static let malformed = Code(rawValue: "malformed")
    /// The form is good, but there is no such month, day, hour, minute, second or offset, or the duration is too long.
    public static let outOfRange = Code(rawValue: "outOfRange")
    /// The JSON value is no string.
    public static let type = Code(rawValue: "type")
  }

  public let code: Code
  public let message: String

  public init(code: Code, message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }

  static func malformed(_ message: String) -> TimeError { TimeError(code: .malformed, message: message) }
  static func outOfRange(_ message: String) -> TimeError { TimeError(code: .outOfRange, message: message) }
  static let type = TimeError(code: .type, message: "a time or a duration must be a JSON string")
}
