#if Networking
import EdgeHTTP
import Logging
import NIOCore

/// Serves `/metrics` to Prometheus, and `/health`, `/livez` and `/readyz` as etcd's metrics listener does:
///
/// | path | answer |
/// |---|---|
/// | `/metrics` | every series, then what the collectors add, then the process |
/// | `/health` | 200 `{"health":"true","reason":""}`, or 503 with `"false"` and the reason |
/// | `/readyz` | 200 `ok`, or 503 with the reason |
/// | `/livez` | 200 `ok` while the process answers at all: a full disk is no reason to restart it |
///
/// Plain HTTP, GET and HEAD only.
public struct MetricsListener: Sendable {
  /// Adds values that are made when somebody asks, such as the size of a database.
  public typealias Collector = @Sendable (inout MetricsText) async -> Void

  private let server: HTTPServer

  /// - Parameters:
  ///   - configuration: as for any ``HTTPServer``; ``configuration(host:port:)`` has limits that fit.
  ///   - collectors: must answer within the scraper's timeout (10 s by default).
  ///   - health: asked for each request; cancelled when the peer goes away.
  public init(
    configuration: HTTPServerConfiguration, metrics: PrometheusMetrics, collectors: [Collector] = [],
    health: @escaping @Sendable () async -> Health, group: any EventLoopGroup, logger: Logger
  ) {
    server = HTTPServer(configuration: configuration, tls: nil, group: group, logger: logger) { request in
      guard request.method == "GET" || request.method == "HEAD" else {
        return HTTPServerResponse(status: 405, headers: [("Allow", "GET, HEAD")])
      }
      switch request.path {
      case "/metrics":
        let page = await Self.page(metrics, collectors: collectors)
        return HTTPServerResponse(
          status: 200, headers: [("Content-Type", MetricsText.contentType)], body: .bytes(Array(page.text.utf8)))
      case "/health":
        let health = await health()
        return HTTPServerResponse(
          status: health == .healthy ? 200 : 503, headers: [("Content-Type", "application/json")],
          body: .bytes(Array(health.document.utf8)))
      case "/readyz":
        switch await health() {
        case .healthy: return .text(200, "ok\n")
        case .unhealthy(let reason): return .text(503, reason + "\n")
        }
      case "/livez": return .text(200, "ok\n")
      default: return .text(404, "not found\n")
      }
    }
  }

  /// Every series, then what the collectors add, then the process: for servers that show it on a port of their own, too.
  public static func page(_ metrics: PrometheusMetrics, collectors: [Collector]) async -> MetricsText {
    var page = MetricsText()
    metrics.write(to: &page)
    for collector in collectors { await collector(&page) }
    ProcessMetrics.write(to: &page)
    return page
  }

  /// Limits for a listener with a scraper and a few probes: 32 connections, no bodies to speak of.
  public static func configuration(host: String, port: Int) -> HTTPServerConfiguration {
    var configuration = HTTPServerConfiguration(host: host, port: port)
    configuration.maximumConnections = 32
    configuration.maximumBodyBytes = 4096
    configuration.maximumHeaderBytes = 16 << 10
    return configuration
  }

  /// Serves until the calling task is cancelled.
  /// - Parameter onReady: called once, with the address and port in use.
  /// - Throws: when the address cannot be bound.
  public func run(onReady: @Sendable (_ host: String, _ port: Int) -> Void = { _, _ in }) async throws {
    try await server.run(onReady: onReady)
  }
}
#endif
