extension Etcd {
  /// An error of etcd. Clients tell them apart by their texts, so these are upstream's to the letter.
  public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The number of the gRPC status.
    public let code: Int
    public let message: String

    public init(code: Int, message: String) {
      self.code = code
      self.message = message
    }

    public var description: String { message }

    private init(_ code: Code, _ text: String) { self.init(code: code.rawValue, message: "etcdserver: \(text)") }

    private enum Code: Int {
      case invalidArgument = 3
      case notFound = 5
      case resourceExhausted = 8
      case failedPrecondition = 9
      case outOfRange = 11
      case unavailable = 14
      case dataLoss = 15
    }

    // MARK: - Requests that can never succeed

    public static let emptyKey = Failure(.invalidArgument, "key is not provided")
    public static let keyNotFound = Failure(.invalidArgument, "key not found")
    public static let valueProvided = Failure(.invalidArgument, "value is provided")
    public static let leaseProvided = Failure(.invalidArgument, "lease is provided")
    public static let tooManyOperations = Failure(.invalidArgument, "too many operations in txn request")
    public static let duplicateKey = Failure(.invalidArgument, "duplicate key given in txn request")
    public static let invalidSortOption = Failure(.invalidArgument, "invalid sort option")
    public static let requestTooLarge = Failure(.invalidArgument, "request is too large")

    // MARK: - Revisions and leases

    public static let compacted = Failure(.outOfRange, "mvcc: required revision has been compacted")
    public static let futureRevision = Failure(.outOfRange, "mvcc: required revision is a future revision")
    public static let leaseTTLTooLarge = Failure(.outOfRange, "too large lease TTL")
    public static let leaseNotFound = Failure(.notFound, "requested lease not found")
    public static let leaseExists = Failure(.failedPrecondition, "lease already exists")

    // MARK: - The state of the server

    public static let noSpace = Failure(.resourceExhausted, "mvcc: database space exceeded")
    public static let tooManyRequests = Failure(.resourceExhausted, "too many requests")
    public static let notLeader = Failure(.failedPrecondition, "not leader")
    public static let clusterIDMismatch = Failure(.failedPrecondition, "cluster ID mismatch")
    public static let corrupt = Failure(.dataLoss, "corrupt cluster")
    public static let noLeader = Failure(.unavailable, "no leader")
    public static let leaderChanged = Failure(.unavailable, "leader changed")
    public static let stopped = Failure(.unavailable, "server stopped")
    public static let timeout = Failure(.unavailable, "request timed out")
    public static let unhealthy = Failure(.unavailable, "unhealthy cluster")

    /// Why a watch was refused whose id is in use on its stream; not a status, but the reason in its response.
    public static let duplicateWatchID = "mvcc: duplicate watch ID provided on the WatchStream"
  }
}
