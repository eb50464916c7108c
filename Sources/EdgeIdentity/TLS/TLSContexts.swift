#if Networking
import NIOCore
import NIOSSL

/// Whether a server asks its clients for a certificate. One that is presented is always verified.
public enum ClientCertificates: Sendable, Hashable {
  case required
  case optional
  case none
}

/// The TLS configurations of the cluster: version 1.2 at least, its own authority as the only root, no ALPN (KubeEdge's
/// hub offers h2 too and would choose it).
///
/// A context is costly to make and cheap to share: make one for each server and client, not for each connection.
public enum TLSContexts {
  /// - Parameters:
  ///   - clientAuthorityPEM: whose client certificates are accepted; needed unless `clientCertificates` is `.none`.
  public static func server(
    _ identity: KeyAndCertificate, clientAuthorityPEM: String?, clientCertificates: ClientCertificates
  ) throws(IdentityError) -> NIOSSLContext {
    try context { () throws -> TLSConfiguration in
      try serverConfiguration(
        identity, clientAuthorityPEM: clientAuthorityPEM, clientCertificates: clientCertificates)
    }
  }

  static func serverConfiguration(
    _ identity: KeyAndCertificate, clientAuthorityPEM: String?, clientCertificates: ClientCertificates
  ) throws -> TLSConfiguration {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try chain(identity), privateKey: try key(identity))
    configuration.minimumTLSVersion = .tlsv12
    configuration.shutdownTimeout = .seconds(1)
    switch clientCertificates {
    case .required: configuration.certificateVerification = .noHostnameVerification
    case .optional: configuration.certificateVerification = .optionalVerification
    case .none: configuration.certificateVerification = .none
    }
    if clientCertificates != .none {
      guard let clientAuthorityPEM else {
        throw IdentityError(code: .malformed, message: "client certificates need an authority to verify them")
      }
      configuration.trustRoots = .certificates(try roots(clientAuthorityPEM))
    }
    return configuration
  }

  /// Verifies the server's chain against the authority, and its name or IP address.
  /// - Parameter identity: the client certificate to present, if any.
  public static func client(
    authorityPEM: String, identity: KeyAndCertificate? = nil
  ) throws(IdentityError) -> NIOSSLContext {
    try context { () throws -> TLSConfiguration in
      try clientConfiguration(authorityPEM: authorityPEM, identity: identity)
    }
  }

  static func clientConfiguration(
    authorityPEM: String, identity: KeyAndCertificate?
  ) throws -> TLSConfiguration {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    configuration.shutdownTimeout = .seconds(1)
    configuration.certificateVerification = .fullVerification
    configuration.trustRoots = .certificates(try roots(authorityPEM))
    if let identity {
      configuration.certificateChain = try chain(identity)
      configuration.privateKey = try key(identity)
    }
    return configuration
  }

  /// Verifies nothing. Its one use is to fetch the authority's certificate, which is then compared with the hash in the
  /// join token; nothing secret may be sent over it.
  public static func unverifiedBootstrapClient() throws(IdentityError) -> NIOSSLContext {
    try context { () throws -> TLSConfiguration in
      var configuration = TLSConfiguration.makeClientConfiguration()
      configuration.minimumTLSVersion = .tlsv12
      configuration.shutdownTimeout = .seconds(1)
      configuration.certificateVerification = .none
      return configuration
    }
  }

  static func context(_ configuration: () throws -> TLSConfiguration) throws(IdentityError) -> NIOSSLContext {
    do {
      return try NIOSSLContext(configuration: configuration())
    } catch let error as IdentityError {
      throw error
    } catch {
      throw IdentityError(code: .malformed, message: "the certificate, key or authority is not usable", cause: error)
    }
  }

  private static func chain(_ identity: KeyAndCertificate) throws -> [NIOSSLCertificateSource] {
    try NIOSSLCertificate.fromPEMBytes(Array(identity.certificatePEM.utf8)).map { .certificate($0) }
  }

  private static func key(_ identity: KeyAndCertificate) throws -> NIOSSLPrivateKeySource {
    .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.privateKeyPEM.utf8), format: .pem))
  }

  private static func roots(_ pem: String) throws -> [NIOSSLCertificate] {
    try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8))
  }
}
#endif
