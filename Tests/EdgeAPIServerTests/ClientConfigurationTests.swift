#if Networking
import EdgeAPIClient
import EdgeJSON
import EdgeIdentity
import Testing

@Suite("Client configuration")
struct ClientConfigurationTests {
  @Test("a kubeconfig that was written reads back the same, with each kind of credential")
  func roundTrip() throws {
    let credentials: [ClientConfiguration.Credential] = [
      .none, .bearerToken("s3cret"),
      .certificate(KeyAndCertificate(certificatePEM: "CERT\n", privateKeyPEM: "KEY")),
    ]
    for credential in credentials {
      let written = try ClientConfiguration(
        server: "https://127.0.0.1:6443", authorityPEM: "AUTHORITY\n", credential: credential)
      let read = try ClientConfiguration(kubeconfig: written.kubeconfig(name: "demo"))
      #expect(read.server == written.server)
      #expect(read.authorityPEM == written.authorityPEM)
      #expect(read.credential == written.credential)
    }
  }

  @Test("what a kubeconfig asks for and is not supported is refused by name")
  func unsupported() throws {
    let base = try ClientConfiguration(server: "https://h:1", authorityPEM: "A").kubeconfig()
    var unverified = base
    unverified["clusters"] = [
      ["name": "edge", "cluster": ["server": "https://h:1", "insecure-skip-tls-verify": true]]
    ]
    var plugin = base
    plugin["users"] = [["name": "edge", "user": ["exec": ["command": "x"]]]]
    var nowhere = base
    nowhere["current-context"] = "missing"
    for (kubeconfig, word) in [(unverified, "insecure-skip-tls-verify"), (plugin, "exec"), (nowhere, "missing")] {
      let error = #expect(throws: KubeClientError.self) { try ClientConfiguration(kubeconfig: kubeconfig) }
      #expect(error?.code == .misuse && error?.message.contains(word) == true)
    }
  }

  @Test("server URLs are read strictly, and a credential is not sent in the clear to another machine")
  func servers() throws {
    #expect(try ClientConfiguration(server: "http://[::1]:8080").port == 8080)
    #expect(try ClientConfiguration(server: "https://api.example/", authorityPEM: "A").port == 443)
    for server in [
      "", "api:6443", "ftp://x", "https://", "https://h:0", "https://h:99999", "https://h/path", "https://[::1",
    ] {
      #expect(throws: KubeClientError.self) { try ClientConfiguration(server: server, authorityPEM: "A") }
    }
    #expect(throws: KubeClientError.self) {
      try ClientConfiguration(server: "http://api.example", credential: .bearerToken("t"))
    }
    #expect(throws: KubeClientError.self) { try ClientConfiguration(server: "https://h:1") }
  }

  @Test("its description withholds the credential")
  func description() throws {
    let configuration = try ClientConfiguration(
      server: "https://h:1", authorityPEM: "A", credential: .bearerToken("s3cret"))
    #expect(!"\(configuration)".contains("s3cret") && !String(reflecting: configuration).contains("s3cret"))
  }
}
#endif
