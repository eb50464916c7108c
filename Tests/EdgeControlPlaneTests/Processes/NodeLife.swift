#if Networking && SQLite && canImport(Glibc)
import EdgeAPIModels
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
import NIOSSL

@testable import EdgeControlPlane
@testable import EdgeNodeAgent

/// One life of a node: the link half of its agent over its database, connected by KubeEdge's WebSocket with mutual TLS.
struct NodeLife: Sendable {
  let directory: CrashDirectory
  let store: SQLiteStore
  let node: FarNode

  static func begin(in directory: CrashDirectory) async throws -> NodeLife {
    let store = try SQLiteStore.open(path: "\(directory.path)/node.db")
    let node = try await FarNode(HubLife.node, store: store) { message in
      directory.note(.applied, message.resource, Int(message.header.resourceVersion) ?? 0)
    }
    return NodeLife(directory: directory, store: store, node: node)
  }

  /// Keeps connecting to whatever hub there is until `body` ends.
  func run(_ body: @escaping @Sendable (NodeLife) async throws -> Void) async throws {
    let tls = try TLSContexts.edge(authorityPEM: directory.authorityPEM, identity: directory.identity("node"))
    let link = ReconnectingLink(
      backoff: Backoff(base: .milliseconds(5), cap: .milliseconds(60), minimum: .milliseconds(1)),
      entropy: SystemEntropy(), onStateChange: { _ in },
      connect: { () async throws(TransportError) in try await connect(tls) })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await node.run() }
      group.addTask { await link.run { try await node.session.run(over: $0) } }
      try await body(self)
      group.cancelAll()
    }
  }

  private func connect(_ tls: NIOSSLContext) async throws(TransportError) -> EdgeConnection {
    let configuration = EdgeHubConfiguration(
      host: "127.0.0.1", port: Int(directory.read("port")) ?? 1, nodeName: node.name)
    return try await EdgeHubClient(
      configuration: configuration, tls: tls, group: MultiThreadedEventLoopGroup.singleton, logger: quiet
    ).connect()
  }

  /// Reports on its pods until the process dies.
  /// - Parameter life: numbers of later lives are larger.
  func work(life: Int) async {
    await withDiscardingTaskGroup { group in
      for pod in HubLife.pods {
        group.addTask {
          for index in (life * 1_000_000)... {
            let patch: JSONValue = ["status": ["message": .string("\(index)")]]
            let message = EdgeMessage(
              id: UniqueID(from: SystemEntropy()), timestamp: SystemWallClock().now(), source: "edged", group: "meta",
              operation: .patch, resource: "default/podpatch/\(pod)", content: MessageContent(text: patch.text))
            let result = try? await node.outbox.enqueue(
              DeliveryItem(objectKey: "pod/\(pod)", version: nil, message: message))
            if let result, result != .refused { directory.note(.reports, pod, index) }
            try? await Task.sleep(for: .milliseconds(3))
          }
        }
      }
    }
  }
}
#endif
