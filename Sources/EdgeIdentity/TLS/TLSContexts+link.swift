#if Networking
import NIOCore
import NIOSSL

/// The two ends of the cloud-edge link, as KubeEdge's hub and edge speak TLS: 1.2 or 1.3, a client certificate demanded, of
/// TLS 1.2 only ECDSA suites with authenticated encryption. ALPN is HTTP/1.1 and nothing else: the upgrade to WebSocket
/// needs it, and KubeEdge's hub would choose h2 where it is offered.
extension TLSContexts {
  /// KubeEdge's suites for TLS 1.2; those of 1.3 are fixed.
  private static let suites = """
    ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305
    """
  private static let protocols = ["http/1.1"]

  /// - Parameter authorityPEM: whose nodes may connect.
  public static func hub(
    _ identity: KeyAndCertificate, authorityPEM: String
  ) throws(IdentityError) -> NIOSSLContext {
    try linkServer(identity, authorityPEM: authorityPEM, speaking: protocols)
  }

  /// Verifies the hub's chain against the authority, and its name or IP address.
  /// - Parameter identity: the node's certificate and key.
  public static func edge(
    authorityPEM: String, identity: KeyAndCertificate
  ) throws(IdentityError) -> NIOSSLContext {
    try linkClient(authorityPEM: authorityPEM, identity: identity, speaking: protocols)
  }

  static func linkServer(
    _ identity: KeyAndCertificate, authorityPEM: String, speaking protocols: [String]
  ) throws(IdentityError) -> NIOSSLContext {
    try context { () throws -> TLSConfiguration in
      var configuration = try serverConfiguration(
        identity, clientAuthorityPEM: authorityPEM, clientCertificates: .required)
      configuration.cipherSuites = suites
      configuration.applicationProtocols = protocols
      return configuration
    }
  }

  static func linkClient(
    authorityPEM: String, identity: KeyAndCertificate, speaking protocols: [String]
  ) throws(IdentityError) -> NIOSSLContext {
    try context { () throws -> TLSConfiguration in
      var configuration = try clientConfiguration(authorityPEM: authorityPEM, identity: identity)
      configuration.cipherSuites = suites
      configuration.applicationProtocols = protocols
      return configuration
    }
  }
}
#endif
