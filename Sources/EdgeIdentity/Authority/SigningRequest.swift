#if Networking
import Crypto
import EdgePrimitives
import SwiftASN1
import X509

/// The subject of a node's certificate: `O=system:nodes, CN=system:node:<name>`, as Kubernetes' node authorizer and
/// KubeEdge's hub read it.
enum NodeSubject {
  static let organization = "system:nodes"
  private static let prefix = "system:node:"

  static func commonName(of node: NodeName) -> String { prefix + node.rawValue }

  static func nodeName(commonName: String, organizations: [String]) -> NodeName? {
    guard organizations.contains(organization), commonName.hasPrefix(prefix) else { return nil }
    return try? NodeName(String(commonName.dropFirst(prefix.count)))
  }
}

/// A PKCS#10 request that has been checked: signed by its own P-256 key, and for the named node.
struct SigningRequest: Sendable {
  let nodeName: NodeName
  let publicKey: P256.Signing.PublicKey

  /// Requests larger than this are not even parsed; a P-256 request with a full KubeEdge subject has about 350 bytes.
  static let maximumBytes = 16 << 10

  /// The subject may carry C, ST and L as well, as KubeEdge's does; they are ignored.
  init(derBytes: [UInt8], for nodeName: NodeName) throws(IdentityError) {
    let request: CertificateSigningRequest
    do {
      request = try CertificateSigningRequest(derEncoded: derBytes)
    } catch {
      throw IdentityError(
        code: .badSigningRequest, message: "the body is not a DER certificate signing request", cause: error)
    }
    // The kind of key comes first: verifying under a key of the peer's choice may be made very slow.
    guard let publicKey = P256.Signing.PublicKey(request.publicKey) else {
      throw IdentityError(code: .badSigningRequest, message: "the key of the signing request is not EC P-256")
    }
    guard request.publicKey.isValidSignature(request.signature, for: request) else {
      throw IdentityError(code: .badSigningRequest, message: "the signing request is not signed by its own key")
    }
    let subject = SubjectNames(request.subject)
    guard subject.organizations == [NodeSubject.organization] else {
      throw IdentityError(
        code: .badSigningRequest, message: "the organization of the signing request is not \(NodeSubject.organization)")
    }
    guard subject.commonName == NodeSubject.commonName(of: nodeName) else {
      throw IdentityError(
        code: .foreignName, message: "the signing request is not for \(NodeSubject.commonName(of: nodeName))")
    }
    self.nodeName = nodeName
    self.publicKey = publicKey
  }

  var publicKeyFingerprint: String { Hex.sha256(publicKey.derRepresentation) }
}

/// The two attributes of a subject that say who it is.
struct SubjectNames {
  /// Nil when there is none, or more than one: a reader that took the first and a reader that took the last would see
  /// two different peers.
  let commonName: String?
  let organizations: [String]

  init(_ subject: DistinguishedName) {
    var commonNames: [String] = []
    var organizations: [String] = []
    for relative in subject {
      for attribute in relative {
        guard let text = String(attribute.value) else { continue }
        switch attribute.type {
        case .RDNAttributeType.commonName: commonNames.append(text)
        case .RDNAttributeType.organizationName: organizations.append(text)
        default: break
        }
      }
    }
    commonName = commonNames.count == 1 ? commonNames.first : nil
    self.organizations = organizations
  }
}
#endif
