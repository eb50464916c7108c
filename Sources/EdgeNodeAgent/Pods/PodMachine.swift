import EdgePrimitives

/// The life of one pod on its node: which containers should run, when a failed one runs again, what its status is.
///
/// A value without IO: events go in, actions come out, ``PodSupervisor`` performs them.
///
///     waiting --start--> starting --started--> running --exited--> backingOff --due--> starting ...
///                            \--failed--> backingOff               \--(policy: stay)--> completed
///     running --pod deleted / container changed--> stopping --exited--> completed / starting
public struct PodMachine: Sendable {
  /// What the supervisor must do now.
  public enum Action: Hashable, Sendable {
    case start(container: String, attempt: Int)
    /// Ask the container to end, and make it end after `grace`.
    case stop(container: String, attempt: Int, grace: Duration)
    /// A container that should be stopped has had its grace period.
    case kill(container: String, attempt: Int)
    /// Every container of a deleted pod has ended: the pod may be forgotten.
    case finished
  }

  /// Why a container is not running yet, as `status.containerStatuses[].state.waiting` tells it.
  public struct WaitingReason: Hashable, Sendable {
    public var reason: String
    public var message: String

    public init(reason: String, message: String) {
      self.reason = reason
      self.message = message
    }
  }

  public struct Termination: Hashable, Sendable {
    public var exit: ProcessExit
    public var startedAt: Timestamp?
    public var finishedAt: Timestamp
    public var attempt: Int
  }

  public enum RestartPolicy: String, Sendable {
    case always = "Always"
    case onFailure = "OnFailure"
    case never = "Never"
  }

  struct Container: Sendable {
    var name: String
    var fingerprint: String
    var attempt: Int
    var phase: Phase = .waiting(WaitingReason(reason: PodMachine.creating, message: ""))
    var lastTermination: Termination?
    var failuresInARow = 0
    var isReady = false
    var hasReadinessProbe: Bool
  }

  enum Phase: Sendable {
    case waiting(WaitingReason)
    case starting
    case running(pid: Int32, since: Moment)
    case stopping(pid: Int32, since: Moment, killAt: Duration, restartAfterwards: Bool)
    case backingOff(until: Duration, WaitingReason)
    case completed(Termination)
  }

  /// Delays between restarts of a failing container: doubling, bounded, forgotten after a long good run.
  public struct RestartDelays: Sendable {
    public var first: Duration = .seconds(1)
    public var longest: Duration = .seconds(300)
    public var forgottenAfter: Duration = .seconds(600)

    public init() {}

    func delay(afterFailures failures: Int) -> Duration {
      var delay = first
      for _ in 1..<max(1, min(failures, 32)) {
        delay = delay * 2
        if delay >= longest { return longest }
      }
      return min(delay, longest)
    }
  }

  private(set) var containers: [Container]
  private let restartPolicy: RestartPolicy
  private let gracePeriod: Duration
  private let delays: RestartDelays
  private(set) var isTerminating = false

  /// - Parameter attempts: how often each container was started before, from the node's records.
  public init(
    containers: [(name: String, fingerprint: String, hasReadinessProbe: Bool)], attempts: [String: Int] = [:],
    restartPolicy: RestartPolicy = .always, gracePeriod: Duration = .seconds(30), delays: RestartDelays = .init()
  ) {
    self.containers = containers.map {
      Container(
        name: $0.name, fingerprint: $0.fingerprint, attempt: attempts[$0.name] ?? -1,
        hasReadinessProbe: $0.hasReadinessProbe)
    }
    self.restartPolicy = restartPolicy
    self.gracePeriod = gracePeriod
    self.delays = delays
  }

  // MARK: Events

  /// A process that an earlier agent started is alive: it is taken over as it is.
  public mutating func adopted(container name: String, attempt: Int, pid: Int32, now: Moment, startedAt: Timestamp?) {
    guard let index = index(of: name) else { return }
    containers[index].attempt = max(containers[index].attempt, attempt)
    containers[index].phase = .running(
      pid: pid, since: Moment(wall: startedAt ?? now.wall, elapsed: now.elapsed))
    containers[index].isReady = !containers[index].hasReadinessProbe
  }

  /// An earlier agent saw the container end, and the restart policy lets it rest.
  public mutating func completedBefore(container name: String, code: Int32, now: Moment) {
    guard let index = index(of: name), case .waiting = containers[index].phase else { return }
    let termination = Termination(
      exit: .exited(code: code), startedAt: nil, finishedAt: now.wall, attempt: containers[index].attempt)
    containers[index].lastTermination = termination
    containers[index].phase = .completed(termination)
  }

  /// The exit codes of the containers that have ended and are not to run again.
  public var completions: [String: Int32] {
    var completions: [String: Int32] = [:]
    for container in containers {
      if case .completed(let termination) = container.phase { completions[container.name] = termination.exit.code }
    }
    return completions
  }

  /// The node's records say this attempt was started, yet no such process is alive.
  public mutating func vanished(container name: String, now: Moment) {
    guard let index = index(of: name), containers[index].attempt >= 0 else { return }
    guard case .waiting = containers[index].phase else { return }
    end(index, exit: .unknown, startedAt: nil, ranFor: .zero, now: now)
  }

  public mutating func started(container name: String, attempt: Int, pid: Int32, now: Moment) {
    guard let index = index(of: name), containers[index].attempt == attempt else { return }
    guard case .starting = containers[index].phase else { return }
    containers[index].phase = .running(pid: pid, since: now)
    containers[index].isReady = !containers[index].hasReadinessProbe
  }

  /// The container could not be started; it is tried again with backoff, because what is missing may arrive.
  public mutating func startFailed(container name: String, attempt: Int, reason: WaitingReason, now: Moment) {
    guard let index = index(of: name), containers[index].attempt == attempt else { return }
    guard case .starting = containers[index].phase else { return }
    containers[index].attempt -= 1
    containers[index].failuresInARow += 1
    let delay = delays.delay(afterFailures: containers[index].failuresInARow)
    containers[index].phase = .backingOff(until: now.elapsed + delay, reason)
  }

  public mutating func exited(container name: String, attempt: Int, exit: ProcessExit, now: Moment) {
    guard let index = index(of: name), containers[index].attempt == attempt else { return }
    switch containers[index].phase {
    case .running(_, let since):
      end(index, exit: exit, startedAt: since.wall, ranFor: now.elapsed - since.elapsed, now: now)
    case .stopping(_, let since, _, let restartAfterwards):
      let termination = Termination(
        exit: exit, startedAt: since.wall, finishedAt: now.wall, attempt: containers[index].attempt)
      containers[index].lastTermination = termination
      containers[index].isReady = false
      containers[index].phase =
        restartAfterwards && !isTerminating
        ? .waiting(WaitingReason(reason: Self.creating, message: "")) : .completed(termination)
    case .starting:
      // The process ended before the supervisor had told us that it runs.
      end(index, exit: exit, startedAt: now.wall, ranFor: .zero, now: now)
    case .waiting, .backingOff, .completed: break
    }
  }

  public mutating func readinessChanged(container name: String, isReady: Bool) {
    guard let index = index(of: name), case .running = containers[index].phase else { return }
    containers[index].isReady = isReady
  }

  /// What a container waits for may have arrived (a ConfigMap, say): it is tried again at once.
  public mutating func dependenciesChanged(now: Moment) {
    for index in containers.indices {
      if case .backingOff(_, let reason) = containers[index].phase,
        [Self.configurationError, Self.creating].contains(reason.reason)
      {
        containers[index].phase = .backingOff(until: now.elapsed, reason)
      }
    }
  }

  /// The specification changed: a container with another fingerprint is replaced, the others go on untouched.
  public mutating func specificationChanged(to fingerprints: [String: String]) {
    for index in containers.indices {
      guard let fingerprint = fingerprints[containers[index].name], fingerprint != containers[index].fingerprint
      else { continue }
      containers[index].fingerprint = fingerprint
      containers[index].failuresInARow = 0
      switch containers[index].phase {
      case .running(let pid, let since):
        containers[index].phase = .stopping(pid: pid, since: since, killAt: .zero, restartAfterwards: true)
      case .backingOff, .completed, .waiting:
        containers[index].phase = .waiting(WaitingReason(reason: Self.creating, message: ""))
      case .starting, .stopping: break
      }
    }
  }

  /// The pod is to end on this node.
  public mutating func terminationRequested() { isTerminating = true }

  // MARK: Decisions

  /// What to do now. Call it after every event and when ``nextDeadline`` has come.
  public mutating func step(now: Moment) -> [Action] {
    var actions: [Action] = []
    for index in containers.indices {
      if let action = step(index, now: now) { actions.append(action) }
    }
    if isTerminating && !containers.contains(where: \.isAlive) { actions.append(.finished) }
    return actions
  }

  private mutating func step(_ index: Int, now: Moment) -> Action? {
    let container = containers[index]
    switch container.phase {
    case .waiting where !isTerminating:
      return start(index)
    case .backingOff(let until, _) where !isTerminating && now.elapsed >= until:
      return start(index)
    case .running(let pid, let since) where isTerminating:
      containers[index].phase = .stopping(
        pid: pid, since: since, killAt: now.elapsed + gracePeriod, restartAfterwards: false)
      return .stop(container: container.name, attempt: container.attempt, grace: gracePeriod)
    case .stopping(let pid, let since, let killAt, let restart):
      if killAt == .zero {
        containers[index].phase = .stopping(
          pid: pid, since: since, killAt: now.elapsed + gracePeriod, restartAfterwards: restart)
        return .stop(container: container.name, attempt: container.attempt, grace: gracePeriod)
      }
      guard now.elapsed >= killAt else { return nil }
      containers[index].phase = .stopping(
        pid: pid, since: since, killAt: now.elapsed + .seconds(2), restartAfterwards: restart)
      return .kill(container: container.name, attempt: container.attempt)
    default:
      return nil
    }
  }

  private mutating func start(_ index: Int) -> Action {
    containers[index].attempt += 1
    containers[index].phase = .starting
    containers[index].isReady = false
    return .start(container: containers[index].name, attempt: containers[index].attempt)
  }

  /// When ``step(now:)`` has something to do although no event came.
  public var nextDeadline: Duration? {
    containers.compactMap { container in
      switch container.phase {
      case .backingOff(let until, _): isTerminating ? nil : until
      case .stopping(_, _, let killAt, _): killAt
      default: nil
      }
    }.min()
  }

  private mutating func end(
    _ index: Int, exit: ProcessExit, startedAt: Timestamp?, ranFor: Duration, now: Moment
  ) {
    let termination = Termination(
      exit: exit, startedAt: startedAt, finishedAt: now.wall, attempt: containers[index].attempt)
    containers[index].lastTermination = termination
    containers[index].isReady = false
    let restarts =
      switch restartPolicy {
      case .always: true
      case .onFailure: exit != .exited(code: 0)
      case .never: false
      }
    guard restarts && !isTerminating else {
      containers[index].phase = .completed(termination)
      return
    }
    // A process that vanished while the agent was away did not fail under our eyes: it starts again at once.
    if exit == .unknown || ranFor >= delays.forgottenAfter { containers[index].failuresInARow = 0 }
    let failures = containers[index].failuresInARow
    containers[index].failuresInARow += 1
    let delay = failures == 0 ? .zero : delays.delay(afterFailures: failures)
    containers[index].phase = .backingOff(
      until: now.elapsed + delay,
      WaitingReason(
        reason: "CrashLoopBackOff",
        message: "ended with exit code \(exit.code), restart \(failures + 1) in a row after \(delay)"))
  }

  private func index(of name: String) -> Int? { containers.firstIndex { $0.name == name } }

  static let configurationError = "CreateContainerConfigError"
  static let creating = "ContainerCreating"
}

extension PodMachine.Container {
  var isAlive: Bool {
    switch phase {
    case .starting, .running, .stopping: true
    case .waiting, .backingOff, .completed: false
    }
  }
}
