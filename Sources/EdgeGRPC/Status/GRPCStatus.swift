#if Networking
/// How a call ended: what `grpc-status` and `grpc-message` say. Thrown by handlers to answer with an error.
public struct GRPCStatus: Error, Hashable, Sendable, CustomStringConvertible {
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    public static let ok = Code(rawValue: 0)
    public static let cancelled = Code(rawValue: 1)
    public static let unknown = Code(rawValue: 2)
    public static let invalidArgument = Code(rawValue: 3)
    public static let deadlineExceeded = Code(rawValue: 4)
    public static let notFound = Code(rawValue: 5)
    public static let alreadyExists = Code(rawValue: 6)
    public static let permissionDenied = Code(rawValue: 7)
    public static let resourceExhausted = Code(rawValue: 8)
    public static let failedPrecondition = Code(rawValue: 9)
    public static let aborted = Code(rawValue: 10)
    public static let outOfRange = Code(rawValue: 11)
    public static let unimplemented = Code(rawValue: 12)
    public static let internalError = Code(rawValue: 13)
    public static let unavailable = Code(rawValue: 14)
    public static let dataLoss = Code(rawValue: 15)
    public static let unauthenticated = Code(rawValue: 16)

    private static let names = [
      "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
      "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
      "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ]

    public var description: String {
      Self.names.indices.contains(rawValue) ? Self.names[rawValue] : "CODE_\(rawValue)"
    }
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String = "") {
    self.code = code
    self.message = message
  }

  public static let ok = GRPCStatus(.ok)

  public var description: String { message.isEmpty ? "\(code)" : "\(code): \(message)" }

  /// What a handler's error means to the peer. Errors that are no status stay hidden: they may tell what they should not.
  init(handlerError error: any Error) {
    switch error {
    case let status as GRPCStatus: self = status
    case let error as GRPCCallError: self = error.status
    case is CancellationError: self = GRPCStatus(.cancelled, "the call was cancelled")
    default: self = GRPCStatus(.unknown, "the handler failed")
    }
  }
}
#endif
