#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeStore
import Glibc
import Logging
import Metrics
import NIOCore
import Synchronization

/// Runs the pods that are bound to this node, from the cache alone: the cloud may be away or may never have been here
/// since the start (FF-03, FF-04).
///
/// One loop owns all pod machines; it sleeps until the cache changes, a process ends, a probe turns or a backoff is due.
public final class PodSupervisor: Sendable {
  public struct Configuration: Sendable {
    public var node: NodeName
    /// Holds one directory for each pod: logs and the default working directory.
    public var directory: String
    public var hostIP: String
    public var addressing: PodAddressing = .hostAddress
    /// Where commands without a slash are looked up, before the container's own PATH.
    public var searchPath: [String] = []
    /// The log of one container is cut when it outgrows this.
    public var maximumLogBytes = 10 << 20
    public var restartDelays = PodMachine.RestartDelays()
    /// What becomes of the processes when ``PodSupervisor/run()`` is cancelled.
    public var onStop: OnStop = .terminate

    public enum OnStop: String, Sendable, CaseIterable {
      /// They get SIGTERM, their grace period, then SIGKILL.
      case terminate
      /// They go on and are taken over by the next agent.
      case keep
    }

    public init(node: NodeName, directory: String, hostIP: String) {
      self.node = node
      self.directory = directory
      self.hostIP = hostIP
    }
  }

  /// Told about each new status and about pods that have ended on this node.
  public protocol Reporter: Sendable {
    func podStatusChanged(_ pod: UnstructuredObject, status: JSONValue)
    func podTerminated(_ pod: UnstructuredObject)
    /// The cloud has the pod no longer, and nothing of it is left here.
    func podForgotten(_ pod: UnstructuredObject)
  }

  enum Event: Hashable, Sendable {
    case changed(ObjectKey)
    case exited(ContainerID, ProcessExit)
    case probed(ContainerID, isReady: Bool)
    case cloudCaughtUp
    /// A token for the pod came, or will not come soon.
    case tokens(podUID: String)
  }

  let configuration: Configuration
  let cache: ObjectCache
  let store: any MVCCStore
  private let reporter: any Reporter
  let serviceEnvironment: @Sendable (_ namespace: String) -> [String: String]
  let prober: ReadinessProber
  /// Nil where pods get no tokens.
  let tokens: ServiceAccountTokens?
  let runtime: ProcessRuntime
  private let events: CoalescingQueue<Event>
  private let wallClock: any WallClock
  private let clock = ContinuousClock()
  private let origin: ContinuousClock.Instant
  let logger: Logger
  /// By the uid of the pod: two pods may bear one name while the older one ends.
  private let snapshots = Mutex<[String: (key: ObjectKey, containers: [RunningContainer])]>([:])

  /// A container that runs now, for people who look.
  public struct RunningContainer: Hashable, Sendable {
    public let podUID: String
    public let container: String
    public let pid: Int32
    public let attempt: Int
  }

  public convenience init(
    configuration: Configuration, cache: ObjectCache, store: any MVCCStore, reporter: any Reporter,
    serviceEnvironment: @escaping @Sendable (_ namespace: String) -> [String: String],
    group: any EventLoopGroup, wallClock: any WallClock = SystemWallClock(), logger: Logger
  ) {
    self.init(
      configuration: configuration, cache: cache, store: store, reporter: reporter,
      serviceEnvironment: serviceEnvironment, tokens: nil, group: group, wallClock: wallClock, logger: logger)
  }

  init(
    configuration: Configuration, cache: ObjectCache, store: any MVCCStore, reporter: any Reporter,
    serviceEnvironment: @escaping @Sendable (_ namespace: String) -> [String: String],
    tokens: ServiceAccountTokens?, group: any EventLoopGroup, wallClock: any WallClock, logger: Logger
  ) {
    self.tokens = tokens
    self.configuration = configuration
    self.cache = cache
    self.store = store
    self.reporter = reporter
    self.serviceEnvironment = serviceEnvironment
    self.wallClock = wallClock
    self.logger = logger
    let events = CoalescingQueue<Event>()
    self.events = events
    runtime = ProcessRuntime { id, exit in events.add(.exited(id, exit)) }
    prober = ReadinessProber(group: group) { id, isReady in events.add(.probed(id, isReady: isReady)) }
    origin = clock.now
  }

  /// The containers that run now, by pod.
  public var running: [ObjectKey: [RunningContainer]] {
    Dictionary(snapshots.withLock { $0.values.map { ($0.key, $0.containers) } }, uniquingKeysWith: +)
  }

  var now: Moment { Moment(wall: wallClock.now(), elapsed: clock.now - origin) }

  public func run() async throws {
    let subscription = cache.subscribe(to: [.pods, .configMaps, .secrets])
    defer { cache.unsubscribe(subscription) }
    var workers: [String: Worker] = [:]
    var strangers: [ContainerID: SurvivingProcess] = [:]
    try await restore(&workers, &strangers)
    await withDiscardingTaskGroup { group in
      group.addTask { [events] in
        while let keys = await subscription.changes.next() { events.add(contentsOf: keys.map { .changed($0) }) }
      }
      group.addTask { [prober] in await prober.run() }
      group.addTask { [events, tokens] in
        while let uids = await tokens?.news.next() { events.add(contentsOf: uids.map { .tokens(podUID: $0) }) }
      }
      while !Task.isCancelled {
        let deadline = workers.values.compactMap(\.machine.nextDeadline).min()
        let timeout = deadline.map { max(.zero, $0 - now.elapsed) }
        guard let batch = await events.next(within: timeout, clock: clock) else { break }
        var touched: Set<String> = []
        for event in batch { handle(event, &workers, &strangers, &touched) }
        if let deadline, now.elapsed >= deadline { touched.formUnion(workers.keys) }
        for uid in touched { await advance(uid, &workers, &strangers) }
      }
      group.cancelAll()
    }
    if configuration.onStop == .terminate { await terminateAll(workers) }
  }

  // MARK: One pod

  /// Everything that the cloud had for this node is in the cache now.
  public func cloudCaughtUp() { events.add(.cloudCaughtUp) }

  private func handle(
    _ event: Event, _ workers: inout [String: Worker], _ strangers: inout [ContainerID: SurvivingProcess],
    _ touched: inout Set<String>
  ) {
    switch event {
    case .changed(let key) where key.resource == .pods:
      let current = cache.object(key)
      let uid = current?.metadata.uid
      // Another uid under the same name is another pod: the old one ends beside the new one's start.
      for (other, worker) in workers where worker.key == key && other != uid {
        workers[other]?.machine.terminationRequested()
        workers[other]?.isForgotten = true
        touched.insert(other)
      }
      guard let current, let uid else { return }
      if workers[uid] != nil {
        let fingerprints = Dictionary(
          (current["spec", "containers"]?.arrayValue ?? []).map { ($0["name"]?.stringValue ?? "", $0.text) },
          uniquingKeysWith: { $1 })
        workers[uid]?.pod = current
        workers[uid]?.machine.specificationChanged(to: fingerprints)
        workers[uid].map(refreshVolumes)
        if current.metadata.deletionTimestamp != nil { workers[uid]?.machine.terminationRequested() }
      }
      touched.insert(uid)
    case .changed(let key):
      for (uid, worker) in workers where worker.key.namespace == key.namespace {
        workers[uid]?.machine.dependenciesChanged(now: now)
        if worker.pod.references.contains(key) { refreshVolumes(of: worker) }
        touched.insert(uid)
      }
    case .tokens(let uid):
      guard let worker = workers[uid] else { return }
      workers[uid]?.machine.dependenciesChanged(now: now)
      refreshVolumes(of: worker)
      touched.insert(uid)
    case .exited(let id, let exit):
      strangers[id] = nil
      logger.info("a container ended", metadata: ["container": "\(id)", "code": "\(exit.code)"])
      workers[id.podUID]?.machine.exited(container: id.container, attempt: id.attempt, exit: exit, now: now)
      touched.insert(id.podUID)
    case .cloudCaughtUp:
      // Pods that came just now first take over what is theirs; see `advance`.
      let known = Set(cache.objects(of: .pods).compactMap(\.metadata.uid))
      var left = strangers.filter { !known.contains($0.key.podUID) }
      for id in left.keys { strangers[id] = nil }
      endStrangers(&left)
    case .probed(let id, let isReady):
      workers[id.podUID]?.machine.readinessChanged(container: id.container, isReady: isReady)
      touched.insert(id.podUID)
    }
  }

  /// Performs what the pod's machine wants, until it wants nothing more, and reports the status.
  func advance(
    _ uid: String, _ workers: inout [String: Worker], _ strangers: inout [ContainerID: SurvivingProcess]
  ) async {
    if workers[uid] == nil {
      guard let pod = cache.objects(of: .pods, where: { $0.metadata.uid == uid }).first,
        var worker = await makeWorker(for: pod, record: nil, in: workers, strangers)
      else { return }
      takeOver(&worker, &strangers)
      if pod.metadata.deletionTimestamp != nil { worker.machine.terminationRequested() }
      workers[uid] = worker
    }
    guard var worker = workers[uid] else { return }
    var isFinished = false
    var actions = worker.machine.step(now: now)
    while !actions.isEmpty && !isFinished {
      for action in actions {
        switch action {
        case .start(let container, let attempt): await start(container, attempt, &worker)
        case .stop(let container, let attempt, _): runtime.signal(id(worker, container, attempt), SIGTERM)
        case .kill(let container, let attempt): runtime.signal(id(worker, container, attempt), SIGKILL)
        case .finished: isFinished = true
        }
      }
      actions = isFinished ? [] : worker.machine.step(now: now)
    }
    report(&worker)
    snapshots.withLock { $0[uid] = (worker.key, worker.running) }
    if worker.record.completions != worker.machine.completions {
      worker.record.completions = worker.machine.completions
      // Should this be lost, the next agent only knows that the process is gone.
      try? await worker.record.save(in: store)
    }
    guard isFinished else {
      workers[uid] = worker
      return
    }
    if !worker.isForgotten { reporter.podTerminated(worker.pod) }
    // A pod that the cloud still shows as terminating stays known, so that its end is reported again if that is lost.
    guard worker.isForgotten else {
      workers[uid] = worker
      return
    }
    workers[uid] = nil
    tokens?.forget(podUID: uid)
    reporter.podForgotten(worker.pod)
    snapshots.withLock { $0[uid] = nil }
    try? await worker.record.remove(from: store)
    removeTree(podDirectory(worker))
    logger.info("pod removed", metadata: ["pod": "\(worker.key.name)", "uid": "\(uid)"])
  }

  private func report(_ worker: inout Worker) {
    let status = worker.machine.status(
      at: worker.placement, previous: worker.lastStatus ?? worker.pod["status"], now: wallClock.now())
    guard status != worker.lastStatus else { return }
    worker.lastStatus = status
    cache.amendStatus(of: worker.key, with: status)
    if !worker.isForgotten { reporter.podStatusChanged(worker.pod, status: status) }
  }

  /// Cuts logs that have outgrown their bound; called by the agent at its leisure.
  public func rotateLogs() {
    for (key, containers) in running {
      for container in containers {
        ContainerLog.rotateIfNeeded(
          "\(configuration.directory)/\(key.namespace ?? "default")_\(key.name)_\(container.podUID)/\(container.container).log",
          maximumBytes: configuration.maximumLogBytes)
      }
    }
  }

  private func terminateAll(_ workers: [String: Worker]) async {
    var longest = Duration.zero
    for id in runtime.runningContainers.keys {
      runtime.signal(id, SIGTERM)
      let seconds = workers[id.podUID]?.pod["spec", "terminationGracePeriodSeconds"]?.integerValue ?? 30
      longest = max(longest, .seconds(seconds))
    }
    // The agent itself is being stopped; whoever stops it waits seconds, not minutes.
    let deadline = clock.now + min(longest, .seconds(8))
    // Not cancellable: this task is cancelled already, and leaving early would leave processes behind.
    await Task.detached { [runtime, clock] in
      while !runtime.runningContainers.isEmpty && clock.now < deadline {
        try? await clock.sleep(for: .milliseconds(20))
      }
    }.value
    for id in runtime.runningContainers.keys { runtime.signal(id, SIGKILL) }
  }

  func id(_ worker: Worker, _ container: String, _ attempt: Int) -> ContainerID {
    ContainerID(
      node: configuration.node.rawValue, podUID: worker.record.podUID, container: container, attempt: attempt)
  }

  func podDirectory(_ worker: Worker) -> String {
    "\(configuration.directory)/\(worker.key.namespace ?? "default")_\(worker.key.name)_\(worker.record.podUID)"
  }

  func logPath(_ worker: Worker, _ container: String) -> String { "\(podDirectory(worker))/\(container).log" }
}
#endif
