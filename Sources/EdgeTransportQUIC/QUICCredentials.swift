#if QUIC
import CEdgeQUIC
import EdgeIdentity
import EdgeTransportNIO

/// The certificate, key and authority with which an end of a QUIC connection proves itself and judges the other one.
///
/// TLS 1.3 only, by GnuTLS: ngtcp2 needs the hooks of a TLS library for QUIC, which NIOSSL does not give. Costly to make and
/// cheap to share: one for each server and client.
public final class QUICCredentials: Sendable {
  /// Sound to share: it is written in `init` and freed in `deinit`, and GnuTLS only reads credentials that sessions use.
  nonisolated(unsafe) let pointer: OpaquePointer

  /// - Parameters:
  ///   - identity: what this end presents.
  ///   - authorityPEM: whose certificates are accepted: of servers, with their name, at a client; of nodes at a server.
  /// - Throws: ``IdentityError/Code/malformed``.
  public convenience init(identity: KeyAndCertificate, authorityPEM: String) throws(IdentityError) {
    try self.init(identity: identity, authorityPEM: authorityPEM, protocol: FrameProtocol.applicationProtocol)
  }

  init(identity: KeyAndCertificate, authorityPEM: String, protocol: String) throws(IdentityError) {
    var error: CInt = 0
    let made = edge_quic_credentials_new(
      identity.certificatePEM, identity.certificatePEM.utf8.count, identity.privateKeyPEM,
      identity.privateKeyPEM.utf8.count, authorityPEM, authorityPEM.utf8.count, `protocol`,
      &error)
    guard let made else {
      let reason = String(cString: edge_quic_tls_error_text(error))
      throw IdentityError(code: .malformed, message: "the certificate, key or authority is not usable: \(reason)")
    }
    pointer = made
  }

  deinit { edge_quic_credentials_free(pointer) }
}
#endif
