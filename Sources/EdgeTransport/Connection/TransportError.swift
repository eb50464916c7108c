/// Why a connection could not be made, or why it ended.
public struct TransportError: Error, Sendable, CustomStringConvertible {
  /// An extensible set of reasons.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }

    /// The connection was closed in good order, by this end or by the peer.
    public static let closed = Code("closed")
    /// The link broke without a close.
    public static let connectionLost = Code("connectionLost")
    /// The peer does not answer: a half-open link, a connect or an upgrade that took too long.
    public static let timedOut = Code("timedOut")
    /// Nobody listens there, or the name does not resolve.
    public static let unreachable = Code("unreachable")
    /// TLS failed: a wrong CA, a wrong name, an expired or a missing certificate.
    public static let insecure = Code("insecure")
    /// The hub answered the upgrade with an HTTP error; see ``TransportError/status``.
    public static let refused = Code("refused")
    /// A message over the limit.
    public static let tooLarge = Code("tooLarge")
    /// The peer broke the protocol.
    public static let protocolViolation = Code("protocolViolation")
    /// A newer session of the same node took this one's place.
    public static let takenOver = Code("takenOver")
    /// The other end is there and in order, and speaks no frames. It will say so again: fall back to KubeEdge's messages, or
    /// to another carrier.
    public static let framesNotSpoken = Code("framesNotSpoken")
    /// The task that waited was cancelled; the message was not accepted.
    public static let cancelled = Code("cancelled")
  }

  public var code: Code { details.code }
  public var message: String { details.message }
  public var cause: (any Error)? { details.cause }
  /// The HTTP status of a refusal.
  public var status: Int? { details.status }
  /// How long a refusing hub asks to be left alone.
  public var retryAfter: Duration? { details.retryAfter }

  /// Behind one pointer: every frame of a function that waits and may throw has room for the error, and in a session there are
  /// many of them.
  private let details: Details

  private final class Details: Sendable {
    let code: Code
    let message: String
    let cause: (any Error)?
    let status: Int?
    let retryAfter: Duration?

    init(code: Code, message: String, cause: (any Error)?, status: Int?, retryAfter: Duration?) {
      self.code = code
      self.message = message
      self.cause = cause
      self.status = status
      self.retryAfter = retryAfter
    }
  }

  public init(
    code: Code, message: String, cause: (any Error)? = nil, status: Int? = nil, retryAfter: Duration? = nil
  ) {
    details = Details(code: code, message: message, cause: cause, status: status, retryAfter: retryAfter)
  }

  /// Whether the same attempt may succeed later without a change of configuration. A refusal for who we are (4xx
  /// other than 408 and 429) and a failed TLS check stay as they are until somebody acts.
  public var isRetryable: Bool {
    switch code {
    case .insecure, .tooLarge, .protocolViolation, .framesNotSpoken: false
    case .refused: status.map { $0 >= 500 || $0 == 408 || $0 == 429 } ?? true
    default: true
    }
  }

  public var description: String {
    var text = "\(code): \(message)"
    if let cause { text += " (\(cause))" }
    return text
  }
}
