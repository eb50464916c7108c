#if Networking
/// One complete request: its body has been read in full, within the server's limit.
public struct HTTPServerRequest: Sendable {
  /// In upper case, as sent: `GET`, `PATCH`, ...
  public var method: String
  /// The request target exactly as sent.
  public var target: String
  /// The target without its query. Not percent-decoded: decoding before splitting at `/` would let `%2F` forge a path.
  public var path: String
  /// The query's fields in order, percent-decoded, `+` read as a blank.
  public var query: [(name: String, value: String)]
  public var headers: HTTPHeaderList
  public var body: [UInt8]
  /// The certificate that TLS verified against the client authority; nil when none was presented.
  public var peer: PeerCertificate?
  /// The peer's IP address without its port; empty when unknown.
  public var remoteAddress: String

  public init(
    method: String, target: String, headers: HTTPHeaderList = [:], body: [UInt8] = [], peer: PeerCertificate? = nil,
    remoteAddress: String = ""
  ) {
    self.method = method
    self.target = target
    let parts = RequestTarget(target)
    path = parts.path
    query = parts.query
    self.headers = headers
    self.body = body
    self.peer = peer
    self.remoteAddress = remoteAddress
  }

  /// The first query field of that name.
  public func query(_ name: String) -> String? { query.first { $0.name == name }?.value }
}

/// A leaf certificate that the TLS handshake has verified, as DER.
public struct PeerCertificate: Sendable, Hashable {
  public let derBytes: [UInt8]

  public init(derBytes: [UInt8]) { self.derBytes = derBytes }
}
#endif
