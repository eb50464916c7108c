#if Networking && SQLite && canImport(Glibc)
import EdgeAPIModels
import EdgeAPIServer
import EdgeAutonomyCache
import EdgeIdentity
import EdgeJSON
import EdgePrimitives
import EdgeStore
import EdgeStoreSQLite
import EdgeTransport
import EdgeTransportNIO
import EdgeTransportOutbox
import NIOCore
import NIOPosix

@testable import EdgeControlPlane

/// One life of a hub: `HubService` over its database and a socket with mutual TLS, and whoever sends and changes things there.
struct HubLife: Sendable {
  static let node = "edge-1"
  /// Commands of one resource keep their order.
  static let lines = ["line-0", "line-1", "line-2"]
  static let pods = ["pod-0", "pod-1"]

  let directory: CrashDirectory
  let store: SQLiteStore
  let registry: ObjectRegistry
  let view: ClusterView
  let service: HubService

  static func begin(in directory: CrashDirectory) throws -> HubLife {
    let store = try SQLiteStore.open(path: "\(directory.path)/cloud.db")
    let registry = ObjectRegistry(store: store)
    let view = ClusterView(source: registry, logger: quiet)
    let server = HubServer(
      configuration: HubConfiguration(host: "127.0.0.1", port: 0),
      tls: try TLSContexts.hub(directory.identity("hub"), authorityPEM: directory.authorityPEM),
      group: MultiThreadedEventLoopGroup.singleton, logger: quiet)
    var configuration = HubServiceConfiguration()
    configuration.inventoryTimeout = .seconds(60)
    let service = HubService(
      server: server, registry: registry, view: view, store: store, configuration: configuration, logger: quiet)
    return HubLife(directory: directory, store: store, registry: registry, view: view, service: service)
  }

  /// Serves until `body` ends.
  func run(_ body: @escaping @Sendable (HubLife) async throws -> Void) async throws {
    for object in Self.objects { _ = try? await registry.create(object) }
    let observer = view.observe { change in
      guard change.key.resource == .pods, let report = change.new?["status", "message"]?.stringValue else { return }
      directory.note(.seen, change.key.name, Int(report) ?? 0)
    }
    defer { view.removeObserver(observer) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await view.run() }
      group.addTask { try await service.run { directory.write("port", "\($1)") } }
      await view.synced()
      try await body(self)
      group.cancelAll()
    }
  }

  private static var objects: [UnstructuredObject] {
    var settings = Sample.configMap("settings", value: "0")
    settings.metadata.labels = ["counted": "yes"]
    return [Sample.node(node), settings]
      + pods.map { name in
        var pod = Sample.pod(name, node: node)
        pod["spec", "containers"] = [
          ["name": "main", "image": "app:1", "envFrom": [["configMapRef": ["name": "settings"]]]]
        ]
        return pod
      }
  }

  /// Sends commands and changes an object until the process dies.
  /// - Parameter life: numbers of later lives are larger.
  func work(life: Int) async throws {
    let node = try NodeName(Self.node)
    await withDiscardingTaskGroup { group in
      for line in Self.lines {
        group.addTask {
          for index in (life * 1_000_000)... {
            let sent = try? await service.hub.send(.command(line, "\(index)"), to: node)
            switch sent?.outcomes[node] {
            case .waiting, .delivered: directory.note(.commands, line, index)
            // No room, or no Node yet: nothing was promised.
            default: break
            }
            try? await Task.sleep(for: .milliseconds(2))
          }
        }
      }
      group.addTask {
        for index in (life * 1_000_000)... {
          let written = try? await registry.mutate(Sample.key(.configMaps, "settings")) { settings in
            settings["data"] = ["a": .string("\(index)")]
            return true
          }
          if written != nil { directory.note(.objects, "settings", index) }
          try? await Task.sleep(for: .milliseconds(5))
        }
      }
    }
  }

  /// Whether nothing waits for the node.
  func isQuiet() async -> Bool {
    let status = await service.hub.status()
    return status.pending == 0 && status.storedNodes == 0
  }
}
#endif
