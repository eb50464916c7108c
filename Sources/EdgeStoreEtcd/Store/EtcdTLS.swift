#if Networking
import EdgeIdentity
import NIOCore
import NIOSSL

/// TLS as etcd speaks it to its clients: version 1.2 at least, `h2` by ALPN, the cluster's own authority as the only root.
public enum EtcdTLS {
  /// Verifies the member's chain against the authority, and its name or IP address.
  ///
  /// A context is costly to make and cheap to share.
  /// - Parameter identity: the client certificate to present, where members ask for one.
  /// - Throws: ``IdentityError/Code/malformed`` when the PEM texts are not usable.
  public static func client(
    authorityPEM: String, identity: KeyAndCertificate? = nil
  ) throws(IdentityError) -> NIOSSLContext {
    do {
      var configuration = TLSConfiguration.makeClientConfiguration()
      configuration.minimumTLSVersion = .tlsv12
      configuration.shutdownTimeout = .seconds(1)
      configuration.applicationProtocols = ["h2"]
      configuration.certificateVerification = .fullVerification
      configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authorityPEM.utf8)))
      if let identity {
        configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(identity.certificatePEM.utf8))
          .map { .certificate($0) }
        configuration.privateKey = .privateKey(
          try NIOSSLPrivateKey(bytes: Array(identity.privateKeyPEM.utf8), format: .pem))
      }
      return try NIOSSLContext(configuration: configuration)
    } catch {
      throw IdentityError(code: .malformed, message: "the certificate, key or authority is not usable", cause: error)
    }
  }
}
#endif
