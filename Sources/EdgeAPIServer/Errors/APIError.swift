import EdgeAPIModels
import EdgeJSON

/// A refusal by the API, in the words and with the codes of Kubernetes (`k8s.io/apimachinery/pkg/api/errors`).
///
/// ``Code`` alone tells a caller what to do: retry, read again, give up. The message is for people; it never holds a
/// credential.
public struct APIError: Error, Sendable, CustomStringConvertible {
  public let code: Code
  public let message: String
  public let details: Details?
  /// The error of a lower layer that led to this one; for logs, never sent to a client.
  public let cause: (any Error)?

  public init(_ code: Code, _ message: String, details: Details? = nil, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.details = details
    self.cause = cause
  }

  public var httpStatus: Int { code.httpStatus }
  public var description: String { "\(code.reason): \(message)" }

  /// True when the same call may succeed later without any change by the caller.
  public var isRetryable: Bool { [.unavailable, .timeout, .tooManyRequests, .internalError].contains(code) }
  /// True when the write of the failed call may nevertheless have happened.
  public var mayHaveBeenApplied: Bool { [.timeout, .internalError].contains(code) }
}

extension APIError {
  /// The kind of refusal: Kubernetes' `reason` together with its HTTP status.
  public struct Code: Hashable, Sendable {
    /// metav1.StatusReason, for instance `AlreadyExists`.
    public let reason: String
    public let httpStatus: Int
    /// Tells codes apart that share a reason on the wire.
    private let name: String

    public init(reason: String, httpStatus: Int, name: String? = nil) {
      self.reason = reason
      self.httpStatus = httpStatus
      self.name = name ?? reason
    }

    public static let badRequest = Code(reason: "BadRequest", httpStatus: 400)
    public static let unauthorized = Code(reason: "Unauthorized", httpStatus: 401)
    public static let forbidden = Code(reason: "Forbidden", httpStatus: 403)
    public static let notFound = Code(reason: "NotFound", httpStatus: 404)
    /// The kind, resource or path itself is not served; an object of it can never be found.
    public static let unknownKind = Code(reason: "NotFound", httpStatus: 404, name: "UnknownKind")
    public static let methodNotAllowed = Code(reason: "MethodNotAllowed", httpStatus: 405)
    public static let notAcceptable = Code(reason: "NotAcceptable", httpStatus: 406)
    public static let alreadyExists = Code(reason: "AlreadyExists", httpStatus: 409)
    public static let conflict = Code(reason: "Conflict", httpStatus: 409)
    /// The asked history is compacted: list again and watch from there.
    public static let expired = Code(reason: "Expired", httpStatus: 410)
    public static let tooLarge = Code(reason: "RequestEntityTooLarge", httpStatus: 413)
    public static let unsupportedMediaType = Code(reason: "UnsupportedMediaType", httpStatus: 415)
    public static let invalid = Code(reason: "Invalid", httpStatus: 422)
    public static let tooManyRequests = Code(reason: "TooManyRequests", httpStatus: 429)
    public static let internalError = Code(reason: "InternalError", httpStatus: 500)
    public static let unavailable = Code(reason: "ServiceUnavailable", httpStatus: 503)
    public static let timeout = Code(reason: "Timeout", httpStatus: 504)
    /// No room left on the device; reads go on.
    public static let insufficientStorage = Code(reason: "InsufficientStorage", httpStatus: 507)
  }

  /// What the refusal is about: metav1.StatusDetails.
  public struct Details: Hashable, Sendable {
    public var name: String?
    public var group: String?
    /// The resource, or for ``Code/invalid`` the kind, as Kubernetes does.
    public var kind: String?
    public var causes: [FieldError]

    public init(name: String? = nil, group: String? = nil, kind: String? = nil, causes: [FieldError] = []) {
      self.name = name
      self.group = group
      self.kind = kind
      self.causes = causes
    }
  }
}
