#if Networking
import Crypto
import EdgePrimitives
import NIOSSL
import SwiftASN1
import X509

/// Who a TLS peer is, read from the leaf certificate that the handshake has verified.
public struct PeerIdentity: Sendable, Hashable {
  /// Nil when the subject has no common name, or more than one.
  public let commonName: String?
  public let organizations: [String]
  /// Set when this is a node's certificate: `O=system:nodes` and `CN=system:node:<name>`.
  public let nodeName: NodeName?
  /// Hex SHA-256 of the DER public key.
  public let publicKeyFingerprint: String

  /// - Parameter derBytes: a certificate that has been verified; nothing is verified here.
  /// - Throws: ``IdentityError/Code/malformed``.
  public init(der derBytes: [UInt8]) throws(IdentityError) {
    do {
      self.init(try Certificate(derEncoded: derBytes))
    } catch {
      throw IdentityError(code: .malformed, message: "not a DER certificate", cause: error)
    }
  }

  public init(nioCertificate: NIOSSLCertificate) throws(IdentityError) {
    let derBytes: [UInt8]
    do {
      derBytes = try nioCertificate.toDERBytes()
    } catch {
      throw IdentityError(code: .malformed, message: "the certificate cannot be encoded", cause: error)
    }
    try self.init(der: derBytes)
  }

  init(_ certificate: Certificate) {
    let subject = SubjectNames(certificate.subject)
    commonName = subject.commonName
    organizations = subject.organizations
    nodeName = subject.commonName.flatMap {
      NodeSubject.nodeName(commonName: $0, organizations: subject.organizations)
    }
    // The same form as P256's own DER, so that fingerprints of requests, keys and certificates agree.
    var serializer = DER.Serializer()
    let encoded = (try? serializer.serialize(certificate.publicKey)) != nil
    publicKeyFingerprint = encoded ? Hex.sha256(serializer.serializedBytes) : ""
  }
}
#endif
