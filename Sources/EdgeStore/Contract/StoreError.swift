/// Why a call to a store failed.
///
/// The code alone says whether trying again can help (``isRetryable``) and whether a write may have taken effect
/// (``mayHaveBeenApplied``). A compare that did not hold is no error but ``TransactionResponse/succeeded`` == false.
public struct StoreError: Error, Sendable, CustomStringConvertible {
  public let code: Code
  public let message: String
  public let cause: (any Error)?
  /// With code `compacted`: the oldest revision that can still be read.
  public let compactedRevision: Revision?

  public init(_ code: Code, _ message: String, cause: (any Error)? = nil, compactedRevision: Revision? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
    self.compactedRevision = compactedRevision
  }

  /// An extensible code: match the ones you handle and treat the rest as a failure of the store.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The revision asked for has been compacted: list anew.
    public static let compacted = Code(rawValue: "compacted")
    /// The revision asked for has not happened yet.
    public static let futureRevision = Code(rawValue: "futureRevision")
    /// A key is empty.
    public static let keyNotProvided = Code(rawValue: "keyNotProvided")
    /// A put that keeps the value or the lease of a key that does not exist.
    public static let keyNotFound = Code(rawValue: "keyNotFound")
    /// A put that keeps the value carries one.
    public static let valueProvided = Code(rawValue: "valueProvided")
    /// A put that keeps the lease carries one.
    public static let leaseProvided = Code(rawValue: "leaseProvided")
    /// The lease was never granted, was revoked, or has ended.
    public static let leaseNotFound = Code(rawValue: "leaseNotFound")
    /// A lease with the asked id exists already.
    public static let leaseExists = Code(rawValue: "leaseExists")
    /// A time to live is longer than ``Lease/maximumTimeToLive``.
    public static let leaseTTLTooLarge = Code(rawValue: "leaseTTLTooLarge")
    /// One branch of a transaction writes a key twice.
    public static let duplicateKey = Code(rawValue: "duplicateKey")
    /// A transaction is longer than ``StoreLimits`` allows.
    public static let tooManyOperations = Code(rawValue: "tooManyOperations")
    /// A transaction is larger than ``StoreLimits`` allows.
    public static let requestTooLarge = Code(rawValue: "requestTooLarge")
    /// Too many transactions wait for the writer; this one was refused, unapplied.
    public static let overloaded = Code(rawValue: "overloaded")
    /// The disk or the store's quota is full; the write was not applied, reads go on.
    public static let noSpace = Code(rawValue: "noSpace")
    /// The disk failed while writing; the change may or may not be there after the next opening.
    public static let io = Code(rawValue: "io")
    /// The disk failed earlier: nothing is written until the store is opened again. Reads go on.
    public static let readOnly = Code(rawValue: "readOnly")
    /// The file cannot be opened: missing directory, no permission, not a file.
    public static let cannotOpen = Code(rawValue: "cannotOpen")
    /// Another process (or another store in this one) has the file open.
    public static let locked = Code(rawValue: "locked")
    /// The file is not a database, is truncated, or its content contradicts itself.
    public static let damaged = Code(rawValue: "damaged")
    /// A sound database that is not ours, or that a newer version has written.
    public static let incompatible = Code(rawValue: "incompatible")
    /// The store was closed.
    public static let closed = Code(rawValue: "closed")
    /// The store could not be reached, or cannot serve at present; the call had no effect.
    public static let unavailable = Code(rawValue: "unavailable")
    /// The connection or the time ran out after a write was sent: it may have been applied, or be applied yet.
    public static let outcomeUnknown = Code(rawValue: "outcomeUnknown")
    /// The calling task was cancelled; the call had no effect.
    public static let cancelled = Code(rawValue: "cancelled")
    /// The store does not let this client do it: no or a wrong identity, or no permission.
    public static let denied = Code(rawValue: "denied")
    /// The caller broke a rule of the API; the message names it.
    public static let misuse = Code(rawValue: "misuse")
  }

  /// Whether the same call can succeed later without anything being repaired or changed by the caller.
  public var isRetryable: Bool { code == .overloaded || code == .locked || code == .unavailable }

  /// Whether a write that failed with this error may nevertheless be found in the store later.
  public var mayHaveBeenApplied: Bool { code == .io || code == .outcomeUnknown }

  public var description: String {
    cause.map { "\(code.rawValue): \(message) (\($0))" } ?? "\(code.rawValue): \(message)"
  }
}

extension StoreError {
  package static func compacted(_ asked: Revision, compactedRevision: Revision) -> StoreError {
    StoreError(
      .compacted, "revision \(asked) has been compacted; the oldest readable revision is \(compactedRevision)",
      compactedRevision: compactedRevision)
  }

  package static func future(_ asked: Revision, current: Revision) -> StoreError {
    StoreError(.futureRevision, "revision \(asked) is in the future; the store stands at \(current)")
  }

  package static let keyNotProvided = StoreError(.keyNotProvided, "a key must not be empty")
  package static func leaseNotFound(_ id: LeaseID) -> StoreError {
    StoreError(.leaseNotFound, "there is no lease \(id)")
  }

  package static let closed = StoreError(.closed, "the store is closed")
}
