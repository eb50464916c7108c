#if Networking
import NIOCore
import NIOSSL

/// The two ends of a connection that carries frames and nothing else. As ``hub(_:authorityPEM:)`` and
/// ``edge(authorityPEM:identity:)``, but for ALPN, which names the frames: neither end takes the other for an HTTP server.
extension TLSContexts {
  /// EdgeTransport's frames in ALPN.
  public static let frameProtocol = "edge-frames/1"

  /// - Parameter authorityPEM: whose nodes may connect.
  public static func frameServer(
    _ identity: KeyAndCertificate, authorityPEM: String
  ) throws(IdentityError) -> NIOSSLContext {
    try linkServer(identity, authorityPEM: authorityPEM, speaking: [frameProtocol])
  }

  /// Verifies the server's chain against the authority, and its name or IP address.
  /// - Parameter identity: the node's certificate.
  public static func frameClient(
    authorityPEM: String, identity: KeyAndCertificate
  ) throws(IdentityError) -> NIOSSLContext {
    try linkClient(authorityPEM: authorityPEM, identity: identity, speaking: [frameProtocol])
  }
}
#endif
