#if Networking
@testable import EdgeIdentity
import EdgePrimitives
import Foundation
import Testing

@Suite("Node identity")
struct NodeIdentityTests {
  private let authority: CertificateAuthority
  private let clock = ManualClock()
  private let node: NodeName

  init() throws {
    authority = try CertificateAuthority.create(clock: clock)
    node = try NodeName("edge-1")
  }

  private func identity(_ key: NodeKey, authorityPEM: String? = nil) throws -> NodeIdentity {
    let der = try authority.signNodeCertificate(
      csrDER: key.signingRequest(), nodeName: key.nodeName, validity: .seconds(100_000))
    return try NodeIdentity(
      authorityPEM: authorityPEM ?? authority.certificatePEM, certificatePEM: CertificateForm.pem(der: der),
      privateKeyPEM: key.privateKeyPEM)
  }

  @Test("an identity is the same after a restart, and its key is for the owner's eyes only")
  func persistence() async throws {
    try await withTemporaryDirectory { directory in
      #expect(try NodeIdentity.load(directory: directory) == nil)
      let saved = try identity(NodeKey.create(for: node))
      try saved.save(directory: directory)
      let loaded = try #require(try NodeIdentity.load(directory: directory))
      #expect(loaded.nodeName == node)
      #expect(loaded.credentials == saved.credentials)
      #expect(loaded.notAfter == saved.notAfter)
      #expect(loaded.rotationDue == saved.rotationDue)
      #expect(try permissions(of: directory + "/node.pem") == 0o600)
    }
  }

  @Test("damaged files are named as damaged", arguments: ["ca.crt", "node.pem"])
  func damaged(file: String) async throws {
    try await withTemporaryDirectory { directory in
      try identity(NodeKey.create(for: node)).save(directory: directory)
      let path = "\(directory)/\(file)"
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: path))
      do {
        _ = try NodeIdentity.load(directory: directory)
        Issue.record("half a file was loaded")
      } catch {
        #expect((error as? IdentityError)?.code == .damaged)
        #expect("\(error)".contains(directory))
      }
    }
  }

  @Test("a certificate for another key, or of another authority, makes no identity")
  func mismatch() throws {
    let good = try identity(NodeKey.create(for: node))
    let other = try identity(NodeKey.create(for: node))
    #expect(throws: IdentityError.self) {
      try NodeIdentity(
        authorityPEM: authority.certificatePEM, certificatePEM: good.credentials.certificatePEM,
        privateKeyPEM: other.credentials.privateKeyPEM)
    }
    // Same name, other key: only the signature tells them apart.
    #expect(throws: IdentityError.self) {
      try identity(NodeKey.create(for: node), authorityPEM: CertificateAuthority.create().certificatePEM)
    }
  }

  @Test("a certificate is due for rotation between 70 and 90 % of its life, nodes spread over that time")
  func rotation() throws {
    var dues: Set<Timestamp> = []
    for number in 0..<20 {
      let identity = try identity(NodeKey.create(for: NodeName("edge-\(number)")))
      let life = identity.notAfter - identity.notBefore
      #expect(!identity.needsRotation(now: identity.notBefore + life * 0.69))
      #expect(identity.needsRotation(now: identity.notBefore + life * 0.91))
      #expect(!identity.isExpired(now: identity.notAfter + .seconds(-1)))
      #expect(identity.isExpired(now: identity.notAfter))
      dues.insert(identity.rotationDue)
    }
    #expect(dues.count > 10)
  }
}
#endif
