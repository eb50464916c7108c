#if Networking
import NIOSSL
import SwiftASN1
import X509

/// A private key and the certificate that belongs to it, both as PEM.
///
/// Its description never shows the key, so that it may pass through a log by accident.
public struct KeyAndCertificate: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
  public let certificatePEM: String
  public let privateKeyPEM: String

  public init(certificatePEM: String, privateKeyPEM: String) {
    self.certificatePEM = certificatePEM
    self.privateKeyPEM = privateKeyPEM
  }

  public var description: String {
    "KeyAndCertificate(\(certificatePEM.utf8.count) bytes of certificate, key withheld)"
  }
  public var debugDescription: String { description }
}

/// Certificates between their two text forms.
public enum CertificateForm {
  /// - Throws: ``IdentityError/Code/malformed`` when `der` is not one X.509 certificate.
  public static func pem(der: [UInt8]) throws(IdentityError) -> String {
    do {
      return try Certificate(derEncoded: der).serializeAsPEM().pemString + "\n"
    } catch {
      throw IdentityError(code: .malformed, message: "not a DER certificate", cause: error)
    }
  }

  /// The first certificate in `pem`.
  public static func der(pem: String) throws(IdentityError) -> [UInt8] {
    do {
      return try Certificate(pemEncoded: pem).derBytes()
    } catch {
      throw IdentityError(code: .malformed, message: "not a PEM certificate", cause: error)
    }
  }

  /// Hex SHA-256 of the first certificate in `pem`, as DER: what a join token pins.
  public static func hash(pem: String) throws(IdentityError) -> String { Hex.sha256(try der(pem: pem)) }
}

extension Certificate {
  func derBytes() throws -> [UInt8] {
    var serializer = DER.Serializer()
    try serializer.serialize(self)
    return serializer.serializedBytes
  }
}
#endif
