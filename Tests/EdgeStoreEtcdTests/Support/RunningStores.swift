#if Networking
import EdgeStoreEtcd
import EdgeTestKit
import Foundation
import Logging
import NIOPosix

extension EtcdProcess {
  var endpoint: EtcdEndpoint { EtcdEndpoint(host: "127.0.0.1", port: port) }
}

extension Logger {
  /// Tells nothing, unless `EDGE_TEST_LOG` asks for it.
  static var quiet: Logger {
    if ProcessInfo.processInfo.environment["EDGE_TEST_LOG"] != nil {
      var logger = Logger(label: "test")
      logger.logLevel = .debug
      return logger
    }
    return Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
  }
}

extension EtcdStore {
  static func with<Result>(
    _ endpoints: [EtcdEndpoint], _ body: (EtcdStore) async throws -> Result
  ) async throws -> Result {
    try await with(EtcdStoreConfiguration(endpoints: endpoints), body)
  }

  /// A store that serves watches while `body` runs.
  static func with<Result>(
    _ configuration: EtcdStoreConfiguration, _ body: (EtcdStore) async throws -> Result
  ) async throws -> Result {
    let store = EtcdStore(
      configuration: configuration, group: .singletonMultiThreadedEventLoopGroup, logger: .quiet)
    let running = Task { await store.run() }
    do {
      let result = try await body(store)
      await store.close()
      await running.value
      return result
    } catch {
      await store.close()
      await running.value
      throw error
    }
  }
}
#endif
