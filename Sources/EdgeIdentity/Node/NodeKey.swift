#if Networking
import Crypto
import EdgePrimitives
import SwiftASN1
import X509

/// A node's private key before there is a certificate for it.
public struct NodeKey: Sendable {
  public let nodeName: NodeName
  let key: P256.Signing.PrivateKey

  public static func create(for nodeName: NodeName) -> NodeKey {
    NodeKey(nodeName: nodeName, key: P256.Signing.PrivateKey())
  }

  /// The key of an attempt that has not been completed, or a new one, stored before it is used. If the answer to an
  /// attempt is lost, the next one shows the same key, and the cloud sees the same node instead of a stranger.
  static func loadOrCreatePending(
    for nodeName: NodeName, directory: String
  ) throws(IdentityError) -> NodeKey {
    try DurableFile.makeDirectory(directory)
    let path = pendingPath(directory)
    if let stored = try DurableFile.read(path),
      let key = try? P256.Signing.PrivateKey(pemRepresentation: String(decoding: stored, as: UTF8.self))
    {
      return NodeKey(nodeName: nodeName, key: key)
    }
    let created = create(for: nodeName)
    try DurableFile.write(Array(created.privateKeyPEM.utf8), to: path, mode: 0o600)
    return created
  }

  static func removePending(directory: String) { DurableFile.remove(pendingPath(directory)) }

  private static func pendingPath(_ directory: String) -> String { "\(directory)/node.key.pending" }

  package var privateKeyPEM: String { key.pemRepresentation + "\n" }

  /// Hex SHA-256 of the DER public key.
  public var publicKeyFingerprint: String { Hex.sha256(key.publicKey.derRepresentation) }

  /// A PKCS#10 request for `O=system:nodes, CN=system:node:<name>`, as DER.
  public func signingRequest() throws(IdentityError) -> [UInt8] {
    do {
      let subject = try DistinguishedName {
        OrganizationName(NodeSubject.organization)
        CommonName(NodeSubject.commonName(of: nodeName))
      }
      let request = try CertificateSigningRequest(
        version: .v1, subject: subject, privateKey: Certificate.PrivateKey(key), attributes: .init(),
        signatureAlgorithm: .ecdsaWithSHA256)
      var serializer = DER.Serializer()
      try serializer.serialize(request)
      return serializer.serializedBytes
    } catch {
      throw IdentityError(code: .crypto, message: "cannot make a signing request", cause: error)
    }
  }
}
#endif
