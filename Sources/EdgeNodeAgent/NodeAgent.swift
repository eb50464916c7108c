#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeStore
import EdgeTransport
import EdgeTransportOutbox
import EdgeTransportNIO
import Logging
import Metrics
import NIOCore
import Synchronization
import TopologyRouterProxy

/// An edge node as one service: the link to the cloud, the cache, pods, devices and service routing.
///
/// Everything but the link works from the store alone, so the order of events at a start without a cloud is the same as
/// with one: open the store, bring back pods and twins, and connect whenever that becomes possible.
public final class NodeAgent: Sendable {
  public struct Configuration: Sendable {
    public var node: NodeName
    public var address = "127.0.0.1"
    public var labels: [String: String] = [:]
    public var annotations: [String: String] = [:]
    public var version = "edge-v0.1.0"
    public var pods: PodSupervisor.Configuration
    /// Local address on which services are offered.
    public var serviceAddress = "127.0.0.1"
    public var leaseInterval: Duration = .seconds(10)
    /// How often the node tells its status though nothing changed.
    public var statusInterval: Duration = .seconds(300)
    /// Delays between attempts to reach the cloud.
    public var backoff = Backoff()
    /// How long a broken link counts as a hiccup before the node calls itself offline.
    public var offlineAfter: Duration = .seconds(5)

    public init(node: NodeName, pods: PodSupervisor.Configuration) {
      self.node = node
      self.pods = pods
    }
  }

  private let configuration: Configuration
  private let connect: @Sendable () async throws(TransportError) -> EdgeConnection
  private let wallClock: any WallClock
  private let entropy: any EntropySource
  private let clock = ContinuousClock()
  private let origin: ContinuousClock.Instant
  private let logger: Logger
  private let mode: Mutex<AutonomyMode>
  private let modeTicks = CoalescingQueue<Bool>()

  public var nodeName: NodeName { configuration.node }
  public let cache: ObjectCache
  public let link: MessageLink
  /// What this node has to tell its cloud, beside its cache: it survives a restart while the cloud is away.
  private let outbox: DurableOutbox
  /// What the cloud delivers.
  private let receiver: DeliveryReceiver
  public let pods: PodSupervisor
  public let devices: DeviceHost
  public let routing: ServiceRouting
  private let proxy: ServiceProxy
  private let reporter: UpstreamReporter
  private let presence: NodePresence
  private let tokens: ServiceAccountTokens

  /// - Parameters:
  ///   - messages: makes the effect of a message of the cloud that is no object. Its `commit` is made exactly once.
  ///   - connect: makes one connection to the cloud, with whatever certificate the node has by then.
  public init(
    configuration: Configuration, cache: ObjectCache, store: any MVCCStore, group: any EventLoopGroup,
    wallClock: any WallClock = SystemWallClock(),
    entropy: any EntropySource = SystemEntropy(), logger: Logger,
    messages: @escaping DeliveryReceiver.Handler = { .giveUp("nothing on this node takes \($0.resource)") },
    connect: @escaping @Sendable () async throws(TransportError) -> EdgeConnection
  ) {
    self.configuration = configuration
    self.cache = cache
    self.connect = connect
    self.wallClock = wallClock
    self.entropy = entropy
    self.logger = logger
    origin = clock.now
    mode = Mutex(
      AutonomyMode(now: Moment(wall: wallClock.now(), elapsed: .zero), gracePeriod: configuration.offlineAfter))
    outbox = DurableOutbox(store: store, prefix: "transport/outbox/cloud/")
    link = outbox.link
    let delivery = CloudDelivery(cache: cache, catalog: .standard, logger: logger, messages: messages)
    receiver = DeliveryReceiver(
      store: store, prefix: "transport/inbox/cloud/", entropy: entropy, wallClock: wallClock,
      handler: { await delivery.effect(of: $0) })
    let presence = NodePresence(now: Moment(wall: wallClock.now(), elapsed: .zero))
    self.presence = presence
    let now: @Sendable () -> Moment = { [clock, origin] in Moment(wall: wallClock.now(), elapsed: clock.now - origin) }
    reporter = UpstreamReporter(
      link: link, entropy: entropy, wallClock: wallClock, leaseKept: { presence.leaseKept(now: now()) })
    proxy = ServiceProxy(
      nodeName: configuration.node, listenAddress: configuration.serviceAddress, group: group, logger: logger)
    let routing = ServiceRouting(node: configuration.node, cache: cache, proxy: proxy, logger: logger)
    self.routing = routing
    tokens = ServiceAccountTokens(link: link, entropy: entropy, wallClock: wallClock, logger: logger)
    pods = PodSupervisor(
      configuration: configuration.pods, cache: cache, store: store, reporter: reporter,
      serviceEnvironment: { routing.environment(namespace: $0) }, tokens: tokens, group: group, wallClock: wallClock,
      logger: logger)
    devices = DeviceHost(
      node: configuration.node, cache: cache, store: store, reporter: reporter, group: group, logger: logger)
  }

  /// Runs until the task is cancelled.
  public func run() async throws {
    reporter.report(node: description.node(now: wallClock.now()))
    reportStatus()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [proxy] in try await proxy.run() }
      group.addTask { [routing] in await routing.run() }
      group.addTask { [devices] in await devices.run() }
      group.addTask { [pods] in try await pods.run() }
      group.addTask { [tokens] in await tokens.run() }
      group.addTask { [outbox] in try await outbox.run() }
      group.addTask { [receiver] in try await receiver.run() }
      group.addTask { await self.runLink() }
      group.addTask { await self.renewLease() }
      group.addTask { await self.watchMode() }
      group.addTask { await self.repeatStatus() }
      // The first to end (by cancellation or by an error) ends the others; the group waits for all of them.
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  // MARK: Link and mode

  private var now: Moment { Moment(wall: wallClock.now(), elapsed: clock.now - origin) }

  /// How the node stands to its cloud.
  public var autonomyMode: AutonomyMode { mode.withLock { $0 } }

  private func runLink() async {
    let session = CloudSession(
      node: configuration.node, cache: cache, link: link, receiver: receiver, reporter: reporter,
      catalog: .standard,
      entropy: entropy, wallClock: wallClock, logger: logger,
      renewLease: { self.reportLease() },
      caughtUp: { word in
        // Who compares nothing cannot tell that a process belongs to no pod.
        if word == .compared { self.pods.cloudCaughtUp() }
        self.happened(.caughtUp)
        self.tokens.connected()
      })
    let link = ReconnectingLink(
      backoff: configuration.backoff, entropy: entropy,
      onStateChange: { state in
        switch state {
        case .connecting: break
        case .connected:
          self.happened(.linkUp)
          self.reportStatus()
          self.reportLease()
        case .disconnected(let reason, let delay):
          self.happened(.linkDown(reason: "\(reason)"))
          self.logger.info(
            "not connected to the cloud",
            metadata: ["reason": "\(reason)", "next attempt": "\(delay.map { "in \($0)" } ?? "none")"])
        }
      }, connect: connect)
    await link.run { connection in try await session.run(over: connection) }
  }

  private func happened(_ event: AutonomyMode.Event) {
    let now = now
    let (changed, name) = mode.withLock { ($0.handle(event, now: now), $0.name) }
    guard changed else { return }
    logger.notice("mode changed", metadata: ["mode": "\(name.rawValue)"])
    Gauge(label: "edge_node_connected").record(name == .connected ? 1 : 0)
    modeTicks.add(true)
  }

  private func watchMode() async {
    while true {
      let timeout: Duration? = mode.withLock { mode in
        mode.name == .degraded ? max(.milliseconds(1), mode.since.elapsed + mode.gracePeriod - now.elapsed) : nil
      }
      guard await modeTicks.next(within: timeout, clock: clock) != nil else { return }
      happened(.tick)
    }
  }

  private func reportLease() {
    reporter.report(lease: NodeDescription.lease(of: configuration.node, now: wallClock.now()), of: configuration.node)
  }

  private var description: NodeDescription {
    NodeDescription(
      name: configuration.node, address: configuration.address, labels: configuration.labels,
      annotations: configuration.annotations, version: configuration.version)
  }

  private func reportStatus() {
    let now = now
    reporter.report(
      nodeStatus: description.status(since: presence.readySince, now: now.wall), of: configuration.node)
  }

  /// Tells the status now and then, and as soon as a cloud hears of this node again that must have given it up.
  private func repeatStatus() async {
    while !Task.isCancelled {
      let isBack = await presence.comebacks.next(within: configuration.statusInterval, clock: clock)
      guard let isBack else { return }
      if !isBack.isEmpty || link.isConnected { reportStatus() }
    }
  }

  private func renewLease() async {
    while !Task.isCancelled {
      // Renewals are told only to a cloud that is there; an old renewal is worth nothing.
      if link.isConnected { reportLease() }
      pods.rotateLogs()
      try? await clock.sleep(for: configuration.leaseInterval)
    }
  }
}
#endif
