#if Networking
import EdgeHTTP
import EdgeMetrics
import Logging
import Metrics
import NIOPosix
import Synchronization
import Testing

private final class Switch: Sendable {
  private let state = Mutex(Health.healthy)
  var health: Health {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }
}

@Suite struct MetricsListenerTests {
  private let metrics = PrometheusMetrics()
  private let state = Switch()

  private func withListener(_ body: (HTTPClient) async throws -> Void) async throws {
    let group = MultiThreadedEventLoopGroup.singleton
    let listener = MetricsListener(
      configuration: MetricsListener.configuration(host: "127.0.0.1", port: 0), metrics: metrics,
      collectors: [{ page in page.add("revision", .gauge, help: "The store's revision.", value: 12) }],
      health: { [state] in state.health }, group: group, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    )
    let (ports, ready) = AsyncStream.makeStream(of: Int.self)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask {
        defer { ready.finish() }
        try await listener.run { _, port in ready.yield(port) }
      }
      var iterator = ports.makeAsyncIterator()
      let port = try #require(await iterator.next())
      try await body(HTTPClient(host: "127.0.0.1", port: port, tls: nil, group: group))
      tasks.cancelAll()
      try await tasks.waitForAll()
    }
  }

  private func expect(
    _ client: HTTPClient, _ path: String, method: String = "GET", _ status: Int, _ body: String,
    at location: SourceLocation = #_sourceLocation
  ) async throws {
    let answer = try await get(client, path, method: method)
    #expect(answer == (status, body), sourceLocation: location)
  }

  private func get(_ client: HTTPClient, _ path: String, method: String = "GET") async throws -> (Int, String) {
    let response = try await client.send(HTTPClientRequest(method: method, target: path))
    return (response.status, String(decoding: response.body, as: UTF8.self))
  }

  @Test("/metrics gives the series, the collectors' values and the process, as the text format's version says")
  func scrape() async throws {
    Counter(label: "puts_total", factory: metrics).increment(by: 3)
    try await withListener { client in
      let response = try await client.send(HTTPClientRequest(target: "/metrics"))
      let text = String(decoding: response.body, as: UTF8.self)
      #expect(response.status == 200)
      #expect(response.headers.first(name: "Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
      #expect(text.hasPrefix("# TYPE puts_total counter\nputs_total 3\n"))
      #expect(text.contains("# HELP revision The store's revision.\n# TYPE revision gauge\nrevision 12\n"))
      #if os(Linux)
      #expect(text.contains("\nprocess_resident_memory_bytes "))
      #endif
      #expect(text.hasSuffix("\n"))
      try await expect(client, "/metrics", method: "HEAD", 200, "")
    }
  }

  @Test("/health and /readyz answer 200 or 503 with the reason, /livez is alive either way")
  func health() async throws {
    try await withListener { client in
      try await expect(client, "/health", 200, #"{"health":"true","reason":""}"#)
      #expect(try await get(client, "/health?serializable=true").0 == 200)
      try await expect(client, "/readyz", 200, "ok\n")
      state.health = .unhealthy(reason: "disk \"full\"\n\u{1}\\")
      try await expect(client, "/health", 503, #"{"health":"false","reason":"disk \"full\"\n\u0001\\"}"#)
      #expect(try await get(client, "/readyz").0 == 503)
      try await expect(client, "/livez", 200, "ok\n")
    }
  }

  @Test("other paths and methods are refused")
  func refusals() async throws {
    try await withListener { client in
      try await expect(client, "/", 404, "not found\n")
      try await expect(client, "/metrics/", 404, "not found\n")
      try await expect(client, "/health", method: "POST", 405, "")
      let withBody = try await client.send(HTTPClientRequest(method: "POST", target: "/", body: [0]))
      #expect(withBody.status == 405)
    }
  }

  @Test("scrapes under load are whole pages")
  func scrapesUnderLoad() async throws {
    try await withListener { client in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for worker in 0..<4 {
          group.addTask { [metrics] in
            for round in 0..<2_000 {
              Counter(label: "work", dimensions: [("worker", "\(worker)"), ("kind", "\(round % 7)")], factory: metrics)
                .increment()
            }
          }
          group.addTask {
            for _ in 0..<5 {
              let (status, text) = try await get(client, "/metrics")
              #expect(status == 200)
              let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
              #expect(Set(lines.map { $0.split(separator: " ")[0] }).count == lines.count)
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }
}
#endif
