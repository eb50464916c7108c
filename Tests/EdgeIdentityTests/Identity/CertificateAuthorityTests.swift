#if Networking
import Crypto
@testable import EdgeIdentity
import EdgePrimitives
import Foundation
import SwiftASN1
import Testing
import X509

@Suite("Certificate authority")
struct CertificateAuthorityTests {
  private let node: NodeName

  init() throws { node = try NodeName("edge-1") }

  private func code(_ body: () throws -> Void) -> IdentityError.Code? {
    do {
      try body()
      return nil
    } catch {
      return (error as? IdentityError)?.code
    }
  }

  @Test("an authority is the same after a restart, and its key is for the owner's eyes only")
  func persistence() async throws {
    try await withTemporaryDirectory { directory in
      let first = try CertificateAuthority.loadOrCreate(directory: directory + "/pki")
      let second = try CertificateAuthority.loadOrCreate(directory: directory + "/pki")
      #expect(first.certificateDER == second.certificateDER)
      #expect(first.certificateHash == second.certificateHash)
      #expect(try permissions(of: directory + "/pki/ca.key") == 0o600)
      #expect(try permissions(of: directory + "/pki") == 0o700)
    }
  }

  @Test("a crash between key and certificate is mended, a certificate without its key is an error")
  func halfWritten() async throws {
    try await withTemporaryDirectory { directory in
      let first = try CertificateAuthority.loadOrCreate(directory: directory)
      try FileManager.default.removeItem(atPath: directory + "/ca.crt")
      let second = try CertificateAuthority.loadOrCreate(directory: directory)
      #expect(first.key.rawRepresentation == second.key.rawRepresentation)
      try FileManager.default.removeItem(atPath: directory + "/ca.key")
      #expect(code { _ = try CertificateAuthority.loadOrCreate(directory: directory) } == .damaged)
    }
  }

  @Test("damaged files, and a key of another certificate, are named as damaged", arguments: ["ca.crt", "ca.key"])
  func damaged(file: String) async throws {
    try await withTemporaryDirectory { directory in
      _ = try CertificateAuthority.loadOrCreate(directory: directory)
      _ = try CertificateAuthority.loadOrCreate(directory: directory + "/other")
      try FileManager.default.removeItem(atPath: "\(directory)/\(file)")
      try FileManager.default.copyItem(atPath: "\(directory)/other/\(file)", toPath: "\(directory)/\(file)")
      #expect(code { _ = try CertificateAuthority.loadOrCreate(directory: directory) } == .damaged)
      try Data("garbage".utf8).write(to: URL(fileURLWithPath: "\(directory)/\(file)"))
      #expect(code { _ = try CertificateAuthority.loadOrCreate(directory: directory) } == .damaged)
    }
  }

  @Test("a node's certificate names the node and serves only as a client's, from a little in the past")
  func nodeCertificate() throws {
    let clock = ManualClock()
    let authority = try CertificateAuthority.create(clock: clock)
    let key = NodeKey.create(for: node)
    let der = try authority.signNodeCertificate(
      csrDER: key.signingRequest(), nodeName: node, validity: .seconds(3600))
    let peer = try PeerIdentity(der: der)
    #expect(peer.nodeName == node)
    #expect(peer.commonName == "system:node:edge-1")
    #expect(peer.organizations == ["system:nodes"])
    #expect(peer.publicKeyFingerprint == key.publicKeyFingerprint)
    let certificate = try Certificate(derEncoded: der)
    #expect(certificate.notValidBefore < Date(clock.now()))
    #expect(abs(certificate.notValidAfter.timeIntervalSince(Date(clock.now())) - 3600) < 2)
    #expect(try certificate.extensions.extendedKeyUsage.map { Array($0) } == [.clientAuth])
    #expect(try certificate.extensions.basicConstraints == .notCertificateAuthority)
    let again = try authority.signNodeCertificate(csrDER: key.signingRequest(), nodeName: node)
    #expect(try Certificate(derEncoded: again).serialNumber != certificate.serialNumber)
  }

  @Test("a request whose signature is not by its own key is refused")
  func badSignature() throws {
    let authority = try CertificateAuthority.create()
    var request = try NodeKey.create(for: node).signingRequest()
    request[request.count - 1] ^= 1
    #expect(code { _ = try authority.signNodeCertificate(csrDER: request, nodeName: node) } == .badSigningRequest)
  }

  @Test("a request for another node is refused, and one that is no request")
  func foreignRequests() throws {
    let authority = try CertificateAuthority.create()
    let foreign = try NodeKey.create(for: NodeName("edge-2")).signingRequest()
    #expect(code { _ = try authority.signNodeCertificate(csrDER: foreign, nodeName: node) } == .foreignName)
    let good = try NodeKey.create(for: node).signingRequest()
    for broken in [[], Array("hello".utf8), good + [0], Array(good.dropLast()), authority.certificateDER] {
      #expect(code { _ = try authority.signNodeCertificate(csrDER: broken, nodeName: node) } == .badSigningRequest)
    }
  }

  @Test("no prefix and no single flipped byte of a request crashes the authority or gets another subject signed")
  func hostileRequests() throws {
    let authority = try CertificateAuthority.create()
    let good = try NodeKey.create(for: node).signingRequest()
    for index in good.indices {
      #expect(code { _ = try SigningRequest(derBytes: Array(good[..<index]), for: node) } != nil)
      var flipped = good
      flipped[index] ^= 0x41
      if let der = try? authority.signNodeCertificate(csrDER: flipped, nodeName: node) {
        Issue.record("byte \(index) flipped was signed: \(try PeerIdentity(der: der))")
      }
    }
  }

  @Test("a request made by openssl with KubeEdge's full subject is signed; an RSA key is not")
  func opensslRequests() async throws {
    try await withTemporaryDirectory { directory in
      let subject = "/C=CN/ST=Zhejiang/L=Hangzhou/O=system:nodes/CN=system:node:edge-1"
      guard
        try openssl(
          "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem",
          "-subj", subject, "-outform", "DER", "-out", "good.csr", in: directory) != nil
      else { return }
      _ = try openssl(
        "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "rsa.pem", "-subj", subject, "-outform", "DER",
        "-out", "rsa.csr", in: directory)
      let authority = try CertificateAuthority.create()
      let good = try Data(contentsOf: URL(fileURLWithPath: directory + "/good.csr"))
      let der = try authority.signNodeCertificate(csrDER: Array(good), nodeName: node)
      #expect(try PeerIdentity(der: der).nodeName == node)
      let rsa = try Data(contentsOf: URL(fileURLWithPath: directory + "/rsa.csr"))
      #expect(code { _ = try authority.signNodeCertificate(csrDER: Array(rsa), nodeName: node) } == .badSigningRequest)
    }
  }

  @Test("openssl verifies what the authority issues, each for its own purpose and no other")
  func opensslVerifies() async throws {
    try await withTemporaryDirectory { directory in
      let authority = try CertificateAuthority.loadOrCreate(directory: directory)
      let server = try authority.issueServerCertificate(
        commonName: "cloud", dnsNames: ["cloud.local"], ipAddresses: ["127.0.0.1", "::1"])
      let key = NodeKey.create(for: node)
      let nodeDER = try authority.signNodeCertificate(csrDER: key.signingRequest(), nodeName: node)
      try Data(server.certificatePEM.utf8).write(to: URL(fileURLWithPath: directory + "/server.crt"))
      try Data(CertificateForm.pem(der: nodeDER).utf8).write(to: URL(fileURLWithPath: directory + "/node.crt"))
      func verify(_ file: String, _ purpose: String, _ extra: String...) throws -> Int32? {
        var arguments = ["verify", "-x509_strict", "-CAfile", "ca.crt", "-purpose", purpose] + extra
        arguments.append(file)
        return try openssl(arguments, in: directory)?.status
      }
      guard let status = try verify("server.crt", "sslserver", "-verify_ip", "127.0.0.1") else { return }
      #expect(status == 0)
      #expect(try verify("server.crt", "sslserver", "-verify_hostname", "cloud.local") == 0)
      #expect(try verify("server.crt", "sslserver", "-verify_ip", "::1") == 0)
      #expect(try verify("server.crt", "sslserver", "-verify_ip", "127.0.0.2") != 0)
      #expect(try verify("server.crt", "sslclient") != 0)
      #expect(try verify("node.crt", "sslclient") == 0)
      #expect(try verify("node.crt", "sslserver") != 0)
    }
  }

  @Test("a server's address that is none is refused")
  func badAddress() throws {
    let authority = try CertificateAuthority.create()
    #expect(
      code { _ = try authority.issueServerCertificate(commonName: "c", dnsNames: [], ipAddresses: ["300.0.0.1"]) }
        == .malformed)
  }

  @Test("a subject with two common names has none")
  func twoCommonNames() throws {
    let subject = try DistinguishedName {
      OrganizationName("system:nodes")
      CommonName("system:node:edge-1")
      CommonName("system:node:edge-2")
    }
    #expect(SubjectNames(subject).commonName == nil)
  }

  @Test("a key never shows in a description")
  func withheld() throws {
    let pair = try CertificateAuthority.create().issueClientCertificate(
      commonName: "admin", organizations: ["system:masters"])
    #expect(!"\(pair)".contains("PRIVATE"))
    #expect(!String(reflecting: pair).contains("PRIVATE"))
    #expect(try PeerIdentity(der: CertificateForm.der(pem: pair.certificatePEM)).organizations == ["system:masters"])
    #expect(try PeerIdentity(der: CertificateForm.der(pem: pair.certificatePEM)).nodeName == nil)
  }
}
#endif
