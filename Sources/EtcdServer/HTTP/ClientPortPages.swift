#if Networking
import EdgeGRPC
import EdgeHTTP
import EdgeJSON

/// What members of etcd answer to HTTP/1.1 on the port of their clients.
///
/// | path | |
/// |---|---|
/// | `/health`, `/livez`, `/readyz` | for probes |
/// | `/version` | of the server and of its cluster |
/// | `/metrics` | for Prometheus |
/// | `/v3/...` | the API as JSON |
struct ClientPortPages: Sendable {
  let gateway: JSONGateway
  let health: HealthChecks
  let version: String
  let metrics: (@Sendable () async -> (contentType: String, text: String))?

  // As etcd's: any page may ask, and there are no cookies to be stolen.
  private static let sharing = [
    ("Access-Control-Allow-Headers", "accept, content-type, authorization"),
    ("Access-Control-Allow-Methods", "POST, GET, OPTIONS, PUT, DELETE"), ("Access-Control-Allow-Origin", "*"),
  ]

  func answer(_ request: HTTPServerRequest) async -> HTTPServerResponse {
    var response = await page(request)
    response.headers = Self.sharing + response.headers
    return response
  }

  private func page(_ request: HTTPServerRequest) async -> HTTPServerResponse {
    if request.method == "OPTIONS" { return HTTPServerResponse(status: 200) }
    let path = PercentEncoding.decodedSegment(request.path)
    if path.hasPrefix("/v3/") { return await gateway.answer(request, path: path) }
    // What the API was called in etcd 3.3.
    if path.hasPrefix("/v3beta/") {
      return await gateway.answer(request, path: "/v3/" + path.dropFirst("/v3beta/".count))
    }
    if let response = await health.answer(request, path: path) { return response }
    switch path {
    case "/version":
      guard request.method == "GET" else {
        var response = HTTPServerResponse.text(405, "Method Not Allowed\n")
        response.headers += [("Allow", "GET"), ("X-Content-Type-Options", "nosniff")]
        return response
      }
      return HTTPServerResponse(
        status: 200, headers: [("Content-Type", "application/json")], body: .bytes(versions))
    case "/metrics":
      guard let metrics else { break }
      let (contentType, text) = await metrics()
      return HTTPServerResponse(status: 200, headers: [("Content-Type", contentType)], body: .bytes(Array(text.utf8)))
    default: break
    }
    var response = HTTPServerResponse.text(404, "404 page not found\n")
    response.headers.append(("X-Content-Type-Options", "nosniff"))
    return response
  }

  /// A cluster has the version of its series.
  private var versions: [UInt8] {
    let series = version.split(separator: ".").prefix(2).joined(separator: ".")
    return Array(#"{"etcdserver":"\#(version)","etcdcluster":"\#(series).0"}"#.utf8)
  }
}

extension GuestProtocol {
  /// HTTP/1.1 beside gRPC.
  public static func http(_ connections: HTTPConnections) -> GuestProtocol {
    GuestProtocol { channel in
      let open = try connections.open(channel)
      return Connection(run: { await open.run() }, stop: { open.stop() })
    }
  }
}

extension HTTPServerConfiguration {
  /// For the clients of an ``EtcdServer``. A value of the greatest size takes a third more as JSON.
  public static var etcdClients: HTTPServerConfiguration {
    var configuration = HTTPServerConfiguration()
    configuration.maximumBodyBytes = 4 << 20
    return configuration
  }
}
#endif
