/// Bytes that are not a message.
public struct MessageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// An extensible set of reasons.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    public let description: String
    private init(_ description: String) { self.description = description }

    /// Not JSON, or JSON cut short.
    public static let malformed = Code("malformed")
    /// A member of the header or the route has another JSON type than KubeEdge gives it.
    public static let wrongType = Code("wrongType")
    /// A member occurs twice: two readers could then see two different routes in the same bytes.
    public static let duplicateMember = Code("duplicateMember")
    /// Longer than ``MessageLimits/maximumBytes``.
    public static let tooLarge = Code("tooLarge")
    /// Nested deeper than ``MessageLimits/maximumDepth``.
    public static let tooDeep = Code("tooDeep")
  }

  public let code: Code
  public let message: String
  /// The byte at which reading stopped.
  public let offset: Int

  public init(code: Code, message: String, offset: Int) {
    self.code = code
    self.message = message
    self.offset = offset
  }

  public var description: String { "message \(code) at byte \(offset): \(message)" }
}
