#if Networking
import EdgePrimitives

/// Why a hub does not take a message for a node. Nothing was queued.
public struct HubError: Error, Hashable, Sendable, CustomStringConvertible {
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    public let description: String
    private init(_ description: String) { self.description = description }

    /// The cluster has no such node. Retrying is useless.
    public static let unknownNode = Code("unknown node")
    /// The message is malformed, too large, or of a class that carries none. Retrying is useless.
    public static let invalid = Code("invalid")
    /// Too much waits already. Retry later.
    public static let overloaded = Code("overloaded")
    /// The hub's store cannot take it.
    public static let store = Code("store")
  }

  public let code: Code
  public let message: String
  public let cause: String?

  public init(_ code: Code, _ message: String, cause: String? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  public var isRetryable: Bool { code == .overloaded || code == .store }
  public var description: String { "\(code): \(message)" + (cause.map { " (\($0))" } ?? "") }
}
#endif
