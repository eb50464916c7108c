#if Networking
import EdgeHTTP
import EdgeJSON

/// Why a call to an API server failed: the server's refusal, or that there was no answer to be had.
///
/// ``code`` tells what to do; ``isRetryable`` and ``mayHaveBeenApplied`` follow from it. No credential is in any text.
public struct KubeClientError: Error, Sendable, CustomStringConvertible {
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    private init(_ description: String) { self.description = description }

    // Refusals by the server.
    public static let badRequest = Code("badRequest")
    public static let unauthorized = Code("unauthorized")
    public static let forbidden = Code("forbidden")
    /// The object, its kind or its path does not exist there.
    public static let notFound = Code("notFound")
    public static let methodNotAllowed = Code("methodNotAllowed")
    public static let alreadyExists = Code("alreadyExists")
    /// Somebody else changed the object: read it again.
    public static let conflict = Code("conflict")
    /// The history asked for is compacted: list again and watch from there.
    public static let expired = Code("expired")
    public static let tooLarge = Code("tooLarge")
    public static let unsupportedMediaType = Code("unsupportedMediaType")
    /// Validation failed; ``KubeClientError/causes`` names the fields.
    public static let invalid = Code("invalid")
    public static let tooManyRequests = Code("tooManyRequests")
    /// The server has trouble of its own.
    public static let serverFailure = Code("serverFailure")
    public static let unavailable = Code("unavailable")

    // No answer.
    /// No connection could be made.
    public static let unreachable = Code("unreachable")
    /// The handshake failed: one side does not trust the other's certificate.
    public static let tls = Code("tls")
    /// The connection ended, or time was up, before the answer was complete.
    public static let connectionLost = Code("connectionLost")
    /// The answer is not what an API server says.
    public static let malformedResponse = Code("malformedResponse")

    // The caller's own.
    /// The configuration or the object to send cannot be used.
    public static let misuse = Code("misuse")
  }

  /// One field that the server finds fault with.
  public struct Cause: Hashable, Sendable {
    public let field: String
    public let message: String
  }

  public let code: Code
  public let message: String
  public let httpStatus: Int?
  public let causes: [Cause]
  public let cause: (any Error)?

  public init(
    _ code: Code, _ message: String, httpStatus: Int? = nil, causes: [Cause] = [], cause: (any Error)? = nil
  ) {
    self.code = code
    self.message = message
    self.httpStatus = httpStatus
    self.causes = causes
    self.cause = cause
  }

  public var description: String { "\(code): \(message)" }

  /// Whether the same call may succeed later without any change by the caller.
  public var isRetryable: Bool {
    [.unreachable, .connectionLost, .unavailable, .serverFailure, .tooManyRequests].contains(code)
  }

  /// Whether a write that failed like this may nevertheless have happened.
  public var mayHaveBeenApplied: Bool { [.connectionLost, .serverFailure, .malformedResponse].contains(code) }
}

extension KubeClientError {
  init(_ error: HTTPClientError) {
    let code: Code =
      switch error.code {
      case .refused, .connectTimeout: .unreachable
      case .tls: .tls
      case .timeout, .closed: .connectionLost
      case .invalidRequest: .misuse
      default: .malformedResponse
      }
    self.init(code, error.message, cause: error)
  }

  /// Reads the metav1.Status of a refusal; an answer without one is told by its HTTP status.
  init(httpStatus: Int, body: [UInt8]) {
    let status = try? JSONValue(parsing: body)
    self.init(status: status, httpStatus: status?["code"]?.integerValue.map { Int(clamping: $0) } ?? httpStatus)
  }

  init(status: JSONValue?, httpStatus: Int) {
    let isStatus = status?["kind"]?.stringValue == "Status"
    let causes = isStatus ? status?["details"]?["causes"]?.arrayValue ?? [] : []
    self.init(
      Self.code(httpStatus, reason: isStatus ? status?["reason"]?.stringValue : nil),
      (isStatus ? status?["message"]?.stringValue : nil) ?? "the server answered with HTTP status \(httpStatus)",
      httpStatus: httpStatus,
      causes: causes.map {
        Cause(field: $0["field"]?.stringValue ?? "", message: $0["message"]?.stringValue ?? "")
      })
  }

  /// 409 has two meanings that only the reason tells apart.
  private static func code(_ httpStatus: Int, reason: String?) -> Code {
    switch httpStatus {
    case 400, 406: .badRequest
    case 401: .unauthorized
    case 403: .forbidden
    case 404: .notFound
    case 405: .methodNotAllowed
    case 409: reason == "AlreadyExists" ? .alreadyExists : .conflict
    case 410: .expired
    case 413: .tooLarge
    case 415: .unsupportedMediaType
    case 422: .invalid
    case 429: .tooManyRequests
    case 503, 504: .unavailable
    case 500...: .serverFailure
    default: .malformedResponse
    }
  }
}
#endif
