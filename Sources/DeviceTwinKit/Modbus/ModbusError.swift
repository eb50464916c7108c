/// Why a Modbus exchange failed.
public struct ModbusError: Error, Sendable, CustomStringConvertible {
  public struct Code: Hashable, Sendable {
    public let name: String
    private init(_ name: String) { self.name = name }

    /// The device answered with ``ModbusError/exception``; nothing has taken effect unless it says `acknowledge`.
    public static let exception = Code("exception")
    /// No answer in time. A write may have taken effect.
    public static let timeout = Code("timeout")
    /// No connection could be made, or it ended. A write may have taken effect.
    public static let closed = Code("closed")
    /// The answer breaks the protocol. A write may have taken effect.
    public static let malformed = Code("malformed")
    /// The request cannot be put on the wire; nothing was sent.
    public static let invalidRequest = Code("invalidRequest")
    /// Too many requests wait already; nothing was sent.
    public static let overloaded = Code("overloaded")
    /// The caller's task was cancelled. A write may have taken effect.
    public static let cancelled = Code("cancelled")
  }

  public var code: Code
  public var message: String
  public var cause: (any Error)?

  public init(code: Code, message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  public init(exception: ModbusException) {
    self.init(code: .exception, message: exception.description, cause: exception)
  }

  public var exception: ModbusException? { cause as? ModbusException }
  public var description: String { "\(code.name): \(message)" }
}
