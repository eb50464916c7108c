#if Networking
/// Why a member or a cluster of etcd could not be set up, run or changed.
public struct EtcdClusterError: Error, Sendable, CustomStringConvertible {
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The configuration contradicts itself or what is on the disk.
    public static let misconfigured = Code(rawValue: "misconfigured")
    /// A program could not be started.
    public static let notRunnable = Code(rawValue: "notRunnable")
    /// A program ran and failed; the message holds what it said.
    public static let failed = Code(rawValue: "failed")
    /// A file could not be read or written.
    public static let io = Code(rawValue: "io")
    /// The member was removed from its cluster; it must not be started again with its data.
    public static let removed = Code(rawValue: "removed")
    /// The cluster refuses: token wrong or expired, name or URL taken.
    public static let refused = Code(rawValue: "refused")
    /// The cluster cannot be reached or cannot do it at present: try again.
    public static let unavailable = Code(rawValue: "unavailable")
  }

  public let code: Code
  public let message: String
  public let cause: (any Error)?

  public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  public var isRetryable: Bool { code == .unavailable }

  public var description: String { cause.map { "\(message) (\($0))" } ?? message }
}
#endif
