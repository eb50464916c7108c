#if Networking && SQLite
import ArgumentParser
import EdgeGRPC
import EdgePrimitives
import EdgeStore
import EdgeStoreSQLite
import EtcdAPI
import EtcdServer
import Logging
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
    help: ArgumentHelp("Refuse to let the database grow beyond this; 0: until the disk is full.", valueName: "bytes"))
  var quotaBackendBytes = 0

  @OptionGroup var logs: LogOptions

  func validate() throws {
    if listenClientUrls.isEmpty { throw ValidationError("--listen-client-urls names no URL") }
    if listenClientUrls.contains(where: \.isSecure), tls.certFile == nil {
      throw ValidationError("https:// needs --cert-file and --key-file")
    }
    if watchProgressNotifyInterval < .milliseconds(100) {
      throw ValidationError("--watch-progress-notify-interval is at least 100ms")
    }
    if quotaBackendBytes < 0 { throw ValidationError("--quota-backend-bytes is not negative") }
  }

  func run() async throws {
    let logger = logs.makeLogger("edge-store")
    let context = try tls.makeContext()
    let directory = DataDirectory(path: dataDir)
    try directory.create()
    var configuration = DataDirectory.keepingHistory()
    if quotaBackendBytes > 0 { configuration.maximumDatabaseBytes = quotaBackendBytes }
    let store = try directory.open(configuration)
    do {
      try await serve(store, directory, context, logger)
    } catch {
      await store.close()
      throw error
    }
    await store.close()
  }

  private func serve(
    _ store: SQLiteStore, _ directory: DataDirectory, _ context: NIOSSLContext?, _ logger: Logger
  ) async throws {
    let member = try directory.beginTerm(entropy: SystemEntropy())
    var configuration = EtcdServerConfiguration()
    configuration.name = name
    configuration.watchProgressInterval = watchProgressNotifyInterval
    configuration.advertisedClientURLs =
      advertiseClientUrls.map { $0.split(separator: ",").map { String($0) } } ?? listenClientUrls.map(\.description)
    let server = EtcdServer(
      store: store, identity: member.identity, configuration: configuration, alarms: member.alarms,
      persistAlarms: { try directory.writeMember(.init(identity: member.identity, alarms: $0)) }, logger: logger)
    let readiness = Readiness(listenClientUrls)
    try await runUntilStopped(logger: logger, onStop: { server.health.set(.notServing) }) {
      try await server.serving { services in
        try await withThrowingTaskGroup(of: Void.self) { group in
          for (index, url) in listenClientUrls.enumerated() {
            let listener = GRPCServer(
              configuration: .etcd(host: url.host, port: url.port), services: services,
              tls: url.isSecure ? context : nil, group: MultiThreadedEventLoopGroup.singleton, logger: logger)
            group.addTask {
              try await listener.run { _, port in readiness.isListening(index, port: port) }
            }
          }
          try await group.waitForAll()
        }
      }
    }
  }
}

/// Prints the READY line once everything listens, with the ports that were chosen.
private final class Readiness: Sendable {
  private let urls: Mutex<(all: [ListenURL], missing: Set<Int>)>

  init(_ urls: [ListenURL]) { self.urls = Mutex((urls, Set(urls.indices))) }

  func isListening(_ index: Int, port: Int) {
    let line = urls.withLock { urls -> String? in
      urls.all[index].port = port
      guard urls.missing.remove(index) != nil, urls.missing.isEmpty else { return nil }
      return "READY \(urls.all.map(\.description).joined(separator: ","))"
    }
    if let line { FileContent.print(line) }
  }
}

/// `10m`, `5s`, `100ms`, `1h`: what Go's flags take, of one unit.
@Sendable func parseDuration(_ text: String) throws -> Duration {
  let digits = text.prefix { $0.isASCII && $0.isNumber }
  guard let number = Int64(digits), number <= 1_000_000_000 else { throw ValidationError("\"\(text)\" is no duration") }
  switch text[digits.endIndex...] {
  case "ms": return .milliseconds(number)
  case "s": return .seconds(number)
  case "m": return .seconds(60 * number)
  case "h": return .seconds(3600 * number)
  default: throw ValidationError("\"\(text)\" is no duration: use a number and ms, s, m or h")
  }
}
#endif
