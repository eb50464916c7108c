#if Networking
import EdgePrimitives

/// Why a join token is not accepted. The texts are safe to log and to send to the peer: they hold no part of the token.
public enum JoinTokenError: Error, Hashable, Sendable, CustomStringConvertible {
  case malformed
  case wrongSignature
  case expired(at: Timestamp)
  /// The token is bound to another node.
  case wrongNode

  public var description: String {
    switch self {
    case .malformed: "the join token is malformed"
    case .wrongSignature: "the join token was not issued by this cluster"
    case .expired(let time): "the join token expired at \(time.rfc3339)"
    case .wrongNode: "the join token is bound to another node"
    }
  }
}
#endif
