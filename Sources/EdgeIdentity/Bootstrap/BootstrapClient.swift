#if Networking
import EdgeHTTP
import EdgePrimitives
import NIOCore
import NIOSSL

/// A node's side of the bootstrap: gets the first certificate with a join token, and later ones with the current one.
///
/// One attempt a call; when to try again is the caller's decision, and ``IdentityError/isRetryable`` tells whether to.
public struct BootstrapClient: Sendable {
  private let host: String
  private let port: Int
  private let serverHostname: String?
  private let group: any EventLoopGroup
  private let clock: any WallClock
  private let timeout: Duration

  /// - Parameters:
  ///   - serverHostname: the name in the cloud's certificate when it differs from `host`.
  ///   - timeout: for each of the requests made.
  public init(
    host: String, port: Int, serverHostname: String? = nil, group: any EventLoopGroup,
    clock: any WallClock = SystemWallClock(), timeout: Duration = .seconds(10)
  ) {
    self.host = host
    self.port = port
    self.serverHostname = serverHostname
    self.group = group
    self.clock = clock
    self.timeout = timeout
  }

  /// Joins the cluster: fetches the authority's certificate without trusting the server, compares it with the hash in
  /// the token, and only then, over TLS verified against that authority, shows the token and asks for a certificate.
  /// The result is stored in `directory` before it is returned. The node's key never leaves the directory.
  public func join(
    token: String, nodeName: NodeName, directory: String
  ) async throws(IdentityError) -> NodeIdentity {
    let parts: JoinTokenParts
    do {
      parts = try JoinTokenParts(parsing: token)
    } catch {
      throw IdentityError(code: .malformed, message: error.description, cause: error)
    }
    let authorityPEM = try await fetchAuthority(pinnedTo: parts.certificateHash)
    let key = try NodeKey.loadOrCreatePending(for: nodeName, directory: directory)
    return try await obtain(
      key, authorityPEM: authorityPEM, presenting: nil,
      headers: [("Authorization", "Bearer \(parts.bearer)"), ("NodeName", nodeName.rawValue)], directory: directory)
  }

  /// Replaces a node's certificate, with a new key, while the current one is still valid. Until the new one is stored
  /// the old one stays in place.
  public func rotate(_ identity: NodeIdentity, directory: String) async throws(IdentityError) -> NodeIdentity {
    let key = try NodeKey.loadOrCreatePending(for: identity.nodeName, directory: directory)
    return try await obtain(
      key, authorityPEM: identity.authorityPEM, presenting: identity.credentials,
      headers: [("NodeName", identity.nodeName.rawValue)], directory: directory)
  }

  private func fetchAuthority(pinnedTo hash: String) async throws(IdentityError) -> String {
    let request = HTTPClientRequest(target: "/ca.crt")
    let response = try await send(request, tls: TLSContexts.unverifiedBootstrapClient())
    try Self.checkStatus(response)
    guard Hex.sha256(response.body) == hash else {
      throw IdentityError(
        code: .wrongAuthority, message: "CA hash of the token does not match the server's CA")
    }
    return try CertificateForm.pem(der: response.body)
  }

  private func obtain(
    _ key: NodeKey, authorityPEM: String, presenting credentials: KeyAndCertificate?, headers: [(String, String)],
    directory: String
  ) async throws(IdentityError) -> NodeIdentity {
    // GET with a body, as KubeEdge's nodes ask, so that a KubeEdge cloud answers too.
    let request = HTTPClientRequest(
      target: "/edge.crt", headers: HTTPHeaderList(headers), body: try key.signingRequest())
    let tls = try TLSContexts.client(authorityPEM: authorityPEM, identity: credentials)
    let response = try await send(request, tls: tls)
    try Self.checkStatus(response)
    let identity = try NodeIdentity(
      authorityPEM: authorityPEM, certificatePEM: CertificateForm.pem(der: response.body),
      privateKeyPEM: key.privateKeyPEM)
    guard identity.nodeName == key.nodeName else {
      throw IdentityError(code: .foreignName, message: "the certificate is for node \(identity.nodeName)")
    }
    let now = clock.now()
    // A CloudCore signs from its own present on, and clocks differ.
    guard identity.notBefore <= now + CertificateAuthority.clockSkew, now < identity.notAfter else {
      throw IdentityError(
        code: .untrusted,
        message: "the certificate is valid from \(identity.notBefore) to \(identity.notAfter), but it is \(now) here")
    }
    try identity.save(directory: directory)
    NodeKey.removePending(directory: directory)
    return identity
  }

  private func send(_ request: HTTPClientRequest, tls: NIOSSLContext) async throws(IdentityError) -> HTTPClientResponse
  {
    var client = HTTPClient(host: host, port: port, tls: tls, serverHostname: serverHostname, group: group)
    client.maximumBodyBytes = 64 << 10
    do {
      return try await client.send(request, timeout: timeout)
    } catch {
      throw IdentityError(
        code: error.code == .tls ? .untrusted : .unavailable, message: error.message, cause: error)
    }
  }

  private static func checkStatus(_ response: HTTPClientResponse) throws(IdentityError) {
    if response.status == 200 { return }
    let reason = response.text.prefix(200).split(whereSeparator: \.isNewline).joined(separator: " ")
    let isTemporary = response.status == 429 || response.status >= 500
    throw IdentityError(
      code: isTemporary ? .unavailable : .refused, message: "the cloud answered \(response.status): \(reason)")
  }
}
#endif
