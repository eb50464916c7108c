#if Networking && canImport(Glibc)
import EdgeIdentity
import EdgePrimitives
import EdgeTransport
import EdgeTransportNIO
import Glibc
import Logging
import NIOPosix
import Testing

@testable import EdgeNodeAgent

@Suite("NodeCertificate") struct NodeCertificateTests {
  private let directory = temporaryDirectory()

  private func obtain(_ name: String, token: String? = nil) async throws -> NodeCertificate {
    let group = MultiThreadedEventLoopGroup.singleton
    let node = try NodeName(name)
    return try await NodeCertificate.obtain(
      for: node, directory: directory, token: token,
      bootstrap: BootstrapClient(host: "127.0.0.1", port: 1, group: group),
      hub: EdgeHubConfiguration(host: "127.0.0.1", port: 1, nodeName: node), group: group,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  /// Stores what a node that has joined stores; valid for `lifetime` from now on.
  private func join(_ name: String, lifetime: Duration) throws {
    let authority = try CertificateAuthority.create()
    let node = try NodeName(name)
    let key = NodeKey.create(for: node)
    let certificate = try authority.signNodeCertificate(
      csrDER: key.signingRequest(), nodeName: node, validity: lifetime)
    try NodeIdentity(
      authorityPEM: authority.certificatePEM, certificatePEM: CertificateForm.pem(der: certificate),
      privateKeyPEM: key.privateKeyPEM
    ).save(directory: directory)
  }

  @Test("a node that has never joined needs a token")
  func neverJoined() async throws {
    await #expect { try await obtain("n1") } throws: { ($0 as? IdentityError)?.code == .refused }
  }

  @Test("a certificate of another name is refused at the start")
  func foreignName() async throws {
    try join("n1", lifetime: .seconds(3600))
    await #expect { try await obtain("n2") } throws: { ($0 as? IdentityError)?.code == .foreignName }
    _ = try await obtain("n1")
  }

  @Test("FF-04 an expired certificate keeps the node from the cloud, not from starting")
  func expired() async throws {
    try join("n1", lifetime: .milliseconds(1))
    try await Task.sleep(for: .milliseconds(1100))
    let certificate = try await obtain("n1")
    await #expect { try await certificate.connect() } throws: { error in
      let error = error as? TransportError
      return error?.code == .insecure && error?.message.contains("--token") == true
    }
  }

  @Test("FF-04 a damaged certificate keeps the node from the cloud, not from starting")
  func damaged() async throws {
    try join("n1", lifetime: .seconds(3600))
    let descriptor = open("\(directory)/node.pem", O_WRONLY | O_TRUNC)
    _ = write(descriptor, "damaged", 7)
    close(descriptor)
    let certificate = try await obtain("n1")
    await #expect { try await certificate.connect() } throws: { ($0 as? TransportError)?.code == .insecure }
  }
}
#endif
