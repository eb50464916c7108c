#if Networking
import EdgeHTTP
import EdgeIdentity
import EdgePrimitives

/// Who a request comes from.
public enum APIIdentity: Hashable, Sendable, CustomStringConvertible {
  /// May do everything.
  case administrator(String)
  case node(NodeName)
  /// Somebody with a certificate of ours that gives no rights here.
  case user(String)
  case anonymous

  public var description: String {
    switch self {
    case .administrator(let name), .user(let name): name
    case .node(let name): "system:node:\(name)"
    case .anonymous: "system:anonymous"
    }
  }
}

/// Finds out who a request comes from: by bearer token, or by the client certificate that TLS verified.
///
/// A certificate of organization `system:masters` is an administrator, one of `system:nodes` is its node.
public struct APIAuthenticator: Sendable {
  private let administratorToken: [UInt8]?
  private let everybody: APIIdentity?

  /// - Parameter administratorToken: nil (or empty) accepts certificates only.
  public init(administratorToken: String?) {
    self.administratorToken = administratorToken.flatMap { $0.isEmpty ? nil : Array($0.utf8) }
    everybody = nil
  }

  private init(everybody: APIIdentity) {
    administratorToken = nil
    self.everybody = everybody
  }

  /// Takes everybody who can connect for an administrator: only for a listener that nobody else can reach, such as a
  /// node's read API on loopback.
  public static let unsafeTrustingEverybody = APIAuthenticator(everybody: .administrator("local"))

  /// - Throws: ``APIError/Code/unauthorized`` for a wrong credential. None at all is anonymous. The error never repeats
  ///   what was presented.
  public func identity(of request: HTTPServerRequest) throws(APIError) -> APIIdentity {
    if let everybody { return everybody }
    if let header = request.headers.first(name: "authorization") {
      guard let token = Self.bearer(header), let expected = administratorToken,
        Self.equalInConstantTime(Array(token.utf8), expected)
      else { throw .unauthorized }
      return .administrator("admin")
    }
    guard let certificate = request.peer else { return .anonymous }
    guard let peer = try? PeerIdentity(der: certificate.derBytes), let name = peer.commonName else {
      throw .unauthorized
    }
    if peer.organizations.contains("system:masters") { return .administrator(name) }
    if let node = peer.nodeName, peer.organizations.contains("system:nodes") { return .node(node) }
    return .user(name)
  }

  private static func bearer(_ header: String) -> Substring? {
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
    return parts[1]
  }

  /// Takes as long for a wrong token as for a right one of the same length, so that it cannot be guessed byte by byte.
  private static func equalInConstantTime(_ presented: [UInt8], _ expected: [UInt8]) -> Bool {
    var difference = presented.count ^ expected.count
    for index in presented.indices { difference |= Int(presented[index] ^ expected[index % expected.count]) }
    return difference == 0
  }
}
#endif
