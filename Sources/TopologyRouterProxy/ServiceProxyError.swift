#if Networking
/// A misuse of a ``ServiceProxy``. Trouble of single connections or ports never ends the proxy; it is counted and logged.
public struct ServiceProxyError: Error, Hashable, Sendable, CustomStringConvertible {
  public struct Code: Hashable, Sendable {
    private let name: String
    /// ``ServiceProxy/run()`` was called a second time. Make a new proxy instead; not worth a retry.
    public static let alreadyRun = Code(name: "alreadyRun")
  }

  public let code: Code
  public let message: String

  public var description: String { message }
}
#endif
