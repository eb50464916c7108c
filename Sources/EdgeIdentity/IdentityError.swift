#if Networking
/// Why a certificate could not be made, loaded, trusted or obtained.
public struct IdentityError: Error, Sendable, CustomStringConvertible {
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    private init(_ description: String) { self.description = description }

    /// A file could not be read or written.
    public static let io = Code("io")
    /// A file is there but does not hold what it should.
    public static let damaged = Code("damaged")
    /// A token, certificate, name or key given by the caller is not well formed.
    public static let malformed = Code("malformed")
    /// A signing request that is not DER PKCS#10, is not signed by its own key, or has a key of another kind than P-256.
    public static let badSigningRequest = Code("badSigningRequest")
    /// A signing request or certificate is for another node.
    public static let foreignName = Code("foreignName")
    /// The server's authority is not the one that the token pins.
    public static let wrongAuthority = Code("wrongAuthority")
    /// A certificate does not chain to the authority, or its key is not ours, or it is not valid now.
    public static let untrusted = Code("untrusted")
    /// The server refused for good: token expired or forged, name taken.
    public static let refused = Code("refused")
    /// The server could not be reached, or asked to come back later.
    public static let unavailable = Code("unavailable")
    /// The crypto library failed.
    public static let crypto = Code("crypto")
  }

  public let code: Code
  public let message: String
  public let cause: (any Error)?

  public init(code: Code, message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// Whether the same attempt may succeed later without anybody changing anything.
  public var isRetryable: Bool { code == .unavailable }

  public var description: String { "\(code): \(message)" }
}
#endif
