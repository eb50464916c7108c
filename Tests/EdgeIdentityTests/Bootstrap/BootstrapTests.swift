#if Networking
import EdgeHTTP
@testable import EdgeIdentity
import EdgePrimitives
import Foundation
import NIOSSL
import Testing

/// A cloud's bootstrap port on loopback, with everything a test may want to turn.
private struct Cloud: Sendable {
  let authority: CertificateAuthority
  let tokens: JoinTokenIssuer
  let claims = ClaimLog()
  let clock = ManualClock()
  let log = LogRecorder()
  var configuration = BootstrapConfiguration()
  var nodeExists: (@Sendable (NodeName) async -> Bool)?

  init() throws {
    authority = try CertificateAuthority.create(clock: clock)
    tokens = JoinTokenIssuer(authority: authority)
  }

  func run<Result: Sendable>(_ body: (Int) async throws -> Result) async throws -> Result {
    let service = BootstrapService(
      authority: authority, tokens: tokens, claims: claims, configuration: configuration, clock: clock,
      logger: log.logger(), nodeExists: nodeExists)
    let identity = try authority.issueServerCertificate(
      commonName: "KubeEdge", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"])
    let tls = try TLSContexts.server(
      identity, clientAuthorityPEM: authority.certificatePEM, clientCertificates: .optional)
    return try await TestServer(tls: tls, handler: service.handle).run(body)
  }

  func token(node: NodeName? = nil, lifetime: Duration = .seconds(3600)) -> String {
    tokens.mint(lifetime: lifetime, node: node, clock: clock)
  }

  func client(_ port: Int) -> BootstrapClient {
    BootstrapClient(host: "127.0.0.1", port: port, group: testGroup, clock: clock)
  }

  /// Posts to `/edge.crt` by hand, for requests that the client would never make.
  func post(
    _ port: Int, node: String, token: String?, body: [UInt8], identity: KeyAndCertificate? = nil
  ) async throws -> HTTPClientResponse {
    let tls = try TLSContexts.client(authorityPEM: authority.certificatePEM, identity: identity)
    var headers: HTTPHeaderList = ["NodeName": node]
    if let token {
      headers.append(name: "Authorization", value: "Bearer \(try JoinTokenParts(parsing: token).bearer)")
    }
    return try await HTTPClient(host: "127.0.0.1", port: port, tls: tls, group: testGroup).send(
      HTTPClientRequest(method: "POST", target: "/edge.crt", headers: headers, body: body))
  }
}

private func failure<Result>(_ body: () async throws -> Result) async -> IdentityError? {
  do {
    _ = try await body()
    return nil
  } catch {
    return error as? IdentityError
  }
}

@Suite("Bootstrap")
struct BootstrapTests {
  private let node: NodeName

  init() throws { node = try NodeName("edge-1") }

  @Test("a node joins with a token and has its identity on disk")
  func join() async throws {
    let cloud = try Cloud()
    try await withTemporaryDirectory { directory in
      try await cloud.run { port in
        let identity = try await cloud.client(port).join(token: cloud.token(), nodeName: node, directory: directory)
        #expect(identity.nodeName == node)
        let loaded = try #require(try NodeIdentity.load(directory: directory))
        #expect(loaded.credentials == identity.credentials)
        #expect(!FileManager.default.fileExists(atPath: directory + "/node.key.pending"))
        #expect(
          try await cloud.post(port, node: "edge-1", token: nil, body: [1], identity: identity.credentials).status
            == 400)
      }
    }
  }

  @Test(
    "a certificate that begins a little later than now is taken: a CloudCore signs from its present on, and clocks differ"
  )
  func clocks() async throws {
    for (behind, isTaken) in [(250, true), (400, false)] {
      let cloud = try Cloud()
      try await withTemporaryDirectory { directory in
        try await cloud.run { port in
          // Ours are dated back by the authority's allowance, which is added here.
          let late = ManualClock(
            cloud.clock.now() + (.zero - CertificateAuthority.clockSkew - .seconds(behind)))
          let client = BootstrapClient(host: "127.0.0.1", port: port, group: testGroup, clock: late)
          let error = await failure {
            try await client.join(token: cloud.token(), nodeName: node, directory: directory)
          }
          #expect(isTaken ? error == nil : error?.code == .untrusted, "\(behind) s: \(String(describing: error))")
        }
      }
    }
  }

  @Test("/ca.crt is the authority as DER, /node/<name> tells known from unknown, other paths and methods are refused")
  func routes() async throws {
    let cloud = try Cloud()
    _ = await cloud.claims.claim(NodeClaim(node: node, publicKeyFingerprint: "a", evidence: .token))
    try await cloud.run { port in
      let tls = try TLSContexts.client(authorityPEM: cloud.authority.certificatePEM)
      let client = HTTPClient(host: "localhost", port: port, tls: tls, group: testGroup)
      #expect(try await client.send(HTTPClientRequest(target: "/ca.crt")).body == cloud.authority.certificateDER)
      #expect(try await client.send(HTTPClientRequest(target: "/node/edge-1")).text == "Node found")
      #expect(try await client.send(HTTPClientRequest(target: "/node/edge-2")).status == 404)
      #expect(try await client.send(HTTPClientRequest(target: "/node/..%2F")).status == 404)
      #expect(try await client.send(HTTPClientRequest(target: "/")).status == 404)
      #expect(try await client.send(HTTPClientRequest(method: "DELETE", target: "/edge.crt")).status == 405)
    }
  }

  @Test("`keadm join` may go on with a name that was granted but has no Node, however often it asks")
  func nodeCheck() async throws {
    var cloud = try Cloud()
    cloud.configuration.maximumFailures = 3
    cloud.nodeExists = { $0.rawValue == "edge-2" }
    _ = await cloud.claims.claim(NodeClaim(node: node, publicKeyFingerprint: "a", evidence: .token))
    try await cloud.run { [cloud] port in
      let tls = try TLSContexts.client(authorityPEM: cloud.authority.certificatePEM)
      let client = HTTPClient(host: "localhost", port: port, tls: tls, group: testGroup)
      for _ in 0..<5 { #expect(try await client.send(HTTPClientRequest(target: "/node/edge-1")).status == 404) }
      #expect(try await client.send(HTTPClientRequest(target: "/node/edge-2")).status == 200)
    }
  }

  @Test("an expired and a forged token are told apart, refused for good, and never logged")
  func badTokens() async throws {
    let cloud = try Cloud()
    let expired = cloud.token(lifetime: .seconds(-1))
    let forged = JoinTokenIssuer(authority: cloud.authority).mint(lifetime: .seconds(60), clock: cloud.clock)
    try await withTemporaryDirectory { directory in
      try await cloud.run { port in
        for (token, words) in [(expired, "expired at"), (forged, "not issued by this cluster")] {
          let error = await failure {
            try await cloud.client(port).join(token: token, nodeName: node, directory: directory)
          }
          #expect(error?.code == .refused)
          #expect(error?.isRetryable == false)
          #expect(error?.message.contains(words) == true)
          #expect(error?.message.contains("401") == true)
          let refusals = cloud.log.lines.filter { $0.hasPrefix("warning") && $0.contains(words) }
          #expect(refusals.count == 1)
          #expect(refusals.allSatisfy { $0.contains("edge-1") })
        }
      }
      #expect(try NodeIdentity.load(directory: directory) == nil)
    }
    for token in [expired, forged] {
      for part in token.split(separator: ".").dropFirst(2) {
        #expect(!cloud.log.lines.contains { $0.contains(part) })
      }
    }
  }

  @Test("a server with another authority than the token's never sees the token")
  func wrongAuthority() async throws {
    let (ours, theirs) = (try Cloud(), try Cloud())
    try await withTemporaryDirectory { directory in
      try await theirs.run { port in
        let error = await failure {
          try await theirs.client(port).join(token: ours.token(), nodeName: node, directory: directory)
        }
        #expect(error?.code == .wrongAuthority)
        #expect(error?.message == "CA hash of the token does not match the server's CA")
        #expect(theirs.log.lines.isEmpty)
      }
    }
  }

  @Test("a request for another name than the header's is refused")
  func foreignName() async throws {
    let cloud = try Cloud()
    try await cloud.run { port in
      let foreign = try NodeKey.create(for: NodeName("edge-2")).signingRequest()
      let response = try await cloud.post(port, node: "edge-1", token: cloud.token(), body: foreign)
      #expect(response.status == 403)
      #expect(response.text.contains("system:node:edge-1"))
      #expect(await cloud.claims.isKnown(node) == false)
      let bound = cloud.token(node: try NodeName("edge-2"))
      let own = try NodeKey.create(for: node).signingRequest()
      #expect(try await cloud.post(port, node: "edge-1", token: bound, body: own).status == 403)
      #expect(try await cloud.post(port, node: "Edge 1", token: cloud.token(), body: own).status == 400)
      #expect(try await cloud.post(port, node: "edge-1", token: nil, body: own).status == 401)
    }
  }

  @Test("a request that is oversized, not signed by its key or no request at all is refused")
  func badRequests() async throws {
    let cloud = try Cloud()
    try await cloud.run { port in
      var badSignature = try NodeKey.create(for: node).signingRequest()
      badSignature[badSignature.count - 2] ^= 1
      let huge = [UInt8](repeating: 0x30, count: 100_000)
      for (body, status) in [(badSignature, 400), ([], 400), (Array("x".utf8), 400), (huge, 413)] {
        #expect(try await cloud.post(port, node: "edge-1", token: cloud.token(), body: body).status == status)
      }
      let authorized = try await cloud.post(
        port, node: "edge-1", token: cloud.token(lifetime: .seconds(-1)), body: huge)
      #expect(authorized.status == 401)
      #expect(await cloud.claims.isKnown(node) == false)
    }
  }

  @Test("a taken name is refused to another key, unless its token is bound to the name")
  func takenName() async throws {
    let cloud = try Cloud()
    try await withTemporaryDirectory { directory in
      try await cloud.run { port in
        let client = cloud.client(port)
        _ = try await client.join(token: cloud.token(), nodeName: node, directory: directory + "/first")
        let error = await failure {
          try await client.join(token: cloud.token(), nodeName: node, directory: directory + "/second")
        }
        #expect(error?.code == .refused)
        #expect(error?.message.contains("taken by a node with another key") == true)
        _ = try await client.join(token: cloud.token(node: node), nodeName: node, directory: directory + "/second")
      }
    }
  }

  @Test("an attempt after a lost answer shows the same key and is the same node")
  func lostAnswer() async throws {
    let cloud = try Cloud()
    try await withTemporaryDirectory { directory in
      let pending = try NodeKey.loadOrCreatePending(for: node, directory: directory)
      try await cloud.run { port in
        let lost = try await cloud.post(port, node: "edge-1", token: cloud.token(), body: pending.signingRequest())
        #expect(lost.status == 200)
        let identity = try await cloud.client(port).join(token: cloud.token(), nodeName: node, directory: directory)
        #expect(identity.publicKeyFingerprint == pending.publicKeyFingerprint)
      }
    }
  }

  @Test("a node rotates its certificate with the current one and a new key, but only its own")
  func rotation() async throws {
    let cloud = try Cloud()
    try await withTemporaryDirectory { directory in
      try await cloud.run { port in
        let client = cloud.client(port)
        let first = try await client.join(token: cloud.token(), nodeName: node, directory: directory)
        let second = try await client.rotate(first, directory: directory)
        #expect(second.publicKeyFingerprint != first.publicKeyFingerprint)
        #expect(try NodeIdentity.load(directory: directory)?.publicKeyFingerprint == second.publicKeyFingerprint)
        let other = try NodeKey.create(for: NodeName("edge-2")).signingRequest()
        let stolen = try await cloud.post(
          port, node: "edge-2", token: nil, body: other, identity: second.credentials)
        #expect(stolen.status == 403)
        let admin = try cloud.authority.issueClientCertificate(
          commonName: "system:node:edge-1", organizations: ["people"])
        let own = try NodeKey.create(for: node).signingRequest()
        #expect(try await cloud.post(port, node: "edge-1", token: nil, body: own, identity: admin).status == 403)
        let third = try await client.rotate(second, directory: directory)
        _ = third
        let superseded = await failure { try await client.rotate(first, directory: directory + "/old") }
        #expect(superseded?.message.contains("superseded") == true)
      }
    }
  }

  @Test("too many failures from one address are answered 429 until the window is over, also to a good token")
  func rateLimit() async throws {
    var cloud = try Cloud()
    cloud.configuration.maximumFailures = 3
    let limited = cloud
    try await withTemporaryDirectory { directory in
      try await limited.run { port in
        for expected in [401, 401, 401, 429] {
          let response = try await limited.post(
            port, node: "edge-1", token: limited.token(lifetime: .seconds(-1)), body: [1])
          #expect(response.status == expected)
        }
        let error = await failure {
          try await limited.client(port).join(token: limited.token(), nodeName: node, directory: directory)
        }
        #expect(error?.isRetryable == true)
        limited.clock.advance(by: .seconds(61))
        _ = try await limited.client(port).join(token: limited.token(), nodeName: node, directory: directory)
      }
    }
  }

  @Test("a cloud that is not there is worth another try; a certificate that is not valid yet is not taken")
  func unavailable() async throws {
    let cloud = try Cloud()
    try await withTemporaryDirectory { directory in
      let port = try await cloud.run { port in
        let behind = ManualClock(cloud.clock.now() + .seconds(-3600))
        let client = BootstrapClient(host: "127.0.0.1", port: port, group: testGroup, clock: behind)
        let error = await failure {
          try await client.join(token: cloud.token(), nodeName: node, directory: directory)
        }
        #expect(error?.code == .untrusted)
        return port
      }
      let error = await failure {
        try await cloud.client(port).join(token: cloud.token(), nodeName: node, directory: directory)
      }
      #expect(error?.code == .unavailable)
      #expect(error?.isRetryable == true)
      let malformed = await failure {
        try await cloud.client(port).join(token: "token", nodeName: node, directory: directory)
      }
      #expect(malformed?.code == .malformed)
    }
  }
}
#endif
