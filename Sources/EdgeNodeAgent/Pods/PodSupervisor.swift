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
    func podStatusChanged(_ pod: KubernetesObject, status: JSONValue)
    func podTerminated(_ pod: KubernetesObject)
    /// The cloud has the pod no longer, and nothing of it is left here.
    func podForgotten(_ pod: KubernetesObject)
  }

  enum Event: Hashable, Sendable {
    case changed(ObjectKey)
    case exited(ContainerID, ProcessExit)
    case probed(ContainerID, isReady: Bool)
    case cloudCaughtUp
  }

  private let configuration: Configuration
  private let cache: ObjectCache
  private let store: any MVCCStore
  private let reporter: any Reporter
  private let serviceEnvironment: @Sendable (_ namespace: String) -> [String: String]
  private let prober: ReadinessProber
  private let runtime: ProcessRuntime
  private let events: CoalescingQueue<Event>
  private let wallClock: any WallClock
  private let clock = ContinuousClock()
  private let origin: ContinuousClock.Instant
  private let logger: Logger
  private let snapshots = Mutex<[ObjectKey: [RunningContainer]]>([:])

  /// A container that runs now, for people who look.
  public struct RunningContainer: Hashable, Sendable {
    public let podUID: String
    public let container: String
    public let pid: Int32
    public let attempt: Int
  }

  public init(
    configuration: Configuration, cache: ObjectCache, store: any MVCCStore, reporter: any Reporter,
    serviceEnvironment: @escaping @Sendable (_ namespace: String) -> [String: String],
    group: any EventLoopGroup, wallClock: any WallClock = SystemWallClock(), logger: Logger
  ) {
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
  public var running: [ObjectKey: [RunningContainer]] { snapshots.withLock { $0 } }

  private var now: Moment { Moment(wall: wallClock.now(), elapsed: clock.now - origin) }

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

  private struct Worker {
    let key: ObjectKey
    var pod: KubernetesObject
    var machine: PodMachine
    var record: PodRecord
    var placement: PodMachine.Placement
    var lastStatus: JSONValue?
    var isForgotten = false

    var running: [RunningContainer] {
      machine.containers.compactMap { container in
        guard case .running(let pid, _) = container.phase else { return nil }
        return RunningContainer(
          podUID: record.podUID, container: container.name, pid: pid, attempt: container.attempt)
      }
    }
  }

  /// Brings back what ran before: machines from the cache, counters from the records, processes from the process table.
  ///
  /// A process whose pod the cache does not know belongs to a pod that was deleted, and is ended. But when the cache is
  /// new, because the database was lost, it knows nothing yet: then such strangers go on until the cloud has told what
  /// belongs here (FF-05 must not break FF-03).
  private func restore(
    _ workers: inout [String: Worker], _ strangers: inout [ContainerID: SurvivingProcess]
  ) async throws {
    let records = try await PodRecord.loadAll(from: store)
    strangers = runtime.adoptSurvivors(ofNode: configuration.node.rawValue)
    for pod in cache.objects(of: .pods) {
      guard let uid = pod.metadata.uid,
        var worker = await makeWorker(for: pod, record: records[uid], in: workers, strangers)
      else { continue }
      takeOver(&worker, &strangers)
      for container in worker.record.attempts.keys { worker.machine.vanished(container: container, now: now) }
      workers[uid] = worker
      watchReadiness(of: worker)
    }
    if !cache.isNew { endStrangers(&strangers) }
    for (uid, record) in records where workers[uid] == nil { try await record.remove(from: store) }
    for uid in workers.keys { await advance(uid, &workers, &strangers) }
  }

  private func takeOver(_ worker: inout Worker, _ strangers: inout [ContainerID: SurvivingProcess]) {
    for (id, process) in strangers where id.podUID == worker.record.podUID {
      strangers[id] = nil
      worker.record.attempts[id.container] = max(worker.record.attempts[id.container] ?? 0, id.attempt)
      worker.machine.adopted(
        container: id.container, attempt: id.attempt, pid: process.pid, now: now, startedAt: worker.record.startTime)
      logger.info(
        "took over a running container",
        metadata: ["pod": "\(worker.key.name)", "container": "\(id.container)", "pid": "\(process.pid)"])
    }
  }

  private func endStrangers(_ strangers: inout [ContainerID: SurvivingProcess]) {
    for id in strangers.keys {
      logger.warning("ending a container of a pod that is no longer here", metadata: ["container": "\(id)"])
      runtime.signal(id, SIGKILL)
    }
    strangers = [:]
  }

  /// Everything that the cloud had for this node is in the cache now.
  public func cloudCaughtUp() { events.add(.cloudCaughtUp) }

  private func makeWorker(
    for pod: KubernetesObject, record: PodRecord?, in workers: [String: Worker],
    _ strangers: [ContainerID: SurvivingProcess]
  ) async -> Worker? {
    guard let uid = pod.metadata.uid, let key = try? pod.key() else { return nil }
    let isHostNetwork = pod["spec", "hostNetwork"]?.boolValue == true
    let addressing = isHostNetwork ? .hostAddress : configuration.addressing
    let inUse = Set(workers.values.map(\.placement.podIP) + strangers.values.map(\.podIP))
    var record = record
    let running = strangers.first { $0.key.podUID == uid }?.value
    if record == nil, let podIP = running?.podIP ?? addressing.allocate(hostIP: configuration.hostIP, inUse: inUse) {
      record = PodRecord(podUID: uid, podIP: podIP, startTime: now.wall)
    }
    guard let record else {
      logger.error("no pod address is free", metadata: ["pod": "\(key.name)"])
      return nil
    }
    let containers = pod["spec", "containers"]?.arrayValue ?? []
    let machine = PodMachine(
      containers: containers.map { ($0["name"]?.stringValue ?? "", $0.text, $0["readinessProbe"] != nil) },
      attempts: record.attempts,
      restartPolicy: pod["spec", "restartPolicy"]?.stringValue.flatMap(PodMachine.RestartPolicy.init) ?? .always,
      gracePeriod: .seconds(pod["spec", "terminationGracePeriodSeconds"]?.integerValue ?? 30),
      delays: configuration.restartDelays)
    let images = Dictionary(
      containers.map { ($0["name"]?.stringValue ?? "", $0["image"]?.stringValue ?? "") }, uniquingKeysWith: { $1 })
    let placement = PodMachine.Placement(
      hostIP: configuration.hostIP, podIP: record.podIP, startTime: record.startTime, images: images)
    return Worker(key: key, pod: pod, machine: machine, record: record, placement: placement)
  }

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
        if current.metadata.deletionTimestamp != nil { workers[uid]?.machine.terminationRequested() }
      }
      touched.insert(uid)
    case .changed(let key):
      for (uid, worker) in workers where worker.key.namespace == key.namespace {
        workers[uid]?.machine.dependenciesChanged(now: now)
        touched.insert(uid)
      }
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
  private func advance(
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
    snapshots.withLock { $0[worker.key] = worker.running }
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
    reporter.podForgotten(worker.pod)
    snapshots.withLock { if $0[worker.key]?.contains(where: { $0.podUID != uid }) != true { $0[worker.key] = nil } }
    try? await worker.record.remove(from: store)
    removeTree(podDirectory(worker))
    logger.info("pod removed", metadata: ["pod": "\(worker.key.name)", "uid": "\(uid)"])
  }

  private func start(_ container: String, _ attempt: Int, _ worker: inout Worker) async {
    let id = id(worker, container, attempt)
    do {
      let specification = try processSpec(container, id, worker)
      // The attempt is on disk before the process exists: should the agent die in between, it is counted, not repeated.
      worker.record.attempts[container] = attempt
      try await worker.record.save(in: store)
      let pid = try runtime.start(specification)
      worker.machine.started(container: container, attempt: attempt, pid: pid, now: now)
      Counter(label: "edge_containers_started_total").increment()
      logger.info(
        "container started",
        metadata: ["pod": "\(worker.key.name)", "container": "\(container)", "pid": "\(pid)", "attempt": "\(attempt)"])
      watchReadiness(of: worker)
    } catch {
      let reason =
        switch error {
        case let refusal as ContainerResolver.Refusal: refusal.reason
        case let error as ProcessError where error.code == .notRunnable:
          PodMachine.WaitingReason(reason: ContainerResolver.imageNotRunnable, message: error.message)
        default: PodMachine.WaitingReason(reason: "CreateContainerError", message: "\(error)")
        }
      logger.warning(
        "container not started",
        metadata: [
          "pod": "\(worker.key.name)", "container": "\(container)", "reason": "\(reason.reason)",
          "message": "\(reason.message)",
        ])
      worker.machine.startFailed(container: container, attempt: attempt, reason: reason, now: now)
    }
  }

  private func processSpec(_ container: String, _ id: ContainerID, _ worker: Worker) throws -> ProcessSpec {
    if worker.pod["spec", "initContainers"]?.arrayValue?.isEmpty == false {
      throw ContainerResolver.Refusal(
        PodMachine.configurationError, "init containers are not supported by the process runtime")
    }
    guard
      let definition = worker.pod["spec", "containers"]?.arrayValue?.first(where: {
        $0["name"]?.stringValue == container
      })
    else { throw ContainerResolver.Refusal(PodMachine.configurationError, "the pod has no container \"\(container)\"") }
    let namespace = worker.key.namespace ?? "default"
    let directory = podDirectory(worker)
    guard makeDirectories(directory) else {
      throw ProcessError(code: .preparation, message: "cannot create \(directory): \(lastErrorText())")
    }
    var environment = serviceEnvironment(namespace)
    environment["PATH"] = (configuration.searchPath + ["/usr/local/bin", "/usr/bin", "/bin"]).joined(separator: ":")
    environment["HOME"] = directory
    environment["HOSTNAME"] = worker.key.name
    environment[ProcessSpec.podIPEnvironmentName] = worker.placement.podIP
    let resolver = ContainerResolver(
      findExecutable: { findExecutable($0, path: $1) },
      object: { [cache] kind, name in
        cache.object(
          ObjectKey(resource: kind == "Secret" ? .secrets : .configMaps, namespace: namespace, name: name))
      },
      baseEnvironment: environment)
    let command = try resolver.resolve(
      definition, of: worker.pod, podIP: worker.placement.podIP, hostIP: configuration.hostIP)
    return ProcessSpec(
      id: id, executable: command.executable, arguments: command.arguments, environment: command.environment,
      workingDirectory: command.workingDirectory ?? directory, logPath: logPath(worker, container))
  }

  private func report(_ worker: inout Worker) {
    let status = worker.machine.status(
      at: worker.placement, previous: worker.lastStatus ?? worker.pod["status"], now: wallClock.now())
    guard status != worker.lastStatus else { return }
    worker.lastStatus = status
    cache.amendStatus(of: worker.key, with: status)
    if !worker.isForgotten { reporter.podStatusChanged(worker.pod, status: status) }
  }

  private func watchReadiness(of worker: Worker) {
    for container in worker.pod["spec", "containers"]?.arrayValue ?? [] {
      guard let name = container["name"]?.stringValue, let probe = container["readinessProbe"],
        let running = worker.running.first(where: { $0.container == name })
      else { continue }
      prober.watch(
        id(worker, name, running.attempt), probe: probe, container: container, address: worker.placement.podIP,
        isRunning: { [runtime] in runtime.isRunning($0) })
    }
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

  private func id(_ worker: Worker, _ container: String, _ attempt: Int) -> ContainerID {
    ContainerID(
      node: configuration.node.rawValue, podUID: worker.record.podUID, container: container, attempt: attempt)
  }

  private func podDirectory(_ worker: Worker) -> String {
    "\(configuration.directory)/\(worker.key.namespace ?? "default")_\(worker.key.name)_\(worker.record.podUID)"
  }

  private func logPath(_ worker: Worker, _ container: String) -> String { "\(podDirectory(worker))/\(container).log" }
}
#endif
