#if Networking
import Crypto
import EdgePrimitives
import SwiftASN1
import X509

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The cluster's own certificate authority: one self-signed P-256 root that signs servers, nodes and clients directly.
///
/// One level is enough because the root lives on the cloud's own disk anyway; nodes pin it by the hash in their token.
public struct CertificateAuthority: Sendable {
  let certificate: Certificate
  let key: P256.Signing.PrivateKey
  let clock: any WallClock

  public let certificateDER: [UInt8]
  public let certificatePEM: String
  /// Hex SHA-256 of the DER certificate; the first part of a join token.
  public let certificateHash: String

  /// Makes a new authority that is not stored anywhere. It is valid for 100 x 364 days, as KubeEdge's: there is no way
  /// yet to replace the root under running nodes.
  public static func create(
    commonName: String = "KubeEdge", clock: any WallClock = SystemWallClock()
  ) throws(IdentityError) -> CertificateAuthority {
    try CertificateAuthority(selfSigning: P256.Signing.PrivateKey(), commonName: commonName, clock: clock)
  }

  /// Loads `ca.crt` and `ca.key` from the directory, or makes them on the first call.
  ///
  /// The key is written first: a crash between the two files leaves a key alone, from which the next call makes the
  /// certificate again. A certificate alone is an error, because making a new key would disown every node.
  /// - Throws: ``IdentityError/Code/io``; ``IdentityError/Code/damaged`` when the files do not hold a matching pair.
  public static func loadOrCreate(
    directory: String, commonName: String = "KubeEdge", clock: any WallClock = SystemWallClock()
  ) throws(IdentityError) -> CertificateAuthority {
    try DurableFile.makeDirectory(directory)
    let (certificatePath, keyPath) = ("\(directory)/ca.crt", "\(directory)/ca.key")
    let certificatePEM = try DurableFile.read(certificatePath)
    let keyPEM = try DurableFile.read(keyPath)
    if let certificatePEM {
      guard let keyPEM else {
        throw IdentityError(code: .damaged, message: "\(certificatePath) is there but \(keyPath) is missing")
      }
      do {
        return try CertificateAuthority(
          certificatePEM: String(decoding: certificatePEM, as: UTF8.self),
          keyPEM: String(decoding: keyPEM, as: UTF8.self), clock: clock)
      } catch {
        throw IdentityError(
          code: .damaged, message: "\(certificatePath) and \(keyPath) are damaged: \(error)", cause: error)
      }
    }
    let key: P256.Signing.PrivateKey
    if let keyPEM {
      do {
        key = try P256.Signing.PrivateKey(pemRepresentation: String(decoding: keyPEM, as: UTF8.self))
      } catch {
        throw IdentityError(code: .damaged, message: "\(keyPath) is not a P-256 private key", cause: error)
      }
    } else {
      key = P256.Signing.PrivateKey()
      try DurableFile.write(Array(key.pemRepresentation.utf8), to: keyPath, mode: 0o600)
    }
    let authority = try CertificateAuthority(selfSigning: key, commonName: commonName, clock: clock)
    try DurableFile.write(Array(authority.certificatePEM.utf8), to: certificatePath, mode: 0o644)
    return authority
  }

  /// - Throws: ``IdentityError/Code/malformed`` when this is not a matching pair of an authority.
  public init(certificatePEM: String, keyPEM: String, clock: any WallClock) throws(IdentityError) {
    do {
      let certificate = try Certificate(pemEncoded: certificatePEM)
      let key = try P256.Signing.PrivateKey(pemRepresentation: keyPEM)
      guard P256.Signing.PublicKey(certificate.publicKey)?.rawRepresentation == key.publicKey.rawRepresentation else {
        throw IdentityError(code: .malformed, message: "the key does not belong to the certificate")
      }
      guard case .isCertificateAuthority? = try certificate.extensions.basicConstraints else {
        throw IdentityError(code: .malformed, message: "the certificate is not an authority's")
      }
      try self.init(certificate: certificate, key: key, clock: clock)
    } catch let error as IdentityError {
      throw error
    } catch {
      throw IdentityError(code: .malformed, message: "not a PEM certificate and P-256 key", cause: error)
    }
  }

  private init(selfSigning key: P256.Signing.PrivateKey, commonName: String, clock: any WallClock)
    throws(IdentityError)
  {
    do {
      let name = try DistinguishedName { CommonName(commonName) }
      let publicKey = Certificate.PublicKey(key.publicKey)
      let extensions = try Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
        Critical(KeyUsage(keyCertSign: true, cRLSign: true))
        SubjectKeyIdentifier(hash: publicKey)
      }
      let now = clock.now()
      let certificate = try Certificate(
        version: .v3, serialNumber: .init(), publicKey: publicKey, notValidBefore: Date(now + .seconds(-86_400)),
        notValidAfter: Date(now + .seconds(100 * 364 * 86_400)), issuer: name, subject: name,
        signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions, issuerPrivateKey: Certificate.PrivateKey(key))
      try self.init(certificate: certificate, key: key, clock: clock)
    } catch {
      throw IdentityError(code: .crypto, message: "cannot make the authority's certificate", cause: error)
    }
  }

  private init(certificate: Certificate, key: P256.Signing.PrivateKey, clock: any WallClock) throws {
    self.certificate = certificate
    self.key = key
    self.clock = clock
    certificateDER = try certificate.derBytes()
    certificatePEM = try certificate.serializeAsPEM().pemString + "\n"
    certificateHash = Hex.sha256(certificateDER)
  }
}

extension Date {
  init(_ timestamp: Timestamp) {
    self.init(timeIntervalSince1970: Double(timestamp.nanosecondsSinceEpoch) / 1_000_000_000)
  }
}

extension Timestamp {
  init(_ date: Date) {
    self.init(millisecondsSinceEpoch: Int64((date.timeIntervalSince1970 * 1000).rounded()))
  }
}
#endif
