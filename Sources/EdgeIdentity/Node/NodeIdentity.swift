#if Networking
import Crypto
import EdgePrimitives
import SwiftASN1
import X509

/// A node that has joined: its key, its certificate and the authority it trusts. Checked when it is made, so that
/// whoever holds one can use it.
public struct NodeIdentity: Sendable {
  public let nodeName: NodeName
  /// The authority's certificate, PEM.
  public let authorityPEM: String
  /// What to present in TLS.
  public let credentials: KeyAndCertificate
  public let notBefore: Timestamp
  public let notAfter: Timestamp
  /// Hex SHA-256 of the DER public key.
  public let publicKeyFingerprint: String
  private let rotationFraction: Double

  /// - Throws: ``IdentityError/Code/untrusted`` when the certificate is not signed by the authority or is for another
  ///   key; ``IdentityError/Code/foreignName`` when it is not a node's certificate;
  ///   ``IdentityError/Code/malformed`` when a part cannot be read.
  public init(authorityPEM: String, certificatePEM: String, privateKeyPEM: String) throws(IdentityError) {
    let (authority, certificate, key): (Certificate, Certificate, P256.Signing.PrivateKey)
    let derBytes: [UInt8]
    do {
      authority = try Certificate(pemEncoded: authorityPEM)
      certificate = try Certificate(pemEncoded: certificatePEM)
      key = try P256.Signing.PrivateKey(pemRepresentation: privateKeyPEM)
      derBytes = try certificate.derBytes()
    } catch {
      throw IdentityError(code: .malformed, message: "not PEM certificates and a P-256 key", cause: error)
    }
    guard certificate.issuer == authority.subject,
      authority.publicKey.isValidSignature(certificate.signature, for: certificate)
    else {
      throw IdentityError(code: .untrusted, message: "the node's certificate is not signed by its authority")
    }
    guard P256.Signing.PublicKey(certificate.publicKey)?.rawRepresentation == key.publicKey.rawRepresentation else {
      throw IdentityError(code: .untrusted, message: "the node's certificate is for another key")
    }
    guard let nodeName = PeerIdentity(certificate).nodeName else {
      throw IdentityError(code: .foreignName, message: "the certificate is not a node's")
    }
    self.nodeName = nodeName
    self.authorityPEM = authorityPEM
    credentials = KeyAndCertificate(certificatePEM: certificatePEM, privateKeyPEM: privateKeyPEM)
    notBefore = Timestamp(certificate.notValidBefore)
    notAfter = Timestamp(certificate.notValidAfter)
    publicKeyFingerprint = Hex.sha256(key.publicKey.derRepresentation)
    rotationFraction = 0.7 + 0.2 * Double(Array(SHA256.hash(data: derBytes))[0]) / 255
  }

  /// When to ask for a new certificate: 70 to 90 % into the lifetime. The point is drawn from the certificate's own
  /// hash: nodes that joined together do not come back together, and a restart does not move it.
  public var rotationDue: Timestamp { notBefore + (notAfter - notBefore) * rotationFraction }

  public func needsRotation(now: Timestamp) -> Bool { now >= rotationDue }

  public func isExpired(now: Timestamp) -> Bool { now >= notAfter }
}

extension NodeIdentity {
  /// Stores `ca.crt` and `node.pem`, the latter with certificate and key in one file (0600): replacing one file is
  /// atomic, so that a crash in a rotation never leaves a key beside another key's certificate. Kubelet does the same.
  public func save(directory: String) throws(IdentityError) {
    try DurableFile.makeDirectory(directory)
    try DurableFile.write(Array(authorityPEM.utf8), to: "\(directory)/ca.crt", mode: 0o644)
    let pair = credentials.certificatePEM + credentials.privateKeyPEM
    try DurableFile.write(Array(pair.utf8), to: "\(directory)/node.pem", mode: 0o600)
  }

  /// What ``save(directory:)`` stored; nil when the node has never joined.
  /// - Throws: ``IdentityError/Code/damaged`` when the files are there but do not fit together.
  public static func load(directory: String) throws(IdentityError) -> NodeIdentity? {
    guard let pair = try DurableFile.read("\(directory)/node.pem") else { return nil }
    guard let authority = try DurableFile.read("\(directory)/ca.crt") else {
      throw IdentityError(code: .damaged, message: "\(directory)/node.pem is there but ca.crt is missing")
    }
    do {
      let documents = try PEMDocument.parseMultiple(pemString: String(decoding: pair, as: UTF8.self))
      guard let certificate = documents.first(where: { $0.discriminator == "CERTIFICATE" }),
        let key = documents.first(where: { $0.discriminator.hasSuffix("PRIVATE KEY") })
      else {
        throw IdentityError(code: .malformed, message: "no certificate and key")
      }
      return try NodeIdentity(
        authorityPEM: String(decoding: authority, as: UTF8.self), certificatePEM: certificate.pemString + "\n",
        privateKeyPEM: key.pemString + "\n")
    } catch {
      throw IdentityError(code: .damaged, message: "the identity in \(directory) is damaged: \(error)", cause: error)
    }
  }
}
#endif
