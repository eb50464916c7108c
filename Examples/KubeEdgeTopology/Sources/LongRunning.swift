#if Networking && SQLite && YAML
import ArgumentParser
import Logging
import ServiceLifecycle
import UnixSignals

struct LogOptions: ParsableArguments {
  @Option(
    help: "Log messages from this level on: trace, debug, info, notice, warning, error or critical.",
    transform: { word in
      guard let level = Logger.Level(rawValue: word) else { throw ValidationError("there is no log level \"\(word)\"") }
      return level
    })
  var logLevel: Logger.Level = .info

  /// Logs go to standard error; standard output belongs to results and to the READY line.
  func makeLogger(_ label: String) -> Logger {
    var logger = Logger(label: label) { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = logLevel
    return logger
  }
}

/// A service whose `run` ends when its task is cancelled, for a ``ServiceGroup`` that asks for a graceful shutdown.
struct CancellableService: Service {
  let body: @Sendable () async throws -> Void

  init(_ body: @escaping @Sendable () async throws -> Void) { self.body = body }

  func run() async throws {
    try await cancelWhenGracefulShutdown {
      do {
        try await body()
      } catch is CancellationError {
        // The way out that was asked for.
      }
    }
  }
}

/// Runs services until one fails or SIGTERM or SIGINT asks for a graceful stop.
func runUntilStopped(_ services: [CancellableService], logger: Logger) async throws {
  let group = ServiceGroup(
    configuration: ServiceGroupConfiguration(
      services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
      gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
  try await group.run()
}

/// Tells whoever waits that the program serves: one line on standard output, flushed at once.
func printReady(_ address: String) {
  Terminal.print("READY \(address)")
}
#endif
