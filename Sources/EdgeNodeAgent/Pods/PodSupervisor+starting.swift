#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import Logging
import Metrics

// From a container of a pod to a running process.
extension PodSupervisor {
  func start(_ container: String, _ attempt: Int, _ worker: inout Worker) async {
    let id = id(worker, container, attempt)
    do {
      let specification = try processSpec(container, id, worker)
      // The attempt is on disk before the process exists: should the agent die in between, it is counted, not repeated.
      worker.record.attempts[container] = attempt
      try await worker.record.save(in: store)
      let pid = try runtime.startMountingWhatMayBe(specification)
      worker.refusals[container] = nil
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
        case let error as ProcessError where error.code == .notMounted:
          PodMachine.WaitingReason(reason: PodMachine.configurationError, message: error.message)
        case let error as ProcessError where error.code == .notRunnable:
          PodMachine.WaitingReason(reason: ContainerResolver.imageNotRunnable, message: error.message)
        default: PodMachine.WaitingReason(reason: "CreateContainerError", message: "\(error)")
        }
      // Told once: it is tried again with every change of an object that the pod might read.
      let isNews = worker.refusals.updateValue(reason, forKey: container) != reason
      logger.log(
        level: isNews && reason.reason != PodMachine.creating ? .warning : .debug, "container not started",
        metadata: [
          "pod": "\(worker.key.name)", "container": "\(container)", "reason": "\(reason.reason)",
          "message": "\(reason.message)",
        ])
      worker.machine.startFailed(container: container, attempt: attempt, reason: reason, now: now)
    }
  }

  func processSpec(_ container: String, _ id: ContainerID, _ worker: Worker) throws -> ProcessSpec {
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
    var specification = ProcessSpec(
      id: id, executable: command.executable, arguments: command.arguments, environment: command.environment,
      workingDirectory: command.workingDirectory ?? directory, logPath: logPath(worker, container))
    // Outer ones first: an inner target may lie in what they show.
    specification.mounts = try bindings(of: command.mounts, in: worker).sorted { $0.target < $1.target }
    return specification
  }

  func watchReadiness(of worker: Worker) {
    for container in worker.pod["spec", "containers"]?.arrayValue ?? [] {
      guard let name = container["name"]?.stringValue, let probe = container["readinessProbe"],
        let running = worker.running.first(where: { $0.container == name })
      else { continue }
      prober.watch(
        id(worker, name, running.attempt), probe: probe, container: container, address: worker.placement.podIP,
        isRunning: { [runtime] in runtime.isRunning($0) })
    }
  }
}

extension ProcessRuntime {
  /// Starts the process without the mounts that it can do without, where the agent may not mount.
  fileprivate func startMountingWhatMayBe(_ specification: ProcessSpec) throws(ProcessError) -> Int32 {
    do {
      return try start(specification)
    } catch {
      guard error.code == .notMounted, specification.mounts.allSatisfy(\.isOptional) else { throw error }
      var bare = specification
      bare.mounts = []
      return try start(bare)
    }
  }
}
#endif
