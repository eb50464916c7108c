#if Networking
import EdgeHTTP
import EdgeIdentity
import EdgePrimitives
import NIOSSL
import Testing

@Suite("Mutual TLS")
struct MutualTLSTests {
  private let authority: CertificateAuthority
  private let serverIdentity: KeyAndCertificate

  init() throws {
    authority = try CertificateAuthority.create()
    serverIdentity = try authority.issueServerCertificate(
      commonName: "cloud", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"])
  }

  /// What a server that asks for certificates that way says to a client that presents this one.
  private func answer(_ policy: ClientCertificates, presenting identity: KeyAndCertificate?) async throws -> String {
    let tls = try TLSContexts.server(
      serverIdentity, clientAuthorityPEM: authority.certificatePEM, clientCertificates: policy)
    return try await TestServer(tls: tls) { request in
      let peer = request.peer.flatMap { try? PeerIdentity(der: $0.derBytes) }
      return .text(200, peer?.commonName ?? "nobody")
    }.run { port in
      let context = try TLSContexts.client(authorityPEM: authority.certificatePEM, identity: identity)
      let client = HTTPClient(host: "127.0.0.1", port: port, tls: context, group: testGroup)
      do throws(HTTPClientError) {
        return try await client.send(HTTPClientRequest(target: "/")).text
      } catch {
        return error.code.description
      }
    }
  }

  @Test("a client certificate is verified and handed to the handler, required or optional")
  func presented() async throws {
    let admin = try authority.issueClientCertificate(commonName: "admin", organizations: ["system:masters"])
    #expect(try await answer(.required, presenting: admin) == "admin")
    #expect(try await answer(.optional, presenting: admin) == "admin")
    #expect(try await answer(.none, presenting: admin) == "nobody")
  }

  @Test("without a certificate only an optional server answers")
  func absent() async throws {
    #expect(try await answer(.optional, presenting: nil) == "nobody")
    #expect(["tls", "closed"].contains(try await answer(.required, presenting: nil)))
  }

  @Test("a certificate of another authority, or one that is for servers, is refused even when none is required")
  func refused() async throws {
    let foreign = try CertificateAuthority.create().issueClientCertificate(
      commonName: "admin", organizations: ["system:masters"])
    for identity in [foreign, serverIdentity] {
      for policy in [ClientCertificates.required, .optional] {
        #expect(["tls", "closed"].contains(try await answer(policy, presenting: identity)))
      }
    }
  }

  @Test("a body beyond the limit is answered 413 over TLS too, while the client is still sending")
  func oversized() async throws {
    let tls = try TLSContexts.server(serverIdentity, clientAuthorityPEM: nil, clientCertificates: .none)
    var configuration = HTTPServerConfiguration()
    configuration.maximumBodyBytes = 1000
    try await TestServer(configuration: configuration, tls: tls) { _ in .text(200, "") }.run { port in
      let context = try TLSContexts.client(authorityPEM: authority.certificatePEM)
      let client = HTTPClient(host: "127.0.0.1", port: port, tls: context, group: testGroup)
      let body = [UInt8](repeating: 1, count: 100_000)
      let response = try await client.send(HTTPClientRequest(method: "POST", target: "/", body: body))
      #expect(response.status == 413)
    }
  }
}
#endif
