import EdgeStore

/// A change that the cache could not take in. Nothing of it was kept, so the sender must not be told that it was.
public struct CacheError: Error, Sendable, CustomStringConvertible {
  public struct Code: Hashable, Sendable {
    let name: String
    /// The object has no name, an unknown kind or is not valid JSON.
    public static let invalidObject = Code(name: "invalidObject")
    /// The store refused or failed; `cause` says whether trying again helps.
    public static let store = Code(name: "store")
  }
  public let code: Code
  public let message: String
  public let cause: StoreError?

  public init(code: Code, message: String, cause: StoreError? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  public var isRetryable: Bool { cause?.isRetryable ?? false }
  public var description: String { message }
}
