#if Networking && SQLite
import ArgumentParser
import Logging
import ServiceLifecycle
import UnixSignals

struct LogOptions: ParsableArguments {
  @Option(
    help: "Log messages from this level on: trace, debug, info, notice, warning, error or critical.",
    transform: { word in
      // `warn` is what etcd calls it.
      guard let level = Logger.Level(rawValue: word == "warn" ? "warning" : word) else {
        throw ValidationError("there is no log level \"\(word)\"")
      }
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

/// Runs `body` until it ends by itself, or until SIGTERM or SIGINT asks for a graceful stop; then its task is cancelled and
/// waited for.
func runUntilStopped(
  logger: Logger, _ body: @escaping @Sendable () async throws -> Void, onStop: @escaping @Sendable () -> Void
) async throws {
  struct Body: Service {
    let onStop: @Sendable () -> Void
    let body: @Sendable () async throws -> Void

    func run() async throws {
      try await withGracefulShutdownHandler {
        try await cancelWhenGracefulShutdown {
          do {
            try await body()
          } catch is CancellationError {
            // The way out that was asked for.
          }
        }
      } onGracefulShutdown: {
        onStop()
      }
    }
  }
  let group = ServiceGroup(
    configuration: ServiceGroupConfiguration(
      services: [
        .init(service: Body(onStop: onStop, body: body), successTerminationBehavior: .gracefullyShutdownGroup)
      ], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
  try await group.run()
}
#endif
