#if Networking
import EdgeGRPC
import EdgeHTTP
import EdgeStore
import EtcdAPI
import Logging

/// The API of etcd, version 3, over any store: KV, Watch, Lease, Maintenance, Cluster, Lock, Election and health. Requests for
/// users and roles are answered UNIMPLEMENTED.
///
/// ```swift
/// let server = EtcdServer(store: store, identity: identity)
/// try await server.serving { services in
///   try await GRPCServer(configuration: .etcd(port: 2379), services: services, tls: nil, group: group, logger: logger).run()
/// }
/// ```
public struct EtcdServer: Sendable {
  /// What `grpc.health.v1` says; set it to not serving before stopping, so that clients look elsewhere.
  public let health = HealthService()
  private let access: StoreAccess
  private let identity: MemberIdentity
  private let configuration: EtcdServerConfiguration
  private let alarms: AlarmBoard
  private let logger: Logger

  /// - Parameter alarms: those that were raised before the last stop.
  public init(
    store: any MVCCStore, identity: MemberIdentity, configuration: EtcdServerConfiguration = .init(),
    alarms: Set<Etcd.AlarmMember> = [],
    persistAlarms: @escaping @Sendable (Set<Etcd.AlarmMember>) throws -> Void = { _ in },
    logger: Logger = Logger(label: "EtcdServer")
  ) {
    access = StoreAccess(store)
    self.identity = identity
    self.configuration = configuration
    self.alarms = AlarmBoard(alarms, persist: persistAlarms)
    self.logger = logger
  }

  /// Runs `body` with the services, which work until it returns.
  ///
  /// - Throws: what `body` throws; a ``StoreError`` when the store cannot be watched.
  public func serving(_ body: @Sendable @escaping (GRPCServices) async throws -> Void) async throws {
    let hub = WatchHub(identity: identity, limit: configuration.maximumWatches)
    let feed: any WatchFeed =
      (access.store as? any PublicationSource).map { PublicationFeed($0) } ?? StoreWatchFeed(access.store)
    let services = services(hub, feed)
    let (ready, signal) = AsyncStream.makeStream(of: Void.self)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        defer { signal.finish() }
        try await feed.run(hub) { signal.yield() }
      }
      group.addTask { [interval = configuration.watchProgressInterval] in
        while true {
          // Asleep without a timer while nobody wants notes: an idle server does nothing (FF-11).
          try await hub.regularProgressIsWanted()
          try await Task.sleep(for: interval)
          if hub.markQuietWatches() { feed.requestProgress() }
        }
      }
      if let policy = configuration.autoCompaction {
        let compactor = AutoCompactor(policy: policy, access: access, logger: logger)
        group.addTask { try await compactor.run { try await Task.sleep(for: $0) } }
      }
      group.addTask {
        for await _ in ready {
          try await body(services)
          return
        }
        try Task.checkCancellation()
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  /// What the server answers to HTTP/1.1: health, version, metrics and the API as JSON, as members of etcd do on the port of
  /// their clients.
  ///
  /// ```swift
  /// let http = HTTPConnections(
  ///   configuration: .etcdClients, logger: logger, handler: server.httpHandler(services))
  /// GRPCServer(..., guest: .http(http), ...)
  /// ```
  /// - Parameters:
  ///   - services: those that ``serving(_:)`` gives.
  ///   - maximumRequestBytes: of one message, as ``GRPCServerConfiguration/maximumMessageBytes`` has it.
  ///   - metrics: makes the page for Prometheus; without it there is none.
  public func httpHandler(
    _ services: GRPCServices, maximumRequestBytes: Int = 2 << 20,
    metrics: (@Sendable () async -> (contentType: String, text: String))? = nil
  ) -> @Sendable (HTTPServerRequest) async -> HTTPServerResponse {
    let pages = ClientPortPages(
      gateway: JSONGateway(LocalCalls(services), maximumRequestBytes: maximumRequestBytes),
      health: HealthChecks(access: access, alarms: alarms, health: health), version: configuration.version,
      metrics: metrics)
    return { await pages.answer($0) }
  }

  /// A number that is the same for all stores with the same keys, values and revisions: what `HashKV` answers.
  public static func contentHash(of store: any MVCCStore) async throws -> UInt32 {
    try await ContentHash.compute(StoreAccess(store), at: nil).value
  }

  private func services(_ hub: WatchHub, _ feed: any WatchFeed) -> GRPCServices {
    var services = GRPCServices()
    health.register(in: &services)
    KVService(access: access, identity: identity, alarms: alarms).register(in: &services)
    WatchService(hub: hub, feed: feed, access: access).register(in: &services)
    LeaseService(access: access, identity: identity, alarms: alarms).register(in: &services)
    LockService(access: access, identity: identity, alarms: alarms).register(in: &services)
    ElectionService(access: access, identity: identity, alarms: alarms).register(in: &services)
    MaintenanceService(access: access, identity: identity, alarms: alarms, version: configuration.version)
      .register(in: &services)
    ClusterService(identity: identity, name: configuration.name, clientURLs: configuration.advertisedClientURLs)
      .register(in: &services)
    return services
  }
}
#endif
