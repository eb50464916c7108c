#if Networking && SQLite
import ArgumentParser
import EdgeGRPC
import EdgeHTTP
import EdgeMetrics
import EdgePrimitives
import EdgeStore
import EdgeStoreSQLite
import EtcdAPI
import EtcdServer
import Logging
import Metrics
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serve the API of etcd, version 3, from a directory.",
    discussion: """
      Prints READY and the URLs on standard output when it serves, and stops gracefully on SIGTERM and SIGINT: health \
      turns NOT_SERVING, streams end, calls under way are answered, the database is folded into one file.
      """)

  @Option(help: ArgumentHelp("Where the data is; made when it does not exist.", valueName: "dir"))
  var dataDir: String

  @Option(
    help: ArgumentHelp("Where to serve clients; several URLs are separated by commas.", valueName: "url"),
    transform: ListenURL.list)
  var listenClientUrls: [ListenURL] = [ListenURL(isSecure: false, host: "127.0.0.1", port: 2379)]

  @Option(
    help: ArgumentHelp("What members lists say, when clients reach the server elsewhere.", valueName: "url"))
  var advertiseClientUrls: String?

  @Option(help: "The member's name in lists.")
  var name = "default"

  @Option(
    help: ArgumentHelp("How often a quiet watch is told of its progress, if it asked for that.", valueName: "duration"),
    transform: parseDuration)
  var watchProgressNotifyInterval: Duration = .seconds(600)

  @OptionGroup var tls: TLSOptions

  @Option(
    help: ArgumentHelp("Where to serve /metrics and /health, without TLS.", valueName: "url"),
    transform: ListenURL.list)
  var listenMetricsUrls: [ListenURL] = []

  @Option(
    help: ArgumentHelp("Refuse to let the database grow beyond this; 0: until the disk is full.", valueName: "bytes"))
  var quotaBackendBytes = 0

  enum CompactionMode: String, ExpressibleByArgument, CaseIterable { case periodic, revision }

  @Option(help: "What --auto-compaction-retention counts: time, or revisions.")
  var autoCompactionMode = CompactionMode.periodic

  @Option(
    help: ArgumentHelp(
      "How much history to keep: 30m, 12h, or hours without a unit; in mode revision a number. 0: all, until a client compacts.",
      valueName: "amount"))
  var autoCompactionRetention = "0"

  @Option(
    help: ArgumentHelp(
      "How many bytes of current values are kept in memory; others are read from the disk.", valueName: "bytes"))
  var valueMemoryBytes = 16 << 20

  @Option(
    help: ArgumentHelp(
      """
      Renewals of existing keys with these prefixes, separated by commas, need not be on the disk when they are answered; \
      "kubernetes" stands for the leases of nodes and API servers. A crash takes renewals, never the keys.
      """, valueName: "prefixes"))
  var heartbeatPrefixes: String?

  @Option(
    help: ArgumentHelp("How often the newest of those is written to the disk.", valueName: "duration"),
    transform: parseDuration)
  var heartbeatInterval: Duration = .seconds(60)

  @OptionGroup var logs: LogOptions

  func validate() throws {
    if listenClientUrls.isEmpty { throw ValidationError("--listen-client-urls names no URL") }
    if listenClientUrls.contains(where: \.isSecure), tls.certFile == nil {
      throw ValidationError("https:// needs --cert-file and --key-file")
    }
    if watchProgressNotifyInterval < .milliseconds(100) {
      throw ValidationError("--watch-progress-notify-interval is at least 100ms")
    }
    if listenMetricsUrls.contains(where: \.isSecure) {
      throw ValidationError("--listen-metrics-urls takes http:// only")
    }
    _ = try autoCompaction
    _ = try heartbeat
    if valueMemoryBytes < 0 { throw ValidationError("--value-memory-bytes is not negative") }
    if quotaBackendBytes < 0 { throw ValidationError("--quota-backend-bytes is not negative") }
  }

  private var autoCompaction: AutoCompaction? {
    get throws {
      let text = autoCompactionRetention
      if text == "0" { return nil }
      switch autoCompactionMode {
      case .revision:
        guard let kept = Int64(text), kept > 0 else { throw ValidationError("\"\(text)\" is no number of revisions") }
        return .revisions(kept)
      case .periodic:
        let period = try Int64(text).map { try parseDuration("\($0)h") } ?? parseDuration(text)
        guard period >= .seconds(1) else { throw ValidationError("--auto-compaction-retention is at least 1s") }
        return .periodic(period)
      }
    }
  }

  private var heartbeat: HeartbeatPolicy? {
    get throws {
      guard let heartbeatPrefixes else { return nil }
      if heartbeatInterval < .seconds(1) { throw ValidationError("--heartbeat-interval is at least 1s") }
      var prefixes: [StoreKey] = []
      for prefix in heartbeatPrefixes.split(separator: ",", omittingEmptySubsequences: false) {
        if prefix.isEmpty {
          throw ValidationError("--heartbeat-prefixes has an empty prefix, which would mean every key")
        }
        prefixes += prefix == "kubernetes" ? HeartbeatPolicy.kubernetes.prefixes : [StoreKey(Array(prefix.utf8))]
      }
      return HeartbeatPolicy(prefixes: prefixes, interval: heartbeatInterval)
    }
  }

  func run() async throws {
    let logger = logs.makeLogger("edge-store")
    let context = try tls.makeContext()
    let directory = DataDirectory(path: dataDir)
    try directory.create()
    var configuration = DataDirectory.keepingHistory()
    if quotaBackendBytes > 0 { configuration.maximumDatabaseBytes = quotaBackendBytes }
    configuration.maximumValueMemoryBytes = valueMemoryBytes
    // A server has many writers, which wait while the log is folded in: seldom, then.
    configuration.checkpointBytes = 16 << 20
    configuration.heartbeat = try heartbeat
    let metrics = PrometheusMetrics()
    // Series are made with the store and the server, so the factory comes first.
    MetricsSystem.bootstrap(metrics)
    let store = try directory.open(configuration)
    do {
      try await serve(store, directory, context, metrics, logger)
    } catch {
      await store.close()
      throw error
    }
    await store.close()
  }

  private func serve(
    _ store: SQLiteStore, _ directory: DataDirectory, _ context: NIOSSLContext?, _ metrics: PrometheusMetrics,
    _ logger: Logger
  ) async throws {
    let member = try directory.beginTerm(entropy: SystemEntropy())
    var configuration = EtcdServerConfiguration()
    configuration.name = name
    configuration.watchProgressInterval = watchProgressNotifyInterval
    configuration.autoCompaction = try autoCompaction
    configuration.advertisedClientURLs =
      advertiseClientUrls.map { $0.split(separator: ",").map { String($0) } } ?? listenClientUrls.map(\.description)
    let server = EtcdServer(
      store: store, identity: member.identity, configuration: configuration, alarms: member.alarms,
      persistAlarms: { try directory.writeMember(.init(identity: member.identity, alarms: $0)) }, logger: logger)
    let readiness = Readiness(listenClientUrls, others: listenMetricsUrls.count)
    let monitor = StoreMonitor(store: store, health: server.health)
    try await runUntilStopped(logger: logger) {
      try await server.serving { services in
        let http = HTTPConnections(
          configuration: .etcdClients, logger: logger,
          handler: server.httpHandler(services) {
            let page = await MetricsListener.page(metrics, collectors: [{ await monitor.write(to: &$0) }])
            return (MetricsText.contentType, page.text)
          })
        try await withThrowingTaskGroup(of: Void.self) { group in
          for (index, url) in listenClientUrls.enumerated() {
            let listener = GRPCServer(
              configuration: .etcd(host: url.host, port: url.port), services: services,
              tls: url.isSecure ? context : nil, group: MultiThreadedEventLoopGroup.singleton, guest: .http(http),
              logger: logger)
            group.addTask {
              try await listener.run { _, port in readiness.isListening(index, port: port) }
            }
          }
          for url in listenMetricsUrls {
            let listener = MetricsListener(
              configuration: MetricsListener.configuration(host: url.host, port: url.port), metrics: metrics,
              collectors: [{ await monitor.write(to: &$0) }], health: { await monitor.check() },
              group: MultiThreadedEventLoopGroup.singleton, logger: logger)
            group.addTask {
              try await listener.run { host, port in
                logger.info("metrics", metadata: ["url": "http://\(host):\(port)/metrics"])
                readiness.isListening()
              }
            }
          }
          group.addTask { try await MemoryReturn(store: store).run { try await Task.sleep(for: $0) } }
          try await group.waitForAll()
        }
      }
    } onStop: {
      server.health.set(.notServing)
    }
  }
}

/// Prints the READY line once everything listens, with the ports that were chosen.
private final class Readiness: Sendable {
  private struct State {
    var urls: [ListenURL]
    var missing: Int
  }

  private let state: Mutex<State>

  init(_ urls: [ListenURL], others: Int) { state = Mutex(State(urls: urls, missing: urls.count + others)) }

  func isListening(_ index: Int, port: Int) { note { $0.urls[index].port = port } }

  func isListening() { note { _ in } }

  private func note(_ change: (inout State) -> Void) {
    let line = state.withLock { state -> String? in
      change(&state)
      state.missing -= 1
      return state.missing == 0 ? "READY \(state.urls.map(\.description).joined(separator: ","))" : nil
    }
    if let line { FileContent.print(line) }
  }
}
#endif
