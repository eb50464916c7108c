import EdgeAPIModels

/// Why an operation on a resource failed, in Kubernetes' reasons.
///
/// From the reason alone a caller can tell what to do; whether trying again helps is ``isRetryable``, whether a write may
/// be there all the same is ``mayHaveBeenApplied``.
public struct ResourceError: Error, Sendable, CustomStringConvertible {
  /// metav1.StatusReason. Extensible: match the ones you handle, treat others as a failure.
  public struct Reason: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }

    public static let notFound = Reason(rawValue: "NotFound")
    public static let alreadyExists = Reason(rawValue: "AlreadyExists")
    /// Somebody else changed the object, or a precondition does not hold: read it again.
    public static let conflict = Reason(rawValue: "Conflict")
    /// The history asked for is compacted: list again, and watch from there.
    public static let expired = Reason(rawValue: "Expired")
    /// The request or the object breaks a rule; the message names the field.
    public static let invalid = Reason(rawValue: "Invalid")
    public static let tooLarge = Reason(rawValue: "RequestEntityTooLarge")
    /// What is stored cannot be read as an object.
    public static let unreadable = Reason(rawValue: "StorageReadError")
    /// The version asked for lies ahead of the store.
    public static let timeout = Reason(rawValue: "Timeout")
    public static let unauthorized = Reason(rawValue: "Unauthorized")
    public static let forbidden = Reason(rawValue: "Forbidden")
    public static let unavailable = Reason(rawValue: "ServiceUnavailable")
    /// No room left; reads go on.
    public static let insufficientStorage = Reason(rawValue: "InsufficientStorage")
    public static let internalError = Reason(rawValue: "InternalError")
  }

  public let reason: Reason
  public let message: String
  public let cause: (any Error)?
  /// Whether the same call may succeed later without any change by the caller.
  public let isRetryable: Bool
  /// Whether a write that failed with this error may nevertheless be found later.
  public let mayHaveBeenApplied: Bool

  public init(
    _ reason: Reason, _ message: String, cause: (any Error)? = nil, isRetryable: Bool? = nil,
    mayHaveBeenApplied: Bool = false
  ) {
    self.reason = reason
    self.message = message
    self.cause = cause
    self.isRetryable = isRetryable ?? (reason == .unavailable || reason == .timeout)
    self.mayHaveBeenApplied = mayHaveBeenApplied
  }

  public var description: String { "\(reason): \(message)" }
}

extension ResourceError {
  static func notFound(_ key: ObjectKey) -> ResourceError {
    ResourceError(.notFound, "\(key.resource) \"\(key.name)\" not found")
  }

  static func alreadyExists(_ key: ObjectKey) -> ResourceError {
    ResourceError(.alreadyExists, "\(key.resource) \"\(key.name)\" already exists")
  }

  static func conflict(_ key: ObjectKey, _ why: String) -> ResourceError {
    ResourceError(.conflict, "operation cannot be fulfilled on \(key.resource) \"\(key.name)\": \(why)")
  }

  static func invalid(_ key: ObjectKey, _ field: String, _ problem: String) -> ResourceError {
    ResourceError(.invalid, "\(key.resource) \"\(key.name.prefix(80))\" is invalid: \(field): \(problem)")
  }

  static func unreadable(_ object: UnreadableObject) -> ResourceError {
    ResourceError(.unreadable, "stored object \(object.key) cannot be read: \(object.error)", cause: object.error)
  }
}
