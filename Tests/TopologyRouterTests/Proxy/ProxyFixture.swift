#if Networking
import EdgePrimitives
import Logging
import NIOPosix
import TopologyRouter
import TopologyRouterProxy

/// A running proxy on node n1 of pool hangzhou (nodes n1, n2; n3 is in beijing) in front of named echo servers.
struct ProxyFixture: Sendable {
  let proxy: ServiceProxy
  let group: MultiThreadedEventLoopGroup
  let changes: AsyncStream<[ServicePortListener]>

  /// Runs `body` against a proxy and stops it afterwards.
  static func run<Result: Sendable>(
    configuration: ServiceProxyConfiguration = ServiceProxyConfiguration(),
    _ body: @Sendable (ProxyFixture) async throws -> Result
  ) async throws -> Result {
    let group = MultiThreadedEventLoopGroup.singleton
    let (changes, continuation) = AsyncStream.makeStream(of: [ServicePortListener].self)
    let proxy = ServiceProxy(
      nodeName: try NodeName("n1"), configuration: configuration, group: group,
      logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
      onListenersChanged: { continuation.yield($0) })
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await proxy.run() }
      let result = try await body(ProxyFixture(proxy: proxy, group: group, changes: changes))
      tasks.cancelAll()
      try await tasks.waitForAll()
      return result
    }
  }

  /// Publishes a table and returns the listener of the sample service, waiting for it if need be.
  func serve(_ table: RoutingTable) async throws -> ServicePortListener {
    proxy.update(table)
    if let known = proxy.listeners().first(where: { $0.service == Sample.service }) { return known }
    for await listeners in changes {
      if let listener = listeners.first(where: { $0.service == Sample.service }) { return listener }
    }
    throw CancellationError()
  }

  /// A table whose sample service has the given endpoints: server name by node.
  func table(_ endpoints: [(node: String, port: UInt16)]) throws -> RoutingTable {
    var table = try Sample.twoPools(.openYurt(.nodePool))
    // Each endpoint has a port of its own, so each needs a slice of its own.
    table.apply(.sliceRemoved(SliceID(namespace: "default", name: "web-1")))
    for (index, endpoint) in endpoints.enumerated() {
      let facts = try Sample.endpoint("127.0.0.1", on: endpoint.node, port: endpoint.port)
      table.apply(.slice(Sample.slice([facts], name: "web-\(index)")))
    }
    return table
  }
}
#endif
