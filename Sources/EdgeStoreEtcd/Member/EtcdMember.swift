#if Networking && canImport(Glibc)
import EdgeIdentity
import EdgePrimitives
import EdgeStore
import Glibc
import Logging
import Metrics
import NIOCore
import NIOSSL
import Synchronization

/// Supervises one `etcd` member: starts it with its certificates, starts it again with jittered backoff when it ends, gives
/// a learner its vote when it has caught up, puts snapshots aside, passes its log on, and stops it in good order.
///
/// The process cannot outlive the supervisor. Members of one cluster may be supervised by one process (tests) or, as usual,
/// by one on each machine.
public final class EtcdMember: Sendable {
  private struct State {
    var process: BoundProcess?
    var starts = 0
    var isReady = false
    var wasRemoved = false
  }

  public let configuration: EtcdMemberConfiguration
  let record: MemberRecord
  private let certificates: ClusterCertificates?
  let eventLoopGroup: any EventLoopGroup
  private let logger: Logger
  private let entropy: any EntropySource
  private let state = Mutex(State())
  private let restarts: Counter
  private let readiness: Gauge

  init(
    _ configuration: EtcdMemberConfiguration, record: MemberRecord, certificates: ClusterCertificates?,
    group: any EventLoopGroup, entropy: any EntropySource, logger: Logger
  ) {
    self.configuration = configuration
    self.record = record
    self.certificates = certificates
    eventLoopGroup = group
    self.entropy = entropy
    var logger = logger
    logger[metadataKey: "member"] = "\(configuration.name)"
    self.logger = logger
    let dimensions = [("member", configuration.name)]
    restarts = Counter(label: "edge_etcd_member_restarts_total", dimensions: dimensions)
    readiness = Gauge(label: "edge_etcd_member_ready", dimensions: dimensions)
  }

  /// The id of the running process; nil between two of them.
  public var processID: Int32? { state.withLock { $0.process }?.processID }
  /// How often the process was started.
  public var startCount: Int { state.withLock { $0.starts } }
  /// Whether the member answered at the last look and takes part in its cluster.
  public var isReady: Bool { state.withLock { $0.isReady } }

  /// How clients reach this member.
  public func clientConfiguration() throws(IdentityError) -> EtcdStoreConfiguration {
    EtcdStoreConfiguration(endpoints: [configuration.client], tls: try tls())
  }

  private func tls() throws(IdentityError) -> NIOSSLContext? {
    guard let certificates, configuration.client.usesTLS else { return nil }
    return try EtcdTLS.client(authorityPEM: certificates.clientAuthorityPEM, identity: certificates.client)
  }

  /// Runs the member until the task is cancelled; then stops it and returns.
  /// - Throws: ``EtcdClusterError`` with `removed` when the cluster has removed the member, `notRunnable` when etcd cannot
  ///   be started at all.
  public func run() async throws {
    try certificates?.issue(for: configuration)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.supervise() }
      group.addTask { try await self.watchHealth() }
      if let interval = configuration.snapshots.interval {
        group.addTask { await self.takeSnapshots(every: interval) }
      }
      defer { group.cancelAll() }
      // The others end with the task only.
      try await group.next()
    }
  }

  // MARK: - The process

  private func supervise() async throws {
    var backoff = configuration.backoff
    let executable = try configuration.find(configuration.program)
    let clock = ContinuousClock()
    while !Task.isCancelled {
      let process = BoundProcess(
        executable: executable, arguments: arguments, environment: Self.environment, directory: configuration.directory)
      state.withLock { state in
        state.process = process
        state.starts += 1
      }
      let start = clock.now
      let exit = try await run(process)
      state.withLock { $0.isReady = false }
      readiness.record(0)
      if Task.isCancelled { break }
      if state.withLock({ $0.wasRemoved }) {
        throw EtcdClusterError(.removed, "\(configuration.name) has been removed from its cluster")
      }
      // One that ran for a while is not one that cannot start.
      if clock.now - start > .seconds(60) { backoff.reset() }
      let delay = backoff.next(using: entropy)
      restarts.increment()
      logger.warning("etcd ended and is started again", metadata: ["exit": "\(exit)", "in": "\(delay)"])
      try? await Task.sleep(for: delay)
    }
  }

  /// Returns when the process has ended; cancelling the task stops it, with force after a while.
  private func run(_ process: BoundProcess) async throws -> BoundProcess.Exit {
    // Not a child task: the end of the process is waited for in any case.
    let ending = Task { try await process.run { self.log($0) } }
    return try await withTaskCancellationHandler {
      try await ending.value
    } onCancel: {
      process.terminate()
      // Does nothing to a process that has ended.
      Task { [timeout = configuration.stopTimeout] in
        try? await Task.sleep(for: timeout)
        process.signal(SIGKILL)
      }
    }
  }

  private static var environment: [String: String] {
    #if arch(arm64)
    // Debian's 3.4 wants to be told that this is meant.
    ["ETCD_UNSUPPORTED_ARCH": "arm64"]
    #else
    [:]
    #endif
  }

  var arguments: [String] {
    let (peer, client) = (configuration.peer, configuration.client)
    func listening(_ endpoint: EtcdEndpoint) -> String {
      EtcdEndpoint(
        host: configuration.listenHost ?? endpoint.host, port: endpoint.port, usesTLS: endpoint.usesTLS
      ).description
    }
    var arguments = [
      "--name=\(configuration.name)", "--data-dir=\(configuration.dataDirectory)",
      "--listen-peer-urls=\(listening(peer))", "--initial-advertise-peer-urls=\(peer)",
      "--listen-client-urls=\(listening(client))", "--advertise-client-urls=\(client)",
      "--initial-cluster=\(record.initialCluster)",
      "--initial-cluster-state=\(record.joinedExisting ? "existing" : "new")",
      "--logger=zap", "--log-outputs=stderr",
    ]
    if let tls = certificates?.directory {
      if peer.usesTLS {
        arguments += [
          "--peer-cert-file=\(tls)/peer.crt", "--peer-key-file=\(tls)/peer.key",
          "--peer-trusted-ca-file=\(tls)/peer-ca/ca.crt", "--peer-client-cert-auth=true",
        ]
      }
      if client.usesTLS {
        arguments += [
          "--cert-file=\(tls)/server.crt", "--key-file=\(tls)/server.key",
          "--trusted-ca-file=\(tls)/client-ca/ca.crt", "--client-cert-auth=true",
        ]
      }
    }
    return arguments + configuration.arguments
  }

  /// A line of etcd's log is JSON that begins with its level.
  private func log(_ line: String) {
    if line.contains("permanently removed from the cluster") { state.withLock { $0.wasRemoved = true } }
    let level: Logger.Level =
      switch line.dropFirst(#"{"level":""#.count).prefix(4) {
      case "debu", "info": .debug
      case "warn": .info
      default: .warning
      }
    logger.log(level: level, "etcd", metadata: ["line": "\(line)"])
  }

  // MARK: - Around the process

  /// Looks at the member, often until it is ready and seldom afterwards; gives a learner its vote.
  private func watchHealth() async throws {
    var own = try clientConfiguration()
    own.requestTimeout = .seconds(2)
    own.backoff = Backoff(base: .milliseconds(100), cap: .milliseconds(500), minimum: .milliseconds(50))
    let cluster = EtcdCluster(configuration: own, group: eventLoopGroup, logger: logger)
    while !Task.isCancelled {
      let health = try? await cluster.ownHealth(of: configuration.client)
      let isReady = health?.isHealthy == true && health?.isLearner == false
      let wasReady = state.withLock { state in
        defer { state.isReady = isReady }
        return state.isReady
      }
      if isReady != wasReady {
        readiness.record(isReady ? 1 : 0)
        logger.info(isReady ? "the member is ready" : "the member is not ready")
      }
      if let health, health.isLearner, health.leader != 0 { await promote(health.id) }
      try? await Task.sleep(for: isReady ? .seconds(2) : .milliseconds(100))
    }
    await cluster.close()
  }

  private func promote(_ id: UInt64) async {
    let endpoints = record.endpoints.compactMap { EtcdEndpoint($0) }
    guard !endpoints.isEmpty, let own = try? clientConfiguration() else { return }
    var others = EtcdStoreConfiguration(endpoints: endpoints, tls: own.tls)
    others.requestTimeout = .seconds(5)
    let cluster = EtcdCluster(configuration: others, group: eventLoopGroup, logger: logger)
    do throws(StoreError) {
      try await cluster.promote(id)
      logger.info("the member has its vote now")
    } catch {
      // It has not caught up yet, or others are away: the next look tries again.
      logger.debug("no vote yet", metadata: ["error": "\(error)"])
    }
    await cluster.close()
  }

  private func takeSnapshots(every interval: Duration) async {
    while (try? await Task.sleep(for: interval)) != nil {
      guard isReady else { continue }
      do {
        let path = try await takeSnapshot()
        logger.info("snapshot taken", metadata: ["path": "\(path)"])
      } catch {
        logger.warning("no snapshot could be taken", metadata: ["error": "\(error)"])
      }
    }
  }
}
#endif
