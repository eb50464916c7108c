#if Networking
import EdgeHTTP
import EdgeIdentity
import NIOSSL
import Testing

@Suite("HTTP client")
struct HTTPClientTests {
  private func client(_ port: Int, tls: NIOSSLContext? = nil) -> HTTPClient {
    HTTPClient(host: "127.0.0.1", port: port, tls: tls, group: testGroup)
  }

  private func code(_ body: () async throws(HTTPClientError) -> HTTPClientResponse) async -> HTTPClientError.Code? {
    do {
      _ = try await body()
      return nil
    } catch {
      return error.code
    }
  }

  @Test("nobody listening is told from everything else, and nothing was applied")
  func refused() async throws {
    let port = try await TestServer { _ in .text(200, "") }.run { $0 }
    do {
      _ = try await client(port).send(HTTPClientRequest(target: "/"))
      Issue.record("a closed port answered")
    } catch {
      #expect(error.code == .refused)
      #expect(error.isRetryable)
      #expect(!error.mayHaveBeenApplied)
    }
  }

  @Test("a server that does not answer in time is a timeout, and the request may have been applied")
  func timeout() async throws {
    try await TestServer { _ in
      try? await Task.sleep(for: .seconds(30))
      return .text(200, "")
    }.run { port in
      do throws(HTTPClientError) {
        _ = try await client(port).send(HTTPClientRequest(target: "/"), timeout: .milliseconds(100))
        Issue.record("a silent server answered")
      } catch {
        #expect(error.code == .timeout)
        #expect(error.mayHaveBeenApplied)
      }
    }
  }

  @Test("a response beyond the limit is refused")
  func tooLarge() async throws {
    try await TestServer { _ in
      HTTPServerResponse(status: 200, body: .bytes(Array(repeating: 1, count: 5000)))
    }.run { port in
      var client = client(port)
      client.maximumBodyBytes = 4999
      #expect(
        await code { () async throws(HTTPClientError) in try await client.send(HTTPClientRequest(target: "/")) }
          == .tooLarge)
    }
  }

  @Test("a target that could smuggle a second request is not sent", arguments: ["/a b", "/a\r\nX: y", "a", "", "/ü"])
  func invalidTarget(target: String) async throws {
    let client = client(1)
    #expect(
      await code { () async throws(HTTPClientError) in try await client.send(HTTPClientRequest(target: target)) }
        == .invalidRequest)
  }

  @Test("a server that another authority signed is not talked to")
  func foreignAuthority() async throws {
    let (ours, theirs) = (try CertificateAuthority.create(), try CertificateAuthority.create())
    let tls = try TLSContexts.server(
      theirs.issueServerCertificate(commonName: "cloud", dnsNames: [], ipAddresses: ["127.0.0.1"]),
      clientAuthorityPEM: nil, clientCertificates: .none)
    try await TestServer(tls: tls) { _ in .text(200, "") }.run { port in
      let trustingUs = client(port, tls: try TLSContexts.client(authorityPEM: ours.certificatePEM))
      #expect(
        await code { () async throws(HTTPClientError) in try await trustingUs.send(HTTPClientRequest(target: "/")) }
          == .tls)
      let trustingThem = client(port, tls: try TLSContexts.client(authorityPEM: theirs.certificatePEM))
      #expect(try await trustingThem.send(HTTPClientRequest(target: "/")).status == 200)
    }
  }

  @Test("a server without our address among its names is not talked to, unless it is known by a name it has")
  func foreignName() async throws {
    let authority = try CertificateAuthority.create()
    let tls = try TLSContexts.server(
      authority.issueServerCertificate(commonName: "cloud", dnsNames: ["cloud.local"], ipAddresses: ["192.0.2.1"]),
      clientAuthorityPEM: nil, clientCertificates: .none)
    try await TestServer(tls: tls) { _ in .text(200, "") }.run { port in
      let context = try TLSContexts.client(authorityPEM: authority.certificatePEM)
      let byAddress = client(port, tls: context)
      #expect(
        await code { () async throws(HTTPClientError) in try await byAddress.send(HTTPClientRequest(target: "/")) }
          == .tls)
      let byName = HTTPClient(
        host: "127.0.0.1", port: port, tls: context, serverHostname: "cloud.local", group: testGroup)
      #expect(try await byName.send(HTTPClientRequest(target: "/")).status == 200)
    }
  }

  @Test("a large body goes both ways whole")
  func largeBodies() async throws {
    try await TestServer { HTTPServerResponse(status: 200, body: .bytes($0.body)) }.run { port in
      let body = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      let response = try await client(port).send(HTTPClientRequest(method: "POST", target: "/", body: body))
      #expect(response.body == body)
    }
  }
}
#endif
