#if Networking
/// A request to send. `Host`, `Content-Length` and `Connection` are added by the client.
public struct HTTPClientRequest: Sendable {
  public var method: String
  /// Path and query, already percent-encoded.
  public var target: String
  public var headers: HTTPHeaderList
  /// Sent with any method; KubeEdge's nodes send a body with GET.
  public var body: [UInt8]

  public init(method: String = "GET", target: String, headers: HTTPHeaderList = [:], body: [UInt8] = []) {
    self.method = method
    self.target = target
    self.headers = headers
    self.body = body
  }
}

public struct HTTPClientResponseHead: Sendable, Hashable {
  public var status: Int
  public var headers: HTTPHeaderList
}

public struct HTTPClientResponse: Sendable, Hashable {
  public var status: Int
  public var headers: HTTPHeaderList
  public var body: [UInt8]

  /// The body read as UTF-8, for error texts.
  public var text: String { String(decoding: body, as: UTF8.self) }
}
#endif
