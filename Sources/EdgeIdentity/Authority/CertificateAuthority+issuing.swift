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

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension CertificateAuthority {
  /// Certificates begin this long before they are made, for peers whose clock is behind.
  static let clockSkew = Duration.seconds(300)

  /// A new key and a certificate for a TLS server.
  /// - Parameters:
  ///   - dnsNames: what clients may call the server.
  ///   - ipAddresses: in text form; what clients without a name for the server may connect to.
  public func issueServerCertificate(
    commonName: String, dnsNames: [String], ipAddresses: [String], validity: Duration = .seconds(365 * 86_400)
  ) throws(IdentityError) -> KeyAndCertificate {
    let key = P256.Signing.PrivateKey()
    let certificate = try issue(
      to: key.publicKey, commonName: commonName, organizations: ["KubeEdge"], usages: [.serverAuth],
      alternativeNames: Self.alternativeNames(dnsNames: dnsNames, ipAddresses: ipAddresses), validity: validity)
    return try Self.pair(certificate, key)
  }

  /// A new key and a certificate for a member of a group whose members are servers and clients of each other.
  /// - Parameters: as of ``issueServerCertificate(commonName:dnsNames:ipAddresses:validity:)``.
  public func issuePeerCertificate(
    commonName: String, organizations: [String], dnsNames: [String], ipAddresses: [String],
    validity: Duration = .seconds(365 * 86_400)
  ) throws(IdentityError) -> KeyAndCertificate {
    let key = P256.Signing.PrivateKey()
    let certificate = try issue(
      to: key.publicKey, commonName: commonName, organizations: organizations, usages: [.serverAuth, .clientAuth],
      alternativeNames: Self.alternativeNames(dnsNames: dnsNames, ipAddresses: ipAddresses), validity: validity)
    return try Self.pair(certificate, key)
  }

  private static func alternativeNames(dnsNames: [String], ipAddresses: [String]) throws(IdentityError) -> [GeneralName] {
    var names = dnsNames.map { GeneralName.dnsName($0) }
    for address in ipAddresses {
      guard let bytes = addressBytes(address) else {
        throw IdentityError(code: .malformed, message: "not an IP address: \(address)")
      }
      names.append(.ipAddress(ASN1OctetString(contentBytes: bytes[...])))
    }
    return names
  }

  /// A new key and a certificate for a TLS client, for instance an administrator (`system:masters`).
  public func issueClientCertificate(
    commonName: String, organizations: [String], validity: Duration = .seconds(365 * 86_400)
  ) throws(IdentityError) -> KeyAndCertificate {
    let key = P256.Signing.PrivateKey()
    let certificate = try issue(
      to: key.publicKey, commonName: commonName, organizations: organizations, usages: [.clientAuth],
      alternativeNames: [], validity: validity)
    return try Self.pair(certificate, key)
  }

  /// Signs a node's request. Of the request only the key is taken: subject, usages and extensions are what a node gets,
  /// whatever was asked for (KubeEdge copies the subject's CN and O and the alternative names).
  /// - Returns: the certificate as DER.
  /// - Throws: ``IdentityError/Code/badSigningRequest``, ``IdentityError/Code/foreignName``.
  public func signNodeCertificate(
    csrDER: [UInt8], nodeName: NodeName, validity: Duration = .seconds(365 * 86_400)
  ) throws(IdentityError) -> [UInt8] {
    try signNodeCertificate(SigningRequest(derBytes: csrDER, for: nodeName), validity: validity)
  }

  func signNodeCertificate(_ request: SigningRequest, validity: Duration) throws(IdentityError) -> [UInt8] {
    let certificate = try issue(
      to: request.publicKey, commonName: NodeSubject.commonName(of: request.nodeName),
      organizations: [NodeSubject.organization], usages: [.clientAuth], alternativeNames: [], validity: validity)
    do {
      return try certificate.derBytes()
    } catch {
      throw IdentityError(code: .crypto, message: "cannot encode the certificate", cause: error)
    }
  }

  private func issue(
    to publicKey: P256.Signing.PublicKey, commonName: String, organizations: [String], usages: [ExtendedKeyUsage.Usage],
    alternativeNames: [GeneralName], validity: Duration
  ) throws(IdentityError) -> Certificate {
    do {
      let subject = try DistinguishedName {
        for organization in organizations { OrganizationName(organization) }
        CommonName(commonName)
      }
      let publicKey = Certificate.PublicKey(publicKey)
      let authorityKeyIdentifier = try certificate.extensions.subjectKeyIdentifier?.keyIdentifier
      let extensions = try Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: true))
        try ExtendedKeyUsage(usages)
        SubjectKeyIdentifier(hash: publicKey)
        if let authorityKeyIdentifier { AuthorityKeyIdentifier(keyIdentifier: authorityKeyIdentifier) }
        if !alternativeNames.isEmpty { SubjectAlternativeNames(alternativeNames) }
      }
      let now = clock.now()
      return try Certificate(
        version: .v3, serialNumber: .init(), publicKey: publicKey,
        notValidBefore: Date(now + (.zero - Self.clockSkew)),
        notValidAfter: min(Date(now + validity), certificate.notValidAfter), issuer: certificate.subject,
        subject: subject, signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions,
        issuerPrivateKey: Certificate.PrivateKey(key))
    } catch {
      throw IdentityError(code: .crypto, message: "cannot sign a certificate for \(commonName)", cause: error)
    }
  }

  private static func pair(_ certificate: Certificate, _ key: P256.Signing.PrivateKey) throws(IdentityError)
    -> KeyAndCertificate
  {
    do {
      return KeyAndCertificate(
        certificatePEM: try certificate.serializeAsPEM().pemString + "\n", privateKeyPEM: key.pemRepresentation + "\n")
    } catch {
      throw IdentityError(code: .crypto, message: "cannot encode the certificate", cause: error)
    }
  }

  private static func addressBytes(_ text: String) -> [UInt8]? {
    for (family, length) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: length)
      if inet_pton(family, text, &bytes) == 1 { return bytes }
    }
    return nil
  }
}
#endif
