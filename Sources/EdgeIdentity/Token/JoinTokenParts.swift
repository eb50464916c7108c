#if Networking
/// A join token as a node sees it: the hash that pins the cloud's authority, and the bearer token to show to it.
///
/// ```
/// <hex SHA-256 of the CA's DER certificate>.<header>.<claims>.<signature>
/// ```
/// Four parts joined by dots, as KubeEdge's `keadm gettoken` prints; the last three are a JSON Web Token.
public struct JoinTokenParts: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
  public let certificateHash: String
  /// What goes into the `Authorization` header.
  public let bearer: String

  /// Longer tokens are refused unread.
  static let maximumBytes = 4096

  /// White space around the token is ignored, because tokens are copied by hand.
  /// - Throws: ``JoinTokenError/malformed``.
  public init(parsing text: String) throws(JoinTokenError) {
    let token = text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
    let parts = String(token).split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count == 64, Hex.decoded(parts[0]) != nil,
      parts[1].utf8.count <= Self.maximumBytes,
      parts[1].utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
      parts[1].split(separator: ".", omittingEmptySubsequences: true).count == 3
    else { throw .malformed }
    certificateHash = parts[0].lowercased()
    bearer = String(parts[1])
  }

  /// Never shows the bearer token.
  public var description: String { "JoinTokenParts(CA hash \(certificateHash), bearer withheld)" }
  public var debugDescription: String { description }
}
#endif
