#if Networking
/// Why a request got no response.
public struct HTTPClientError: Error, Sendable, CustomStringConvertible {
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    private init(_ description: String) { self.description = description }

    /// No connection could be made: refused, unreachable, or the name did not resolve.
    public static let refused = Code("refused")
    public static let connectTimeout = Code("connectTimeout")
    /// The handshake failed, in most cases because one side does not trust the other's certificate.
    public static let tls = Code("tls")
    /// Connected, but no complete response within the time given.
    public static let timeout = Code("timeout")
    /// The response is larger than the client's limit.
    public static let tooLarge = Code("tooLarge")
    /// The connection ended before the response was complete.
    public static let closed = Code("closed")
    /// The peer does not speak HTTP/1.1.
    public static let malformed = Code("malformed")
    /// The request itself cannot be sent: its target is not printable ASCII.
    public static let invalidRequest = Code("invalidRequest")
  }

  public let code: Code
  public let message: String
  public let cause: (any Error)?

  public init(code: Code, message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// Whether the same request may succeed later.
  public var isRetryable: Bool { [.refused, .connectTimeout, .timeout, .closed].contains(code) }
  /// Whether the server may have acted on the request.
  public var mayHaveBeenApplied: Bool { ![.refused, .connectTimeout, .tls, .invalidRequest].contains(code) }

  public var description: String { "\(code): \(message)" }
}
#endif
