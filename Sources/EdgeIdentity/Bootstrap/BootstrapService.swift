#if Networking
import EdgeHTTP
import EdgePrimitives
import Logging
import Synchronization

public struct BootstrapConfiguration: Sendable {
  /// How long a node's certificate is good for.
  public var certificateLifetime: Duration = .seconds(365 * 86_400)
  /// So many refusals in ``failureWindow`` and an address is answered 429 until the window is over.
  public var maximumFailures = 20
  public var failureWindow: Duration = .seconds(60)
  /// Addresses remembered at once.
  public var maximumAddresses = 4096

  public init() {}
}

/// How a node gets its certificate: the routes of KubeEdge's bootstrap port.
///
/// | route | answer |
/// |---|---|
/// | `GET /ca.crt` | the authority's certificate, DER |
/// | `GET` or `POST /edge.crt` | body: signing request, DER; answer: the node's certificate, DER |
/// | `GET /node/<name>` | 200 when there is such a node, else 404: `keadm join` goes on only then |
///
/// `/edge.crt` needs the header `NodeName` and either `Authorization: Bearer <join token without its first part>` or, to
/// rotate, the node's certificate as TLS client certificate. KubeEdge's `ExtKeyUsages` header is ignored: a node gets
/// clientAuth. Unlike KubeEdge, the request's signature and its name are checked, and a name stays with its key (see
/// ``ClaimRecord``).
///
/// Serve it with TLS and ``ClientCertificates/optional``: a node that joins has no certificate yet.
public struct BootstrapService: Sendable {
  private let authority: CertificateAuthority
  private let tokens: JoinTokenIssuer
  private let claims: any NodeClaims
  private let configuration: BootstrapConfiguration
  private let clock: any WallClock
  private let logger: Logger
  private let limiter: SharedLimiter
  private let nodeExists: (@Sendable (NodeName) async -> Bool)?

  /// - Parameter nodeExists: whether the cluster has a Node of that name; without it, whether the name was ever granted.
  public init(
    authority: CertificateAuthority, tokens: JoinTokenIssuer, claims: any NodeClaims,
    configuration: BootstrapConfiguration = BootstrapConfiguration(), clock: any WallClock = SystemWallClock(),
    logger: Logger, nodeExists: (@Sendable (NodeName) async -> Bool)? = nil
  ) {
    self.nodeExists = nodeExists
    self.authority = authority
    self.tokens = tokens
    self.claims = claims
    self.configuration = configuration
    self.clock = clock
    self.logger = logger
    limiter = SharedLimiter(
      FailureLimiter(
        maximumFailures: configuration.maximumFailures, window: configuration.failureWindow,
        maximumAddresses: configuration.maximumAddresses))
  }

  /// The answer to a request; a handler for ``HTTPServer``.
  public func handle(_ request: HTTPServerRequest) async -> HTTPServerResponse {
    do throws(Refusal) {
      if limiter.state.withLock({ $0.isBlocked(request.remoteAddress, now: clock.now()) }) {
        throw Refusal(status: 429, reason: "too many refused requests from this address, try again later")
      }
      return try await answer(request)
    } catch {
      return refuse(request, error)
    }
  }

  private func answer(_ request: HTTPServerRequest) async throws(Refusal) -> HTTPServerResponse {
    switch (request.method, request.path) {
    case ("GET", "/ca.crt"):
      return Self.binary(authority.certificateDER)
    case ("GET", "/edge.crt"), ("POST", "/edge.crt"):
      return Self.binary(try await issueCertificate(request))
    case ("GET", let path) where path.hasPrefix("/node/"):
      let name = PercentEncoding.decodedSegment(path.dropFirst("/node/".count))
      guard let node = try? NodeName(name), await isThere(node) else {
        // No failure: whoever joins asks this first.
        return .text(404, "Node not found\n")
      }
      return .text(200, "Node found")
    case (_, "/ca.crt"), (_, "/edge.crt"): throw Refusal(status: 405, reason: "method not allowed")
    default: throw Refusal(status: 404, reason: "no such resource")
    }
  }

  private func isThere(_ node: NodeName) async -> Bool {
    if let nodeExists { await nodeExists(node) } else { await claims.isKnown(node) }
  }

  private func issueCertificate(_ request: HTTPServerRequest) async throws(Refusal) -> [UInt8] {
    guard let header = request.headers.first(name: "NodeName"), let node = try? NodeName(header) else {
      throw Refusal(status: 400, reason: "the NodeName header must hold a valid node name")
    }
    let evidence = try evidence(of: request, for: node)
    guard request.body.count <= SigningRequest.maximumBytes else {
      throw Refusal(
        status: 413, reason: "the signing request is larger than \(SigningRequest.maximumBytes) bytes", node: node)
    }
    let signing: SigningRequest
    do {
      signing = try SigningRequest(derBytes: request.body, for: node)
    } catch {
      throw Refusal(status: error.code == .foreignName ? 403 : 400, reason: error.message, node: node)
    }
    let claim = NodeClaim(node: node, publicKeyFingerprint: signing.publicKeyFingerprint, evidence: evidence)
    switch await claims.claim(claim) {
    case .granted: break
    case .refused(let reason): throw Refusal(status: 403, reason: reason, node: node)
    case .unavailable(let reason):
      logger.error("a node's claim could not be recorded", metadata: ["node": "\(node)", "reason": "\(reason)"])
      throw Refusal(status: 503, reason: "the claim could not be recorded, try again later", node: node)
    }
    do {
      let certificate = try authority.signNodeCertificate(signing, validity: configuration.certificateLifetime)
      logger.info("node certificate issued", metadata: ["node": "\(node)", "address": "\(request.remoteAddress)"])
      return certificate
    } catch {
      logger.error("a node's certificate could not be signed", metadata: ["node": "\(node)", "reason": "\(error)"])
      throw Refusal(status: 500, reason: "the certificate could not be signed", node: node)
    }
  }

  private func evidence(of request: HTTPServerRequest, for node: NodeName) throws(Refusal) -> NodeClaim.Evidence {
    if let authorization = request.headers.first(name: "Authorization") {
      let words = authorization.split(separator: " ")
      guard words.count == 2, words[0].lowercased() == "bearer" else {
        throw Refusal(status: 401, reason: JoinTokenError.malformed.description, node: node)
      }
      do {
        let token = try tokens.verify(bearer: String(words[1]), for: node, now: clock.now())
        return token.node == nil ? .token : .tokenBoundToNode
      } catch {
        throw Refusal(status: error == .wrongNode ? 403 : 401, reason: error.description, node: node)
      }
    }
    guard let peer = request.peer else {
      throw Refusal(status: 401, reason: "a join token or a client certificate is needed", node: node)
    }
    guard let identity = try? PeerIdentity(der: peer.derBytes), identity.nodeName == node else {
      throw Refusal(status: 403, reason: "the client certificate is not for this node", node: node)
    }
    return .certificate(publicKeyFingerprint: identity.publicKeyFingerprint)
  }
}

extension BootstrapService {
  private struct Refusal: Error {
    let status: Int
    /// Goes to the peer and to the log; holds no part of a token or key.
    let reason: String
    var node: NodeName?
  }

  /// The one limiter that all copies of a service share.
  private final class SharedLimiter: Sendable {
    let state: Mutex<FailureLimiter>

    init(_ limiter: FailureLimiter) { state = Mutex(limiter) }
  }

  private func refuse(_ request: HTTPServerRequest, _ refusal: Refusal) -> HTTPServerResponse {
    // Blocked requests do not count, or a blocked address would never be let in again; nor does what is our own fault.
    if refusal.status != 429, refusal.status < 500 {
      limiter.state.withLock { $0.recordFailure(request.remoteAddress, now: clock.now()) }
    }
    logger.warning(
      "bootstrap request refused",
      metadata: [
        "node": "\(refusal.node.map(\.rawValue) ?? "-")", "reason": "\(refusal.reason)",
        "status": "\(refusal.status)", "address": "\(request.remoteAddress)",
      ])
    var response = HTTPServerResponse.text(refusal.status, refusal.reason + "\n")
    if refusal.status == 429 { response.headers.append(("Retry-After", "60")) }
    if refusal.status == 405 { response.headers.append(("Allow", "GET")) }
    return response
  }

  private static func binary(_ bytes: [UInt8]) -> HTTPServerResponse {
    HTTPServerResponse(status: 200, headers: [("Content-Type", "application/octet-stream")], body: .bytes(bytes))
  }
}
#endif
