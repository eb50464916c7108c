#if Networking && canImport(Glibc)
import EdgeHTTP
import EdgeIdentity
import EdgeJSON
import EdgePrimitives
import Logging
import NIOCore
import NIOSSL

extension EtcdMember {
  /// A further member, admitted with a join token by another machine's ``ClusterJoinService``. It starts as a learner and
  /// gets its vote when it has caught up.
  ///
  /// The service's authority is fetched without trust, compared with the hash in the token, and only over TLS verified
  /// against it the token is shown.
  /// - Throws: ``EtcdClusterError`` with `refused` or `unavailable`; `IdentityError` with `wrongAuthority`.
  public static func join(
    _ configuration: EtcdMemberConfiguration, server: EtcdEndpoint, token: String, group: any EventLoopGroup,
    entropy: any EntropySource = SystemEntropy(), logger: Logger
  ) async throws -> EtcdMember {
    if let record = try existing(configuration) {
      return try make(configuration, record, group: group, entropy: entropy, logger: logger)
    }
    let parts = try JoinTokenParts(parsing: token)
    let authority = try await send(
      HTTPClientRequest(target: "/ca.crt"), to: server, tls: .unverified, group: group)
    let pem = try CertificateForm.pem(der: authority.body)
    guard try CertificateForm.hash(pem: pem) == parts.certificateHash else {
      throw IdentityError(code: .wrongAuthority, message: "the token belongs to another cluster than \(server)")
    }
    let body: JSONObject = [
      "name": .string(configuration.name), "peerURL": .string(configuration.peer.description),
    ]
    let request = HTTPClientRequest(
      method: "POST", target: "/join", headers: ["Authorization": "Bearer \(parts.bearer)"],
      body: JSONValue.object(body).serialized())
    let answer = try await send(request, to: server, tls: .authority(pem), group: group)
    guard let json = try? JSONValue(parsing: answer.body), let package = JoinPackage(json: json) else {
      throw EtcdClusterError(.failed, "\(server) answered something else than how to join")
    }
    try package.store(memberDirectory: configuration.directory)
    return try make(
      configuration, MemberRecord(package.admission, configuration), group: group, entropy: entropy, logger: logger)
  }

  private enum Trust {
    case unverified
    case authority(String)

    func context() throws(IdentityError) -> NIOSSLContext {
      switch self {
      case .unverified: try TLSContexts.unverifiedBootstrapClient()
      case .authority(let pem): try TLSContexts.client(authorityPEM: pem)
      }
    }
  }

  private static func send(
    _ request: HTTPClientRequest, to server: EtcdEndpoint, tls: Trust, group: any EventLoopGroup
  ) async throws -> HTTPClientResponse {
    var client = HTTPClient(host: server.host, port: server.port, tls: try tls.context(), group: group)
    client.maximumBodyBytes = 256 << 10
    let response: HTTPClientResponse
    do {
      response = try await client.send(request, timeout: .seconds(20))
    } catch {
      throw EtcdClusterError(.unavailable, "\(server) cannot be reached", cause: error)
    }
    guard response.status == 200 else {
      let isTemporary = response.status == 429 || response.status >= 500
      throw EtcdClusterError(
        isTemporary ? .unavailable : .refused, "\(server) answered \(response.status): \(response.text.prefix(300))")
    }
    return response
  }
}
#endif
